/// A word of a command, and where it stands in it.
struct ShellWord {
    /// Without quotes.
    var text: [UInt8]
    var start: Int
    var end: Int
    /// `&&`, `|` and the like.
    var isOperator = false

    /// Splits as `CommandWords` does.
    ///
    /// - Parameter hasOperators: a shell reads it.
    /// - Returns: the words before a quote that isn't closed.
    static func split(_ command: [UInt8], hasOperators: Bool = false) -> [ShellWord] {
        var words: [ShellWord] = []
        var word: ShellWord?
        var quote: UInt8 = 0
        var isEscaped = false
        for (index, byte) in (command + [ASCII.space]).enumerated() {
            let isEnd = index == command.count
            if isEscaped, !isEnd {
                if quote != 0, byte != quote, byte != ASCII.backslash { word?.text.append(ASCII.backslash) }
                word?.text.append(byte)
                isEscaped = false
                continue
            }
            let isSign = hasOperators && !isEnd && isOperator(command, index)
            if quote == 0, !isEscaped, byte.isBlank || isSign || word?.isOperator ?? false {
                if isSign, let known = word, known.isOperator, known.text == [byte] {
                    word?.text.append(byte)
                    continue
                }
                if var known = word {
                    known.end = index
                    words.append(known)
                }
                word = nil
                if byte.isBlank { continue }
            }
            if isEnd { break }
            if word == nil { word = ShellWord(text: [], start: index, end: index, isOperator: isSign) }
            if isSign {
                word?.text.append(byte)
            } else if byte == ASCII.backslash, quote != ASCII.quote {
                isEscaped = true
            } else if quote != 0, byte == quote {
                quote = 0
            } else if quote == 0, byte == ASCII.quote || byte == ASCII.doubleQuote {
                quote = byte
            } else {
                word?.text.append(byte)
            }
        }
        return words
    }

    @inline(never)
    static func texts(_ command: [UInt8]) -> [[UInt8]] { split(command).map { $0.text } }

    /// Not `2>&1` and `&>`.
    private static func isOperator(_ text: [UInt8], _ index: Int) -> Bool {
        switch text[index] {
        case UInt8(ascii: "|"), ASCII.semicolon, ASCII.open, ASCII.close: return true
        case UInt8(ascii: "&"):
            let isBehind = index > 0 && text[index - 1] == UInt8(ascii: ">")
            return !isBehind && (index + 1 == text.count || text[index + 1] != UInt8(ascii: ">"))
        default: return false
        }
    }

    /// Whether a shell would do anything with it: variables, quotes, operators, patterns.
    static func needsShell(_ text: [UInt8]) -> Bool {
        let signs = "$`\\\"'&|;<>(){}*?[~!#\n".bytes
        for byte in text where signs.contains(byte) { return true }
        return false
    }

    /// Where output goes.
    var isRedirection: Bool { text.isOne(of: ">/dev/null 2>&1 &>/dev/null 1>/dev/null 2>/dev/null") }
}
