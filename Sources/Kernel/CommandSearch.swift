/// Finds what a command's first word means.
public enum CommandSearch {
    /// A word with a slash stands for itself; another one is looked for in the folders of `PATH`.
    ///
    /// The corresponding C function is `execvp`, which goes on after a file that may not be executed and reports it at the end.
    /// - Parameter path: the value of `PATH`; nil: `/usr/local/bin:/bin:/usr/bin`. An empty part is the current folder.
    /// - Throws: ENOENT where there is none, EACCES where there is only one that may not be executed.
    public static func find(_ word: [UInt8], path: [UInt8]?) throws(Errno) -> [UInt8] {
        guard !word.isEmpty else { throw .noEntry }
        if word.contains(UInt8(ascii: "/")) {
            if let errno = problem(word) { throw errno }
            return word
        }
        var refusal = Errno.noEntry
        let folders = path ?? "/usr/local/bin:/bin:/usr/bin".bytes
        for folder in folders.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            let candidate = folder.isEmpty ? word : Array(folder) + [UInt8(ascii: "/")] + word
            guard let errno = problem(candidate) else { return candidate }
            if errno == .access { refusal = errno }
        }
        throw refusal
    }

    private static func problem(_ path: [UInt8]) -> Errno? {
        switch Errand.lookUp([path]) {
        case .found: nil
        case .missing: .noEntry
        case .refused: .access
        // Executing it will show.
        case .unknown: nil
        }
    }
}
