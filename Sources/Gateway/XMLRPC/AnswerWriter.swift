import Supervise

/// Writes answers as Python's xmlrpc.client does, line for line, into one array of bytes.
///
/// Where Python's output would not be valid XML, this is: bytes that are not UTF-8 become U+FFFD, control characters
/// become their pictures (ESC is ␛, U+241B), so that a client with a parser can read the log of a program that uses
/// colours. A carriage return becomes a character reference, since a parser would otherwise take it for the end of a
/// line.
struct AnswerWriter {
    private(set) var bytes: [UInt8] = []
    /// Bytes; nothing is appended beyond this.
    private let limit: Int

    private init(limit: Int) { self.limit = limit }

    /// nil if it would be longer than `limit` bytes, or if `value` is not a value.
    static func answer(_ value: EncodedValue, limit: Int) -> [UInt8]? {
        var writer = AnswerWriter(limit: limit)
        // A struct of numbers grows most: short names between long tags.
        writer.bytes.reserveCapacity(min(value.bytes.count * 5 / 4, limit) + 256)
        writer.add("<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n")
        guard writer.write(value), writer.bytes.count <= limit else { return nil }
        writer.add("</param>\n</params>\n</methodResponse>\n")
        return writer.bytes
    }

    /// Text as it appears in an answer.
    static func escaped(_ text: some Sequence<UInt8>) -> [UInt8] {
        var writer = AnswerWriter(limit: .max)
        Array(text).withUnsafeBytes { writer.escape($0) }
        return writer.bytes
    }

    static func fault(code: Int, text: String) -> [UInt8] {
        var writer = AnswerWriter(limit: .max)
        writer.add("<?xml version='1.0'?>\n<methodResponse>\n<fault>\n")
        _ = writer.write(EncodedValue(.fault(code: code, text: text)))
        writer.add("</fault>\n</methodResponse>\n")
        return writer.bytes
    }

    // MARK: Values

    /// Written from the encoded form, without an intermediate tree, which makes the state of a thousand programs cheap.
    private mutating func write(_ value: EncodedValue) -> Bool {
        value.bytes.withUnsafeBytes { raw in
            var wire = WireCursor(raw)
            return write(&wire, depth: 0) && wire.isAtEnd
        }
    }

    /// False if there is no value, or no room.
    private mutating func write(_ wire: inout WireCursor, depth: Int) -> Bool {
        guard depth < Self.deepest, bytes.count <= limit, let tag = wire.byte() else { return false }
        add("<value>")
        switch tag {
        case 0, 1: add(tag == 1 ? "<boolean>1</boolean>" : "<boolean>0</boolean>")
        case 2:
            guard let number = wire.number() else { return false }
            // Python refuses to write what doesn't fit into 32 bits, but reads `<i8>`.
            let tag: StaticString = Int32(exactly: number) == nil ? "i8" : "int"
            add("<\(tag)>\(number)</\(tag)>")
        case 3:
            add("<string>")
            guard let text = wire.text() else { return false }
            escape(text)
            add("</string>")
        case 4:
            guard let count = wire.count() else { return false }
            add("<array><data>\n")
            for _ in 0..<count { guard write(&wire, depth: depth + 1) else { return false } }
            add("</data></array>")
        case 5:
            guard let count = wire.count() else { return false }
            add("<struct>\n")
            for _ in 0..<count {
                add("<member>\n<name>")
                guard let name = wire.text() else { return false }
                escape(name)
                add("</name>\n")
                guard write(&wire, depth: depth + 1) else { return false }
                add("</member>\n")
            }
            add("</struct>")
        default: return false
        }
        add("</value>\n")
        return true
    }

    /// The deepest nesting of values: a multicall needs at most six levels.
    private static let deepest = 24

    private mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

    // MARK: Text

    private mutating func escape(_ text: UnsafeRawBufferPointer) {
        var position = 0
        while position < text.count, bytes.count <= limit {
            let start = position
            while position < text.count, Self.isPlain(text[position]) { position += 1 }
            bytes.append(contentsOf: text[start..<position])
            guard position < text.count else { return }
            let byte = text[position]
            if byte < 0x80 {
                escape(ascii: byte)
                position += 1
            } else {
                position += escapeCharacter(text[position...])
            }
        }
    }

    /// Needs no escaping: printable ASCII, tab, line feed and DEL.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte < 0x80
            && (byte >= 0x20
                ? byte != UInt8(ascii: "&") && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">")
                : byte == 0x09 || byte == 0x0a)
    }

    private mutating func escape(ascii byte: UInt8) {
        switch byte {
        case UInt8(ascii: "&"): add("&amp;")
        case UInt8(ascii: "<"): add("&lt;")
        case UInt8(ascii: ">"): add("&gt;")
        case 0x0d: add("&#13;")
        // U+2400 and the following 31: the pictures of the control characters.
        default: bytes.append(contentsOf: [0xe2, 0x90, 0x80 + byte])
        }
    }

    /// Appends one non-ASCII character, or replaces one byte that begins none. Returns the number of bytes consumed.
    private mutating func escapeCharacter(_ text: Slice<UnsafeRawBufferPointer>) -> Int {
        guard let length = UTF8Length.valid(text) else {
            bytes.append(contentsOf: [0xef, 0xbf, 0xbd])
            return 1
        }
        let character = text.prefix(length)
        // U+FFFE and U+FFFF are valid in UTF-8, but not in XML.
        let isNoCharacter = character.elementsEqual([0xef, 0xbf, 0xbe]) || character.elementsEqual([0xef, 0xbf, 0xbf])
        if isNoCharacter { bytes.append(contentsOf: [0xef, 0xbf, 0xbd]) } else { bytes.append(contentsOf: character) }
        return length
    }
}

extension Value {
    /// A fault as in the results of `system.multicall`, and in a fault's answer.
    static func fault(code: Int, text: String) -> Value {
        .structure([Member("faultCode", .int(code)), Member("faultString", .text(text))])
    }
}

/// The form of UTF-8 (RFC 3629, section 4).
enum UTF8Length {
    /// The length of the non-ASCII character that `text` begins with; nil if it begins with none.
    static func valid(_ text: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard let first = text.first else { return nil }
        let length: Int
        // The range of the second byte excludes overlong forms, surrogates and everything beyond U+10FFFF.
        var second: ClosedRange<UInt8> = 0x80...0xbf
        switch first {
        case 0xc2...0xdf: length = 2
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: length = 3
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: length = 4
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: return nil
        }
        guard text.count >= length, second.contains(text[text.startIndex + 1]) else { return nil }
        for offset in 2..<max(length, 2) where text[text.startIndex + offset] & 0xc0 != 0x80 { return nil }
        return length
    }
}
