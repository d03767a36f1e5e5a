/// Parses a JSON document (RFC 8259) strictly: no comments, no extra commas, and nothing after it.
///
/// - Note: Half a surrogate pair, which no Unicode string can contain, becomes U+FFFD.
struct JSONParser {
    /// The deepest nesting of values. Requests to the gateway have two levels.
    static let deepest = 32

    private let bytes: [UInt8]
    private var position = 0

    private struct JSONError: Error {}

    /// nil if it is not valid JSON.
    static func parse(_ bytes: [UInt8]) -> JSON? {
        var parser = JSONParser(bytes: bytes)
        do throws(JSONError) {
            let value = try parser.value(depth: 0)
            parser.skipSpace()
            return parser.position == bytes.count ? value : nil
        } catch {
            return nil
        }
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// Skips `byte`, if it is there.
    private mutating func skip(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth < Self.deepest else { throw JSONError() }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: String, _ value: JSON) throws(JSONError) -> JSON {
        guard bytes[position...].starts(with: word.utf8) else { throw JSONError() }
        position += word.utf8.count
        return value
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSON {
        position += 1
        var values: [JSON] = []
        skipSpace()
        if skip("]") { return .array(values) }
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            if skip("]") { return .array(values) }
            guard skip(",") else { throw JSONError() }
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSON {
        position += 1
        var members: [JSON.Member] = []
        skipSpace()
        if skip("}") { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw JSONError() }
            let name = try string()
            skipSpace()
            guard skip(":") else { throw JSONError() }
            members.append(JSON.Member(name, try value(depth: depth + 1)))
            skipSpace()
            if skip("}") { return .object(members) }
            guard skip(",") else { throw JSONError() }
        }
    }

    // MARK: Numbers

    private mutating func number() throws(JSONError) -> JSON {
        let start = position
        _ = skip("-")
        if !skip("0") { try digits() }
        var isWhole = true
        if skip(".") {
            isWhole = false
            try digits()
        }
        if skip("e") || skip("E") {
            isWhole = false
            if !skip("+") { _ = skip("-") }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let number = Int(text) { return .int(number) }
        guard let number = Double(text) else { throw JSONError() }
        return .double(number)
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
        guard position > start else { throw JSONError() }
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw JSONError() }
                return string
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw JSONError()
            default: text.append(byte)
            }
        }
        throw JSONError()
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        guard let byte = next else { throw JSONError() }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text += String(try scalar()).utf8
        default: throw JSONError()
        }
    }

    private mutating func scalar() throws(JSONError) -> Character {
        let first = try unit()
        var code = UInt32(first)
        if 0xD800...0xDBFF ~= first, bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
            let before = position
            position += 2
            let second = try unit()
            if 0xDC00...0xDFFF ~= second {
                code = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
            } else {
                position = before
            }
        }
        return Character(Unicode.Scalar(code) ?? "\u{FFFD}")
    }

    private mutating func unit() throws(JSONError) -> UInt16 {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, !digits.contains(UInt8(ascii: "+")), !digits.contains(UInt8(ascii: "-")),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw JSONError() }
        position += 4
        return unit
    }
}
