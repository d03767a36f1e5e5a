import Supervise

/// An event as `reeve.events` delivers it.
struct SupervisorEvent: Equatable {
    /// Counts the events that any stream of this init has received; never decreases.
    var serial: Int
    /// `PROCESS_STATE_RUNNING`
    var name: String
    var payload: [UInt8]

    /// The fields of the payload in order; numbers are numbers, and what follows the first line is `data`.
    var fields: [JSON.Member] {
        let end = payload.firstIndex(of: UInt8(ascii: "\n"))
        let line = String(decoding: payload[..<(end ?? payload.endIndex)], as: UTF8.self)
        var members: [JSON.Member] = []
        if name == EventType.remoteCommunication.name.description {
            // The sender's arbitrary text.
            members.append(.init("type", .string(String(line.dropFirst("type:".count)))))
        } else {
            members = Self.fields(of: line)
        }
        // A group's event consists of just that line.
        if let end, !name.hasPrefix("PROCESS_GROUP") {
            members.append(.init("data", .string(String(decoding: payload[(end + 1)...], as: UTF8.self))))
        }
        return members
    }

    /// `processname:web groupname:web pid:7`. A part without a colon belongs to the name before it.
    private static func fields(of line: String) -> [JSON.Member] {
        var fields: [(name: String, value: String)] = []
        for part in line.split(separator: " ") {
            if let colon = part.firstIndex(of: ":") {
                fields.append((String(part[..<colon]), String(part[part.index(after: colon)...])))
            } else if !fields.isEmpty {
                fields[fields.count - 1].value += " \(part)"
            }
        }
        return fields.map { JSON.Member($0.name, value($0.name, $0.value)) }
    }

    private static func value(_ name: String, _ text: String) -> JSON {
        switch name {
        case "pid", "tries", "exitstatus", "when": Int(text).map(JSON.int) ?? .string(text)
        case "expected": .bool(text == "1")
        default: .string(text)
        }
    }
}

/// Splits a stream of events: a line of `name:value`, then `len` characters of UTF-8.
struct EventDecoder {
    /// The longest event in bytes. init ends a stream before it keeps more for it.
    private static let longest = 1 << 20

    private var bytes: [UInt8] = []

    /// The events that these bytes complete; nil if they are invalid.
    mutating func events(with more: [UInt8]) -> [SupervisorEvent]? {
        bytes += more
        var events: [SupervisorEvent] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let words = rest[..<end].split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            func word(_ name: String) -> Substring? { words.last { $0.hasPrefix(name) }?.dropFirst(name.count) }
            guard let serial = word("serial:").flatMap({ Int($0) }), let name = word("eventname:"),
                let length = word("len:").flatMap({ Int($0) }), length >= 0
            else { return nil }
            guard let payload = Self.characters(length, of: rest[(end + 1)...]) else { break }
            events.append(SupervisorEvent(serial: serial, name: String(name), payload: Array(payload)))
            rest = rest[payload.endIndex...]
        }
        bytes = Array(rest)
        return bytes.count <= Self.longest ? events : nil
    }

    /// The bytes of this many characters; nil if some haven't arrived yet.
    private static func characters(_ count: Int, of bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var index = bytes.startIndex
        for _ in 0..<count {
            guard index < bytes.endIndex else { return nil }
            switch bytes[index] {
            case ..<0xC0: index += 1
            case ..<0xE0: index += 2
            case ..<0xF0: index += 3
            default: index += 4
            }
        }
        return index <= bytes.endIndex ? bytes[..<index] : nil
    }
}
