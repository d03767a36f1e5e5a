/// A piece of UTF-8, usually a slice of a file that many others share.
///
/// Swift's own strings compare by canonical equivalence and walk grapheme clusters; the formats of supervisord are defined
/// on code points, so everything here works on bytes (whose order is that of code points).
struct Text: Equatable, Sendable, ExpressibleByStringLiteral {
    var bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }
    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }
    // Calls of these are everywhere: out of line they are a tenth of the parser's code.
    @inline(never) init(_ string: String) { bytes = string.bytes[...] }
    @inline(never) init(stringLiteral value: StaticString) {
        bytes = value.withUTF8Buffer { Array($0) }[...]
    }
    @inline(never) init(_ number: Int) { self.init("\(number)") }

    static let empty = Text([UInt8]())

    /// One text of many, which reads better than interpolation and costs less.
    @inline(never)
    static func joined(_ parts: Text...) -> Text {
        var count = 0
        for part in parts { count += part.bytes.count }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for part in parts { bytes += part.bytes }
        return Text(bytes)
    }

    /// `a, b or c`.
    static func alternatives(_ words: [Text]) -> Text {
        var result = Text.empty
        for (index, word) in words.enumerated() {
            if index > 0 { result = .joined(result, index == words.count - 1 ? " or " : ", ") }
            result = .joined(result, word)
        }
        return result
    }

    var string: String {
        @inline(never) get { String(decoding: bytes, as: UTF8.self) }
    }
    var isEmpty: Bool { bytes.isEmpty }
    var count: Int { bytes.count }

    /// For a `HashIndex`.
    var hash: UInt32 { HashIndex.hash(bytes) }

    @inline(never)
    static func == (a: Text, b: Text) -> Bool { a.bytes.elementsEqual(b.bytes) }

    /// By code point.
    static func precedes(_ a: Text, _ b: Text) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}

extension Text {
    /// The code point at `index` and its length; a stray byte stands for itself.
    func scalar(at index: Int) -> (value: UInt32, length: Int) {
        guard bytes.indices.contains(index) else { return (0, 0) }
        let first = bytes[index]
        guard first >= 0xC2 else { return (UInt32(first), 1) }
        let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 1
        guard length > 1, bytes.endIndex - index >= length else { return (UInt32(first), 1) }
        var value = UInt32(first) & (0xFF >> UInt32(length + 1))
        for offset in 1..<length {
            let next = bytes[index + offset]
            guard next & 0xC0 == 0x80 else { return (UInt32(first), 1) }
            value = value << 6 | UInt32(next & 0x3F)
        }
        return (value, length)
    }

    /// The code point that ends before `index` and its length.
    func scalar(before index: Int) -> (value: UInt32, length: Int) {
        var start = index - 1
        guard start >= bytes.startIndex, start < bytes.endIndex else { return (0, 0) }
        while start > bytes.startIndex, index - start < 4, bytes[start] & 0xC0 == 0x80 { start -= 1 }
        let found = scalar(at: start)
        return start + found.length == index ? found : (UInt32(bytes[index - 1]), 1)
    }

