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
    public struct Problem: Error, Equatable {
        /// From 1.
        public var line: Int
        /// What is wrong, and what to do, without the place.
        public var reason: String
    }

    /// Sets what the file says; on a problem some of it is set.
    ///
    /// - Parameter inherited: the value of a variable of init's own environment, for lines that have a name only.
    public static func read(
        _ bytes: [UInt8], into variables: inout Variables, inherited: ([UInt8]) -> [UInt8]?
    ) throws(Problem) {
        var rest = bytes[...]
        if Text(rest).hasPrefix("\u{FEFF}") { rest = rest.dropFirst(3) }
        var number = 0
        var count = 0
        while !rest.isEmpty {
            number += 1
            let end = rest.firstIndex(of: ASCII.newline) ?? rest.endIndex
            var line = Text(rest[..<end])
            rest = rest[min(end + 1, rest.endIndex)...]
            if line.contains(0) {
                throw Problem(line: number, reason: "there is a NUL byte in it (write it as UTF-8 text)")
            }
            if line.bytes.last == ASCII.return { line.bytes.removeLast() }
            line = line.strippedLeft
            if line.isEmpty || line.bytes.first == ASCII.hash { continue }
            let equals = line.bytes.firstIndex(of: ASCII.equals)
            let name = Text(line.bytes[..<(equals ?? line.bytes.endIndex)])
            if name.isEmpty { throw Problem(line: number, reason: "no name before the = (write NAME=value)") }
            if name.contains(ASCII.space) || name.contains(ASCII.tab) {
                throw Problem(line: number, reason: "white space in the name (write NAME=value, without export)")
            }
            count += 1
            if count > mostVariables {
                throw Problem(line: number, reason: "more than \(mostVariables) variables")
            }
            var value: Text
            if let equals {
                value = Text(line.bytes[(equals + 1)...])
            } else if let own = inherited(Array(name.bytes)) {
                value = Text(own)
            } else {
                continue
            }
            if name.count + 1 + value.count > longestVariable {
                throw Problem(line: number, reason: "longer than the 128 KB that the kernel takes")
            }
            variables.set(name, value)
        }
    }

    /// A file that is one value: without the newlines at its end, as a shell's `$(<file)`.
    public static func value(_ bytes: [UInt8]) -> [UInt8] {
        var value = bytes
        while value.last == ASCII.newline { value.removeLast() }
        return value
    }
}
