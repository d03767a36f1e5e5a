extension Text {
    /// The text as Python's `repr` writes it, which supervisord's sentences contain.
    var quoted: Text {
        let quote = contains(ASCII.quote) && !contains(ASCII.doubleQuote) ? ASCII.doubleQuote : ASCII.quote
        var result: [UInt8] = [quote]
        result.reserveCapacity(count + 2)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let (value, length) = scalar(at: index)
            switch value {
            case UInt32(quote), UInt32(ASCII.backslash):
                result.append(ASCII.backslash)
                result.append(UInt8(truncatingIfNeeded: value))
            case 0x09: result += [ASCII.backslash, UInt8(ascii: "t")]
            case 0x0A: result += [ASCII.backslash, UInt8(ascii: "n")]
            case 0x0D: result += [ASCII.backslash, UInt8(ascii: "r")]
            case _ where Text.isPrintable(value):
                result += bytes[index..<index + length]
            default:
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
        result.append(ASCII.backslash)
        result.append(letter)
        for position in 0..<digits { result.append(hexDigit(scalar >> UInt32(4 * (digits - 1 - position)))) }
    }

    static func hexDigit(_ value: UInt32) -> UInt8 {
        let digit = UInt8(truncatingIfNeeded: value & 15)
        return digit < 10 ? ASCII.zero + digit : UInt8(ascii: "a") + digit - 10
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
