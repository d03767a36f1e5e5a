import Supervise

/// Bytes for people: names and logs may have any content, so nothing here requires UTF-8.
///
/// Interpolation accepts only what it can print; Embedded Swift would print garbage for anything else.
struct OutputText: ExpressibleByStringInterpolation, Sendable {
    var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }
    init(stringLiteral value: StaticString) { bytes = value.withUTF8Buffer { Array($0) } }
    init(stringInterpolation: StringInterpolation) { bytes = stringInterpolation.bytes }

    struct StringInterpolation: StringInterpolationProtocol {
        var bytes: [UInt8] = []

        init(literalCapacity: Int, interpolationCount: Int) { bytes.reserveCapacity(literalCapacity + 32) }
        mutating func appendLiteral(_ literal: StaticString) {
            literal.withUTF8Buffer { bytes.append(contentsOf: $0) }
        }
        mutating func appendInterpolation(_ text: OutputText) { bytes += text.bytes }
        mutating func appendInterpolation(_ text: [UInt8]) { bytes += text }
        mutating func appendInterpolation(_ text: StaticString) { appendLiteral(text) }
        mutating func appendInterpolation(_ text: String) { bytes.append(contentsOf: text.utf8) }
        mutating func appendInterpolation(_ number: Int) { appendInterpolation(String(number)) }
    }

    /// Characters, as Python counts them, for padding a column.
    var count: Int {
        var count = 0
        for byte in bytes where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    /// At least `width` characters, with spaces at the end.
    func padded(_ width: Int) -> OutputText {
        let missing = width - count
        guard missing > 0 else { return self }
        var padded: [UInt8] = []
        padded.reserveCapacity(bytes.count + missing)
        padded += bytes
        for _ in 0..<missing { padded.append(UInt8(ascii: " ")) }
        return OutputText(padded)
    }

    /// As Python's `repr` shows a string, for supervisorctl's messages.
    var quoted: OutputText { OutputText(bytes.pythonQuoted) }

    /// Split at white space, without empty words.
    static func words(_ bytes: some Collection<UInt8>) -> [[UInt8]] {
        bytes.split(whereSeparator: isSpace).map { Array($0) }
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        switch byte {
        case 9...13, 28...32: true
        default: false
        }
    }
}

extension [UInt8] {
    func equals(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { elementsEqual($0) }
    }

    func starts(with text: StaticString) -> Bool {
        text.withUTF8Buffer { starts(with: $0) }
    }

    var text: String { String(decoding: self, as: UTF8.self) }

    func precedes(_ other: [UInt8]) -> Bool { lexicographicallyPrecedes(other) }
}
