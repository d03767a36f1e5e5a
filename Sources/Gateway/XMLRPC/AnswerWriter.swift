import Supervise

/// Writes answers as Python's xmlrpc.client does, line for line, into one array of bytes.
///
/// Where Python's would be no XML, this is: bytes that are not UTF-8 become U+FFFD, control characters their picture
/// (ESC is ␛, U+241B), so that the log of a program that paints can be read by a client that parses. A carriage return
/// is written as a reference: a parser would else take it for the end of a line.
struct AnswerWriter {
    private(set) var bytes: [UInt8] = []

    static func answer(_ value: Value) -> [UInt8] {
        var writer = AnswerWriter()
        writer.add("<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n")
        writer.write(value)
        writer.add("</param>\n</params>\n</methodResponse>\n")
        return writer.bytes
    }

    static func fault(code: Int, text: String) -> [UInt8] {
        var writer = AnswerWriter()
        writer.add("<?xml version='1.0'?>\n<methodResponse>\n<fault>\n")
        writer.write(.fault(code: code, text: text))
        writer.add("</fault>\n</methodResponse>\n")
        return writer.bytes
    }

    mutating func write(_ value: Value) {
        add("<value>")
        switch value {
        case .bool(let flag): add(flag ? "<boolean>1</boolean>" : "<boolean>0</boolean>")
        case .int(let number):
            // Python refuses what doesn't fit into 32 bits, and reads `<i8>`.
            let tag = Int32(exactly: number) == nil ? "i8" : "int"
            add("<\(tag)>\(number)</\(tag)>")
        case .string(let text):
            add("<string>")
            escape(text)
            add("</string>")
        case .array(let values):
            add("<array><data>\n")
            for element in values { write(element) }
            add("</data></array>")
        case .structure(let members):
            add("<struct>\n")
            for member in members {
                add("<member>\n<name>")
                escape(Array(member.name.utf8))
                add("</name>\n")
                write(member.value)
                add("</member>\n")
            }
            add("</struct>")
        }
        add("</value>\n")
    }

    private mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

    // MARK: Text

    private mutating func escape(_ text: [UInt8]) {
        bytes.reserveCapacity(bytes.count + text.count)
        text.withUnsafeBufferPointer { escape($0) }
    }

    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
        var position = 0
        while position < text.count {
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

    /// Nothing to think about: printable ASCII, tab, line feed and DEL.
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

    /// One character beyond ASCII, or one byte that begins none. The number of bytes it took.
    private mutating func escapeCharacter(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
        guard let length = UTF8Length.valid(text) else {
            bytes.append(contentsOf: [0xef, 0xbf, 0xbd])
            return 1
        }
        let character = text.prefix(length)
        // U+FFFE and U+FFFF are characters of UTF-8 and none of XML.
        let isNoCharacter = character.elementsEqual([0xef, 0xbf, 0xbe]) || character.elementsEqual([0xef, 0xbf, 0xbf])
        if isNoCharacter { bytes.append(contentsOf: [0xef, 0xbf, 0xbd]) } else { bytes.append(contentsOf: character) }
        return length
    }
}

extension Value {
    /// A fault as `system.multicall` gives it, and as it stands in a fault's answer.
    static func fault(code: Int, text: String) -> Value {
        .structure([Member("faultCode", .int(code)), Member("faultString", .text(text))])
    }
}

/// The form of UTF-8 (RFC 3629, section 4).
enum UTF8Length {
    /// Bytes of the character beyond ASCII that `text` begins with; nil when it begins with none.
    static func valid(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        guard let first = text.first else { return nil }
        let length: Int
        // The range of the second byte: neither longer than needed, nor a surrogate, nor beyond U+10FFFF.
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
