/// Why a value can't be used.
struct Complaint: Error {
    /// supervisord's words.
    var sentence: Text
    /// The same for who knows no Python; nil where supervisord's words will do. Said unless the name is `supervisord`.
    var plain: Text?
    /// What to do.
    var advice: String
    /// Where in the text that was converted, when known.
    var index: Int?

    init(_ sentence: Text, plain: Text? = nil, _ advice: String, index: Int? = nil) {
        self.sentence = sentence
        self.plain = plain
        self.advice = advice
        self.index = index
    }
}

/// A Python integer: of any size in the file, here clamped to what a machine word holds.
struct Integer {
    var value: Int
    /// What Python would print for it.
    var text: Text

    private static let advice = "Write a whole number, such as 10."

    /// Python's `int(text, base)`: white space around it, a sign, underscores between digits, `0o` before octal ones.
    init(_ text: Text, base: Int = 10) throws(Complaint) {
        if base == 10, let value = Self.plain(text) {
            self.value = value
            self.text = text
            return
        }
        let isASCII = !text.bytes.contains { $0 >= 0x80 }
        var digits: [UInt8] = []
        guard let isNegative = Self.scan(text, base, isASCII, &digits) else {
            throw Complaint(
                .joined("invalid literal for int() with base ", Text(base), ": ", Self.shortened(text.quoted)),
                plain: .joined(Self.shortened(text.quoted), base == 8 ? " is no octal number" : " is no whole number"),
                base == 8 ? "Write an octal number, such as 022." : Self.advice)
        }
        if base == 10, digits.count > 4300 {
            throw Complaint(
                .joined(
                    "Exceeds the limit (4300 digits) for integer string conversion: value has ", Text(digits.count),
                    " digits; use sys.set_int_max_str_digits() to increase the limit"),
                plain: .joined("a number of ", Text(digits.count), " digits is too long"), Self.advice)
        }
        var value = 0
        for digit in digits {
            let (product, overflow) = value.multipliedReportingOverflow(by: base)
            let (difference, underflow) = product.subtractingReportingOverflow(Int(digit))
            if overflow || underflow {
                value = .min
                break
            }
            value = difference
        }
        // The digits are summed up below zero, where there's one more number.
        self.value = isNegative ? value : value == .min ? .max : -value
        let significant = digits.drop { $0 == 0 }
        if significant.isEmpty {
            self.text = "0"
        } else {
            self.text = .joined(isNegative ? "-" : "", Text(significant.map { $0 + ASCII.zero }))
        }
    }

    /// A few ASCII digits without a zero in front: that is how almost every number is written.
    private static func plain(_ text: Text) -> Int? {
        guard (1...18).contains(text.count), text.count == 1 || text.bytes.first != ASCII.zero else { return nil }
        var value = 0
        for byte in text.bytes {
            guard byte >= ASCII.zero, byte <= ASCII.zero + 9 else { return nil }
            value = value * 10 + Int(byte - ASCII.zero)
        }
        return value
    }

    /// Collects the digits' values; nil when the text is no number.
    private static func scan(_ text: Text, _ base: Int, _ isASCII: Bool, _ digits: inout [UInt8]) -> Bool? {
        var index = text.bytes.startIndex
        let end = text.bytes.endIndex
        func space(_ value: UInt32) -> Bool {
            // Python strips the separators 1C-1F from text that has other characters only.
            isASCII ? value == 0x20 || (0x09...0x0D).contains(value) : Text.isSpace(value)
        }
        while index < end, case (let value, let length) = text.scalar(at: index), space(value) { index += length }
        var isNegative = false
        if index < end, text.bytes[index] == ASCII.minus || text.bytes[index] == ASCII.plus {
            isNegative = text.bytes[index] == ASCII.minus
            index += 1
        }
        var mayUnderscore = false
        if base == 8, end - index >= 2, text.bytes[index] == ASCII.zero,
            text.bytes[index + 1] | 0x20 == UInt8(ascii: "o")
        {
            index += 2
            mayUnderscore = true
        }
        var endsWithDigit = false
        while index < end {
            let (value, length) = text.scalar(at: index)
            if value == UInt32(ASCII.underscore), mayUnderscore {
                mayUnderscore = false
                endsWithDigit = false
            } else if let digit = decimal(value), Int(digit) < base {
                digits.append(digit)
                mayUnderscore = true
                endsWithDigit = true
            } else {
                break
            }
            index += length
        }
        guard endsWithDigit else { return nil }
        while index < end {
            let (value, length) = text.scalar(at: index)
            guard space(value) else { return nil }
            index += length
        }
        return isNegative
    }

    static func areDigits(_ text: Text) -> Bool {
        var index = text.bytes.startIndex
        while index < text.bytes.endIndex {
            let (value, length) = text.scalar(at: index)
            guard decimal(value) != nil else { return false }
            index += length
        }
        return true
    }

    /// Decimal digits of the scripts whose digits Python accepts, by their zeros.
    private static func decimal(_ scalar: UInt32) -> UInt8? {
        if scalar < 0x80 {
            return (0x30...0x39).contains(scalar) ? UInt8(truncatingIfNeeded: scalar - 0x30) : nil
        }
        for zero in zeros where scalar >= zero && scalar <= zero + 9 {
            return UInt8(truncatingIfNeeded: scalar - zero)
        }
        return nil
    }

    private static let zeros: [UInt32] = [
        0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20,
        0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0,
        0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    ]

    /// Python cuts the quoted text to 200 characters.
    private static func shortened(_ text: Text) -> Text {
        guard text.count > 200 else { return text }
        var index = text.bytes.startIndex
        for _ in 0..<200 where index < text.bytes.endIndex { index += text.scalar(at: index).length }
        return Text(text.bytes[..<index])
    }
}
