extension String {
    /// `part` is somewhere in it.
    ///
    /// The library's `contains` of a string, `firstRange`, `replacing` and the like bring the engine of regular expressions
    /// along, which is 1.2 MB of the executable.
    func includes(_ part: String) -> Bool {
        let (text, part) = (Array(utf8), Array(part.utf8))
        guard part.count <= text.count else { return false }
        return (0...(text.count - part.count)).contains { text[$0...].starts(with: part) }
    }
}
