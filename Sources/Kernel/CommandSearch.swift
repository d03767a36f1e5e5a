/// Where to look for a command.
public enum CommandSearch {
    /// Whose `PATH` is used.
    public enum FoundIn: Equatable, Sendable {
        /// The program's own environment.
        case program
        case inherited
        /// Neither the program nor `init` has one, or the inherited one is empty.
        case usual
    }

    /// The search path of a program if there is no `PATH`.
    ///
    /// - Source: supervisord's `options.path`.
    static let usualPath = "/bin:/usr/bin:/usr/local/bin"

    /// The `PATH` in which to look for a program's command.
    ///
    /// - Parameter own: from the program's environment; nil if it doesn't set one.
    public static func path(own: [UInt8]?, inherited: CStringArray) -> (path: [UInt8], origin: FoundIn) {
        if let own { return (own, .program) }
        if let path = inherited.value(of: "PATH"), !path.isEmpty { return (path, .inherited) }
        return (usualPath.bytes, .usual)
    }

    /// The files that a word may refer to, in order: the word itself if it contains a slash, else one in each folder of
    /// `path`. An empty entry means the current folder.
    public static func candidates(_ word: [UInt8], path: [UInt8]) -> [[UInt8]] {
        if word.contains(UInt8(ascii: "/")) { return [word] }
        return path.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map { folder in
            folder.isEmpty ? word : folder + [UInt8(ascii: "/")] + word
        }
    }

    /// Looks for a word as `execvp` does: it skips files that may not be executed, and reports such a file only if it
    /// finds nothing else.
    ///
    /// - Parameter path: the value of `PATH`; nil: `/usr/local/bin:/bin:/usr/bin`.
    /// - Throws: ENOENT if no such file exists; EACCES if none of those that exist may be executed.
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
        // Executing it will tell.
        case .unknown: nil
        }
    }
}