    /// The number of code points.
    var scalarCount: Int {
        var count = 0
        for byte in bytes where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    /// White space as Python's `str.isspace` has it.
    static func isSpace(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// No white space, and no part of it: nearly every byte.
    private static func isSolid(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x80 }

    var strippedLeft: Text {
        var start = bytes.startIndex
        while start < bytes.endIndex, !Self.isSolid(bytes[start]) {
            let (value, length) = scalar(at: start)
            guard Text.isSpace(value) else { break }
            start += length
        }
        return Text(bytes[start...])
    }

    var strippedRight: Text {
        var end = bytes.endIndex
        while end > bytes.startIndex, !Self.isSolid(bytes[end - 1]) {
            let (value, length) = scalar(before: end)
            guard Text.isSpace(value) else { break }
            end -= length
        }
        return Text(bytes[..<end])
    }

    /// Without white space at both ends.
    var stripped: Text { strippedLeft.strippedRight }

    /// Comparisons with literals allocate nothing.
    func `is`(_ literal: StaticString) -> Bool { count == literal.utf8CodeUnitCount && hasPrefix(literal) }

    func hasPrefix(_ literal: StaticString) -> Bool {
        literal.withUTF8Buffer { bytes.starts(with: $0) }
    }

    func hasSuffix(_ literal: StaticString) -> Bool {
        literal.withUTF8Buffer { count >= $0.count && bytes.suffix($0.count).elementsEqual($0) }
    }

    @inline(never)
    func dropFirst(_ count: Int) -> Text { Text(bytes.dropFirst(count)) }

    func contains(_ byte: UInt8) -> Bool { index(of: byte) != nil }

    /// Where a byte is, looked for from `start`. It reads the memory itself: the slice's own search takes four times as
    /// long.
    @inline(never)
    func index(of byte: UInt8, from start: Int? = nil) -> Int? {
        let first = bytes.startIndex
        return bytes.withUnsafeBufferPointer { buffer in
            var index = max((start ?? first) - first, 0)
            while index < buffer.count {
                if buffer[index] == byte { return first + index }
                index += 1
            }
            return nil
        }
    }

    /// The index at which `needle`, which isn't empty, begins, looked for from `start`.
    func range(of needle: Text, from start: Int? = nil) -> Range<Int>? {
        guard let head = needle.bytes.first else { return nil }
        var index = start ?? bytes.startIndex
        while bytes.endIndex - index >= needle.count {
            guard let found = self.index(of: head, from: index) else { return nil }
            if bytes.endIndex - found < needle.count { return nil }
            if bytes[found..<found + needle.count].elementsEqual(needle.bytes) { return found..<found + needle.count }
            index = found + 1
        }
        return nil
    }

    func contains(_ needle: Text) -> Bool { range(of: needle) != nil }

    func replacing(_ needle: Text, with replacement: Text) -> Text {
        guard var found = range(of: needle) else { return self }
        var result: [UInt8] = []
        var rest = bytes.startIndex
        while true {
            result += bytes[rest..<found.lowerBound]
            result += replacement.bytes
            rest = found.upperBound
            guard let next = range(of: needle, from: rest) else { break }
            found = next
        }
        result += bytes[rest...]
        return Text(result)
    }

    /// The pieces between occurrences of `separator`, empty ones too.
    func split(by separator: UInt8) -> [Text] {
        var pieces: [Text] = []
        var start = bytes.startIndex
        while let end = index(of: separator, from: start) {
            pieces.append(Text(bytes[start..<end]))
            start = end + 1
        }
        pieces.append(Text(bytes[start...]))
        return pieces
    }

    /// The words between white space.
    var words: [Text] {
        var words: [Text] = []
        var start: Int?
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let (value, length) = scalar(at: index)
            if Text.isSpace(value) {
                if let first = start { words.append(Text(bytes[first..<index])) }
                start = nil
            } else if start == nil {
                start = index
            }
            index += length
        }
        if let first = start { words.append(Text(bytes[first...])) }
        return words
    }
}

extension Text {
    /// Lower case of ASCII, Latin-1, Greek and Cyrillic letters: keys and words of this format are ASCII.
    var lowercased: Text { mapped { Text.lower($0) } }
    var uppercased: Text { mapped { Text.upper($0) } }

    private func mapped(_ change: (UInt32) -> UInt32) -> Text {
        var isSame = true
        for byte in bytes where byte >= 0x80 || change(UInt32(byte)) != UInt32(byte) {
            isSame = false
            break
        }
        if isSame { return self }
        var result: [UInt8] = []
        result.reserveCapacity(count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let (value, length) = scalar(at: index)
            if length == 1 {
                result.append(value < 0x80 ? UInt8(truncatingIfNeeded: change(value)) : bytes[index])
            } else {
                Text.append(change(value), to: &result)
            }
            index += length
        }
        return Text(result)
    }

    private static func lower(_ scalar: UInt32) -> UInt32 {
        switch scalar {
        case 0x41...0x5A, 0xC0...0xD6, 0xD8...0xDE, 0x391...0x3A1, 0x3A3...0x3AB, 0x410...0x42F: scalar + 0x20
        case 0x400...0x40F: scalar + 0x50
        default: scalar
        }
    }

    private static func upper(_ scalar: UInt32) -> UInt32 {
        switch scalar {
        case 0x61...0x7A, 0xE0...0xF6, 0xF8...0xFE, 0x3B1...0x3C1, 0x3C3...0x3CB, 0x430...0x44F: scalar - 0x20
        case 0x450...0x45F: scalar - 0x50
        default: scalar
        }
    }

    static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
        switch scalar {
        case 0..<0x80:
            bytes.append(UInt8(truncatingIfNeeded: scalar))
        case 0x80..<0x800:
            bytes.append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
            bytes.append(0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F))
        case 0x800..<0x10000:
            bytes.append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
            bytes.append(0x80 | UInt8(truncatingIfNeeded: scalar >> 6 & 0x3F))
            bytes.append(0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F))
        default:
            bytes.append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
            bytes.append(0x80 | UInt8(truncatingIfNeeded: scalar >> 12 & 0x3F))
            bytes.append(0x80 | UInt8(truncatingIfNeeded: scalar >> 6 & 0x3F))
            bytes.append(0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F))
        }
    }
}
