/// Numbers as Python's `int()` and `float()` read them, which supervisord applies to the text of `<int>`.
enum PythonNumber {
    /// Decimal digits with single underscores between them, an optional sign, white space around; nil for anything
    /// else. Numbers beyond 64 bits become the end of the range.
    static func int(_ text: String) -> Int? {
        var digits = trimmed(text)
        let isNegative = digits.first == "-"
        if let sign = digits.first, sign == "-" || sign == "+" { digits = digits.dropFirst() }
        guard let plain = withoutUnderscores(digits), !plain.isEmpty, plain.allSatisfy({ $0.isASCII && $0.isNumber })
        else { return nil }
        return Int((isNegative ? "-" : "") + plain) ?? (isNegative ? .min : .max)
    }

    /// What `float()` accepts; it rejects hexadecimal.
    static func double(_ text: String) -> Double? {
        guard let plain = withoutUnderscores(trimmed(text)), !plain.isEmpty else { return nil }
        let known: Set<Character> = Set("0123456789+-.eE")
        if plain.allSatisfy(known.contains) { return Double(plain) }
        let (sign, word) = plain.hasPrefix("-") ? (-1.0, plain.dropFirst()) : (1.0, plain.drop { $0 == "+" })
        switch word.lowercased() {
        case "inf", "infinity": return sign * .infinity
        case "nan": return .nan
        default: return nil
        }
    }

    private static func trimmed(_ text: String) -> Substring {
        let tail = text.drop { $0.isWhitespace }
        return tail[..<(tail.lastIndex { !$0.isWhitespace }.map { tail.index(after: $0) } ?? tail.startIndex)]
    }

    /// Underscores are valid only between two digits.
    private static func withoutUnderscores(_ text: Substring) -> String? {
        guard text.contains("_") else { return String(text) }
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        for (left, right) in zip(parts, parts.dropFirst()) {
            guard left.last?.isNumber == true, right.first?.isNumber == true else { return nil }
        }
        return parts.joined()
    }
}
