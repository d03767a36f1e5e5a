/// A piece of HTML. Literals are markup; interpolated values are text and escaped, unless they are `Markup` themselves.
struct Markup: ExpressibleByStringInterpolation {
    private(set) var bytes: [UInt8] = []

    init() {}

    init(stringLiteral markup: String) { bytes = Array(markup.utf8) }

    init(stringInterpolation: StringInterpolation) { bytes = stringInterpolation.markup.bytes }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var markup = Markup()

        init(literalCapacity: Int, interpolationCount: Int) {
            markup.bytes.reserveCapacity(literalCapacity + 24 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { markup.bytes.append(contentsOf: literal.utf8) }

        mutating func appendInterpolation(_ text: String) { markup.escape(text.utf8) }

        mutating func appendInterpolation(_ number: Int) { markup.bytes.append(contentsOf: "\(number)".utf8) }

        mutating func appendInterpolation(_ other: Markup) { markup.bytes.append(contentsOf: other.bytes) }
    }

    static func += (left: inout Markup, right: Markup) { left.bytes.append(contentsOf: right.bytes) }

    /// A program's text, which is arbitrary bytes: what is not UTF-8 becomes U+FFFD.
    static func text(_ bytes: some Sequence<UInt8>) -> Markup {
        var markup = Markup()
        markup.escape(String(decoding: Array(bytes), as: UTF8.self).utf8)
        return markup
    }

    /// `count` with a noun: `1 program`, `2 programs`.
    /// - Parameter several: the plural, if it isn't the noun with an s.
    static func count(_ count: Int, _ noun: String, _ several: String? = nil) -> String {
        "\(count) \(count == 1 ? noun : several ?? noun + "s")"
    }

    private mutating func escape(_ text: some Sequence<UInt8>) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): bytes.append(contentsOf: "&quot;".utf8)
            case UInt8(ascii: "'"): bytes.append(contentsOf: "&#39;".utf8)
            // Otherwise a parser would turn it into a line feed.
            case 0x0d: bytes.append(contentsOf: "&#13;".utf8)
            // HTML has no other control characters: U+2400 and the following 31 are their pictures.
            case 0..<0x09, 0x0b, 0x0c, 0x0e..<0x20: bytes.append(contentsOf: [0xe2, 0x90, 0x80 + byte])
            default: bytes.append(byte)
            }
        }
    }
}
