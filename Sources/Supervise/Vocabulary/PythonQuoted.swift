// Python's `repr`, which supervisord's sentences contain, of texts and of bytes.

extension String {
    public var pythonQuoted: String { Text(self).quoted.string }
}

extension [UInt8] {
    /// Of a text in UTF-8.
    public var pythonQuoted: [UInt8] { Array(Text(self).quoted.bytes) }
}

extension Text {
    var quoted: Text {
        let quote = PythonQuotes.around(bytes)
        var result: [UInt8] = [quote]
        result.reserveCapacity(count + 2)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let (value, length) = scalar(at: index)
            if value < 0x80 {
                PythonQuotes.append(UInt8(value), quote, to: &result)
            } else if Text.isPrintable(value) {
                result += bytes[index..<index + length]
            } else {
                Text.escape(value, into: &result)
            }
            index += length
        }
        result.append(quote)
        return Text(result)
    }

    private static func escape(_ scalar: UInt32, into result: inout [UInt8]) {
        let (letter, digits): (UInt8, Int) =
            scalar <= 0xFF ? (UInt8(ascii: "x"), 2) : scalar <= 0xFFFF ? (UInt8(ascii: "u"), 4) : (UInt8(ascii: "U"), 8)
        result += [ASCII.backslash, letter]
        for position in 0..<digits {
            let shifted = scalar >> UInt32(4 * (digits - 1 - position))
            result.append(Hexadecimal.digit(UInt8(truncatingIfNeeded: shifted)))
        }
    }

    /// Python's `str.isprintable` for one code point, without the table of what is not assigned yet.
    private static func isPrintable(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0..<0x20, 0x7F...0xA0, 0xAD, 0x600...0x605, 0x61C, 0x6DD, 0x70F, 0x1680, 0x180E, 0x2000...0x200F,
            0x2028...0x202F, 0x205F...0x206F, 0x3000, 0xD800...0xF8FF, 0xFEFF, 0xFFF0...0xFFFB, 0xFFFE, 0xFFFF,
            0xE0000...:
            false
        default: true
        }
    }
}

enum PythonQuotes {
    /// The quotation mark: the double one where only the other is in the text.
    static func around(_ bytes: some Sequence<UInt8>) -> UInt8 {
        bytes.contains(ASCII.quote) && !bytes.contains(ASCII.doubleQuote) ? ASCII.doubleQuote : ASCII.quote
    }

    /// A byte as it stands between quotation marks; one that isn't ASCII as an escape.
    static func append(_ byte: UInt8, _ quote: UInt8, to text: inout [UInt8]) {
        switch byte {
        case quote, ASCII.backslash: text += [ASCII.backslash, byte]
        case 0x20..<0x7F: text.append(byte)
        case 0x09: text += [ASCII.backslash, UInt8(ascii: "t")]
        case 0x0A: text += [ASCII.backslash, UInt8(ascii: "n")]
        case 0x0D: text += [ASCII.backslash, UInt8(ascii: "r")]
        default:
            text += [ASCII.backslash, UInt8(ascii: "x")]
            Hexadecimal.append(byte, to: &text)
        }
    }

    /// `b'...'`, as Python writes bytes.
    static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        let quote = around(bytes)
        text += [UInt8(ascii: "b"), quote]
        for byte in bytes { append(byte, quote, to: &text) }
        text.append(quote)
    }
}
