/// Numbers with up to three decimals, as thousandths: Embedded Swift neither reads nor prints floating-point numbers.
enum Thousandths {
    /// `1.5` is 1500. nil for what is no such number, or has more than twelve digits before the point.
    static func read(_ text: ArraySlice<UInt8>) -> Int? {
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, whole.count <= 12, let number = digits(whole) else { return nil }
        guard parts.count == 2 else { return number * 1000 }
        guard (1...3).contains(parts[1].count), var rest = digits(parts[1]) else { return nil }
        for _ in parts[1].count..<3 { rest *= 10 }
        return number * 1000 + rest
    }

    /// The same with an optional unit: `300ms` is 300, and `2s` is 2000.
    static func readSeconds(_ text: ArraySlice<UInt8>) -> Int? {
        guard text.last == UInt8(ascii: "s") else { return read(text) }
        let rest = text.dropLast()
        guard rest.last == UInt8(ascii: "m") else { return read(rest) }
        return rest.count <= 13 && rest.count > 1 ? digits(rest.dropLast()) : nil
    }

    private static func digits(_ text: ArraySlice<UInt8>) -> Int? {
        var number = 0
        for byte in text {
            guard 0x30...0x39 ~= byte else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        return number
    }

    /// 1500 is `1.5`.
    static func text(_ thousandths: Int) -> String {
        guard thousandths % 1000 != 0 else { return "\(thousandths / 1000)" }
        var digits = "\(1000 + thousandths % 1000)".bytes.dropFirst()
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return "\(thousandths / 1000).\(String(decoding: digits, as: UTF8.self))"
    }
}
