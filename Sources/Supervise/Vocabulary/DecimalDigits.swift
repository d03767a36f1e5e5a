extension [UInt8] {
    /// Appends a number that isn't negative, with zeros in front if it has fewer digits than `width`.
    mutating func append(decimal number: Int, width: Int = 1) {
        // The most that a number has.
        var digits: [20 of UInt8] = .init(repeating: ASCII.zero)
        var first = digits.count
        var rest = UInt(bitPattern: number)
        repeat {
            first -= 1
            digits[first] = ASCII.zero + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        for index in Swift.min(first, digits.count - width)..<digits.count { append(digits[index]) }
    }

    mutating func append(_ text: StaticString) { text.withUTF8Buffer { append(contentsOf: $0) } }
}
