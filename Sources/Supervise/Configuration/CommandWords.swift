/// A program's `command=` as words.
public enum CommandWords {
    /// Why a command can't be split.
    public struct SplitError: Error, Equatable, Sendable {
        /// supervisord's sentence: `can't parse command 'a "b': No closing quotation`, `command is empty`.
        public var text: String
        /// The same for who knows no Python.
        public var explanation: String
    }

    /// Splits by the POSIX shell's rules for quotes and backslashes, without any expansion; `#` is an ordinary character.
    ///
    /// - Source: Python's `shlex.split`, which supervisord uses when it spawns.
    /// - Returns: at least one word.
    public static func split(_ command: String) throws(SplitError) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        var isWord = false
        /// The quote that is open, or 0.
        var quote: UInt8 = 0
        var isEscaped = false
        for byte in command.bytes {
            if isEscaped {
                // Inside double quotes only the quote and the backslash can be escaped.
                if quote != 0, byte != quote, byte != ASCII.backslash { word.append(ASCII.backslash) }
                word.append(byte)
                isEscaped = false
                continue
            }
            switch byte {
            case ASCII.backslash where quote != ASCII.quote:
                isEscaped = true
                isWord = true
            case quote where quote != 0:
                quote = 0
            case ASCII.quote where quote == 0, ASCII.doubleQuote where quote == 0:
                quote = byte
                isWord = true
            case ASCII.space where quote == 0, ASCII.tab where quote == 0,
                ASCII.newline where quote == 0, ASCII.return where quote == 0:
                if isWord { words.append(String(decoding: word, as: UTF8.self)) }
                word.removeAll(keepingCapacity: true)
                isWord = false
            default:
                word.append(byte)
                isWord = true
            }
        }
        if isEscaped { throw unparsable(command, "No escaped character", "it ends with a backslash") }
        if quote != 0 { throw unparsable(command, "No closing quotation", "a quote is not closed") }
        if isWord { words.append(String(decoding: word, as: UTF8.self)) }
        if words.isEmpty {
            throw
                SplitError(text: "command is empty", explanation: "it is empty")
        }
        return words
    }

    private static func unparsable(_ command: String, _ why: String, _ explanation: String) -> SplitError {
        SplitError(
            text: "can't parse command \(Text(command).quoted.string): \(why)",
            explanation: "\(explanation): \(command)")
    }
}

/// The characters that the formats here give a meaning to.
enum ASCII {
    static let tab = UInt8(ascii: "\t")
    static let newline = UInt8(ascii: "\n")
    static let `return` = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let backslash = UInt8(ascii: "\\")
    static let quote = UInt8(ascii: "'")
    static let doubleQuote = UInt8(ascii: "\"")
    static let hash = UInt8(ascii: "#")
    static let semicolon = UInt8(ascii: ";")
    static let equals = UInt8(ascii: "=")
    static let colon = UInt8(ascii: ":")
    static let comma = UInt8(ascii: ",")
    static let slash = UInt8(ascii: "/")
    static let dot = UInt8(ascii: ".")
    static let tilde = UInt8(ascii: "~")
    static let percent = UInt8(ascii: "%")
    static let underscore = UInt8(ascii: "_")
    static let open = UInt8(ascii: "(")
    static let close = UInt8(ascii: ")")
    static let openBracket = UInt8(ascii: "[")
    static let closeBracket = UInt8(ascii: "]")
    static let zero = UInt8(ascii: "0")
    static let nine = UInt8(ascii: "9")
    static let minus = UInt8(ascii: "-")
    static let plus = UInt8(ascii: "+")
    static let star = UInt8(ascii: "*")
}
