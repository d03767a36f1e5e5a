/// Where a command is looked for.
public enum CommandSearch {
    /// Whose a value of `PATH` is.
    public enum FoundIn: Equatable, Sendable {
        /// The program's own environment.
        case program
        case inherited
        /// Nobody has one, or an empty one was inherited.
        case usual
    }

    /// The folders of a program without any `PATH`.
    ///
    /// - Source: supervisord's `options.path`.
    static let usualPath = "/bin:/usr/bin:/usr/local/bin"

    /// The `PATH` that a program's command is looked for in.
    ///
    /// - Parameter own: of the program's environment; nil where it sets none.
    public static func path(own: [UInt8]?, inherited: CStringArray) -> (path: [UInt8], origin: FoundIn) {
        if let own { return (own, .program) }
        if let path = inherited.value(of: "PATH"), !path.isEmpty { return (path, .inherited) }
        return (usualPath.bytes, .usual)
    }

    /// The files that a word may stand for, in order: itself where it has a slash, else one in each folder of `path`. An empty part is
    /// the current folder.
    public static func candidates(_ word: [UInt8], path: [UInt8]) -> [[UInt8]] {
        if word.contains(UInt8(ascii: "/")) { return [word] }
        return path.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map { folder in
            folder.isEmpty ? word : folder + [UInt8(ascii: "/")] + word
        }
    }

    /// Looks for a word as `execvp` does, which goes on after a file that may not be executed and reports it at the end.
    ///
    /// - Parameter path: the value of `PATH`; nil: `/usr/local/bin:/bin:/usr/bin`.
    /// - Throws: ENOENT where there is none, EACCES where there is only one that may not be executed.
    public static func find(_ word: [UInt8], path: [UInt8]?) throws(Errno) -> [UInt8] {
        guard !word.isEmpty else { throw .noEntry }
        let candidates = candidates(word, path: path ?? "/usr/local/bin:/bin:/usr/bin".bytes)
        var refusal = Errno.noEntry
        for candidate in candidates {
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
