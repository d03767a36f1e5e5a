// What is asked of texts here.

extension UInt8 {
    var isBlank: Bool { self == ASCII.space || 9...13 ~= self }

    /// A letter, a digit or an underscore.
    var isOfName: Bool { 0x30...0x39 ~= self || 0x61...0x7A ~= self | 0x20 || self == ASCII.underscore }

    var isOfFileName: Bool { isOfName || self == ASCII.minus || self == ASCII.dot || self == ASCII.slash }
}

extension [UInt8] {
    /// The range without white space at both ends.
    @inline(never)
    func strippedRange(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, self[start].isBlank { start += 1 }
        while end > start, self[end - 1].isBlank { end -= 1 }
        return start..<end
    }

    var stripped: [UInt8] {
        @inline(never) get { Array(self[strippedRange(0..<count)]) }
    }

    var lowercased: [UInt8] {
        @inline(never) get { Array(Text(self).lowercased.bytes) }
    }

    @inline(never)
    func isSame(_ text: StaticString) -> Bool { Text(self).is(text) }

    @inline(never)
    func hasStart(_ text: StaticString) -> Bool { Text(self).hasPrefix(text) }

    @inline(never)
    func hasText(_ text: StaticString) -> Bool { Text(self).contains(Text(stringLiteral: text)) }

    /// - Parameter words: separated by spaces.
    @inline(never)
    func isOne(of words: StaticString) -> Bool {
        words.withUTF8Buffer { words in
            var start = 0
            for index in 0...words.count where index == words.count || words[index] == ASCII.space {
                let word = UnsafeBufferPointer(rebasing: words[start..<index])
                if word.count == count, isText(word, at: 0) { return true }
                start = index + 1
            }
            return false
        }
    }

    private func isText(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        guard count - start >= text.count else { return false }
        for index in 0..<text.count where self[start + index] != text[index] { return false }
        return true
    }

    @inline(never)
    func hasSuffix(_ text: StaticString) -> Bool { Text(self).hasSuffix(text) }

    /// What follows the last slash.
    var fileName: [UInt8] {
        @inline(never) get {
            guard let slash = lastIndex(of: ASCII.slash) else { return self }
            return Array(self[(slash + 1)...])
        }
    }

    /// The parts between bytes of a kind, without empty ones.
    @inline(never)
    func parts(_ isBetween: (UInt8) -> Bool) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var part: [UInt8] = []
        for byte in self + [ASCII.newline] {
            if isBetween(byte) || byte == ASCII.newline {
                if !part.isEmpty { parts.append(part) }
                part = []
            } else {
                part.append(byte)
            }
        }
        return parts
    }

    /// For sentences.
    var sentence: String {
        @inline(never) get { String(decoding: map { $0 == ASCII.newline ? ASCII.space : $0 }, as: UTF8.self) }
    }

    /// 1 to 65535.
    var portNumber: Int? {
        guard let number = numberAtStart, 1...65535 ~= number else { return nil }
        for byte in self where !(0x30...0x39 ~= byte) { return nil }
        return number
    }

    /// The digits that it begins with; nil if it begins with none.
    var numberAtStart: Int? {
        @inline(never) get {
            var number: Int?
            for byte in self {
                guard 0x30...0x39 ~= byte else { break }
                number = Swift.min((number ?? 0) * 10 + Int(byte - 0x30), 1_000_000_000)
            }
            return number
        }
    }

    /// A number that stands alone, as a port does in an argument.
    ///
    /// - Parameter isBehindSign: only behind a colon or an equal sign.
    @inline(never)
    func hasNumber(_ number: Int, isBehindSign: Bool = false) -> Bool {
        let digits = "\(number)".bytes
        return digits.withUnsafeBufferPointer { digits in
            for start in 0...count where isText(digits, at: start) {
                let end = start + digits.count
                let isBegun = start == 0 || !self[start - 1].isOfName && self[start - 1] != ASCII.dot
                guard isBegun, end == count || !self[end].isOfName else { continue }
                if !isBehindSign || start > 0 && (self[start - 1] == ASCII.colon || self[start - 1] == ASCII.equals) {
                    return true
                }
            }
            return false
        }
    }

    /// As supervisord reads booleans.
    var isTrue: Bool { (try? Conversion.boolean(Text(self))) == true }
    var isFalse: Bool { (try? Conversion.boolean(Text(self))) == false }
}
