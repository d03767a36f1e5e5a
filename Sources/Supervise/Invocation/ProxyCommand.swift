/// `pidproxy PIDFILE COMMAND [ARG ...]`: a command whose real work is done by another process, which its pidfile names.
public struct ProxyCommand: Equatable, Sendable {
    public var pidfile: String
    /// At least one.
    public var words: [[UInt8]]

    /// nil if a part is missing.
    init?(_ words: [Text]) {
        guard words.count >= 2 else { return nil }
        pidfile = words[0].string
        self.words = words.dropFirst().map { Array($0.bytes) }
    }

    /// The pid in the file: digits with optional white space around them; nil if there is none.
    public static func number(in file: [UInt8]) -> Int32? {
        let words = Text(file).words
        guard words.count == 1, words[0].count <= 10, Integer.areDigits(words[0]) else { return nil }
        var value = 0
        for digit in words[0].bytes { value = value * 10 + Int(digit - ASCII.zero) }
        // 0 and 1 are no daemon: our own group, and the supervisor.
        return value > 1 ? Int32(exactly: value) : nil
    }
}
