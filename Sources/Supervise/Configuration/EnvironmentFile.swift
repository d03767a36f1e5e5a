/// What an `env_file` holds.
///
/// - Source: `docker run --env-file` as its documentation and `opts/file.go` of docker/cli 20.10 have it: a value is everything
///   behind the first `=`, to the letter. Unlike docker's, the bytes need not be UTF-8.
public enum EnvironmentFile {
    /// Bytes of a file, at most. It stands in memory once per start, while PID 1 does nothing else.
    public static let largest = 1 << 20
    /// Variables of a file, at most: more than any program has, and few enough that no file makes PID 1 slow.
    public static let mostVariables = 4096
    /// Bytes of `NAME=value`, at most: the kernel's limit for one string (`MAX_ARG_STRLEN`) without the NUL at the end.
    public static let longestVariable = (128 << 10) - 1

    /// A line that can't be used. Its content is nowhere in it: it may be a secret.
    public struct Problem: Error {
        /// From 1.
        public var line: Int
        /// What is wrong, and what to do, without the place.
        public var reason: StaticString
    }

    /// Sets what the file says; on a problem some of it is set.
    ///
    /// - Parameter inherited: the value of a variable of init's own environment, for lines that have a name only.
    public static func read(
        _ bytes: [UInt8], into variables: inout Variables, inherited: ([UInt8]) -> [UInt8]?
    ) throws(Problem) {
        var rest: Text? = Text(bytes)
        if let text = rest, text.hasPrefix("\u{FEFF}") { rest = text.dropFirst(3) }
        var number = 0
        var count = 0
        while let text = rest {
            number += 1
            var line: Text
            (line, rest) = text.cut(at: ASCII.newline)
            if line.bytes.last == ASCII.return { line.bytes.removeLast() }
            let hasNUL = line.contains(0)
            line = line.strippedLeft
            if !hasNUL, line.isEmpty || line.bytes.first == ASCII.hash { continue }
            var (name, value) = line.cut(at: ASCII.equals)
            if value == nil, let own = inherited(Array(name.bytes)) { value = Text(own) }
            count += 1
            let reason: StaticString
            if hasNUL {
                reason = "there is a NUL byte in it (write it as UTF-8 text)"
            } else if name.isEmpty {
                reason = "no name before the = (write NAME=value)"
            } else if name.contains(ASCII.space) || name.contains(ASCII.tab) {
                reason = "white space in the name (write NAME=value, without export)"
            } else if count > mostVariables {
                reason = "more than 4096 variables"
            } else if name.count + 1 + (value?.count ?? 0) > longestVariable {
                reason = "longer than the 128 KB that the kernel takes"
            } else {
                if let value { variables.set(name, value) }
                continue
            }
            throw Problem(line: number, reason: reason)
        }
    }

    /// A file that is one value: without the newlines at its end, as a shell's `$(<file)`.
    public static func value(_ bytes: [UInt8]) -> [UInt8] {
        var value = bytes
        while value.last == ASCII.newline { value.removeLast() }
        return value
    }
}

extension Text {
    /// What stands before the first `byte`, and what stands behind it; nil where there's none.
    @inline(never)
    fileprivate func cut(at byte: UInt8) -> (before: Text, behind: Text?) {
        guard let index = bytes.firstIndex(of: byte) else { return (self, nil) }
        return (Text(bytes[..<index]), Text(bytes[(index + 1)...]))
    }
}
