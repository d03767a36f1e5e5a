import Supervise

/// A JSON value (RFC 8259), for small documents: requests, answers, one event.
indirect enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    case int(Int)
    /// A number that isn't whole, or doesn't fit into 64 bits.
    case double(Double)
    case string(String)
    case array([JSON])
    /// In the order in which they were written; when parsed, a repeated name has its last value.
    case object([Member])

    struct Member: Equatable, Sendable {
        var name: String
        var value: JSON

        init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    static func members(_ members: KeyValuePairs<String, JSON>) -> JSON {
        .object(members.map { Member($0.key, $0.value) })
    }

    /// Bytes that are not UTF-8 become U+FFFD.
    init(_ value: Value) {
        switch value {
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .int(number)
        case .string(let bytes): self = .string(String(decoding: bytes, as: UTF8.self))
        case .array(let values): self = .array(values.map(JSON.init))
        case .structure(let members): self = .object(members.map { Member($0.name, JSON($0.value)) })
        }
    }

    subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    /// nil if it isn't a whole number; 3.0 is one.
    var whole: Int? {
        switch self {
        case .int(let number): number
        case .double(let number): Int(exactly: number)
        case .null, .bool, .string, .array, .object: nil
        }
    }

    // MARK: Writing

    /// In one line.
    var text: [UInt8] {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return bytes
    }

    private func write(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let flag): bytes += (flag ? "true" : "false").utf8
        case .int(let number): bytes += "\(number)".utf8
        // JSON can't express the others.
        case .double(let number): bytes += (number.isFinite ? "\(number)" : "null").utf8
        case .string(let text): JSONText.append(text, to: &bytes)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONText.append(member.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }
}
