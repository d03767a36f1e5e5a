/// The words of an `environment=` value: Python's `shlex` when it is not in POSIX mode, with `/.+-():` added to the
/// characters of words. Quotes stay part of a word, every other character is a word of its own.
enum EnvironmentLexer {
    static func tokens(of text: Text) throws(Complaint) -> [Text] {
        let bytes = text.bytes
        var tokens: [Text] = []
        var word: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == ASCII.hash {
                // A comment ends with its line but does not end the word that it stands in.
                index = (bytes[index...].firstIndex(of: ASCII.newline) ?? bytes.endIndex - 1) + 1
            } else if isSpace(byte) {
                flush(&word, into: &tokens)
                index += 1
            } else if isWord(byte) || (!word.isEmpty && isQuote(byte)) {
                word.append(byte)
                index += 1
            } else if isQuote(byte) {
                guard let end = bytes[(index + 1)...].firstIndex(of: byte) else {
                    throw Complaint("No closing quotation", plain: "a quote is not closed", "Close the quote.")
                }
                tokens.append(Text(bytes[index...end]))
                index = end + 1
            } else {
                flush(&word, into: &tokens)
                let length = text.scalar(at: index).length
                tokens.append(Text(bytes[index..<(index + length)]))
                index += length
            }
        }
        flush(&word, into: &tokens)
        return tokens
    }

    private static func flush(_ word: inout [UInt8], into tokens: inout [Text]) {
        if word.isEmpty { return }
        tokens.append(Text(word))
        word = []
    }

    static func withoutQuotes(_ text: Text) -> Text {
        var bytes = text.bytes
        while let first = bytes.first, isQuote(first) { bytes.removeFirst() }
        while let last = bytes.last, isQuote(last) { bytes.removeLast() }
        return Text(bytes)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == ASCII.space || byte == ASCII.tab || byte == ASCII.return || byte == ASCII.newline
    }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == ASCII.quote || byte == ASCII.doubleQuote }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), ASCII.zero...ASCII.nine,
            ASCII.underscore, ASCII.slash, ASCII.dot, ASCII.plus, ASCII.minus, ASCII.open, ASCII.close, ASCII.colon:
            true
        default: false
        }
    }
}
