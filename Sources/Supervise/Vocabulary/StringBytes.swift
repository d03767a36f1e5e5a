extension String {
    /// The string as UTF-8, for iterating, slicing and comparing: every use of the standard library's view (`utf8`)
    /// adds hundreds of bytes of code, most of it for strings in another encoding, which don't exist here.
    public var bytes: [UInt8] {
        @inline(never) get { utf8.withContiguousStorageIfAvailable { Array($0) } ?? [] }
    }

    /// Compares by code points, as Python sorts, and not by the canonical order of Swift's `<`. Copies nothing: names
    /// are sorted by the thousand.
    func precedes(_ other: String) -> Bool {
        utf8.withContiguousStorageIfAvailable { a in
            other.utf8.withContiguousStorageIfAvailable { b in a.lexicographicallyPrecedes(b) } ?? false
        } ?? false
    }
}
