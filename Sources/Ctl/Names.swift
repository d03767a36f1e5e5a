import Supervise

/// What a user may write for a program: `web` (the program of that name in the group of that name), `group:web`, and
/// `group:*` or `group:` for all of a group.
struct Name {
    let written: [UInt8]
    let group: [UInt8]
    /// nil: all of the group.
    let process: [UInt8]?

    init(_ written: [UInt8]) {
        self.written = written
        guard let colon = written.firstIndex(of: UInt8(ascii: ":")) else {
            (group, process) = (written, written)
            return
        }
        group = Array(written[..<colon])
        let rest = Array(written[(colon + 1)...])
        process = rest.isEmpty || rest.equals("*") ? nil : rest
    }

    /// The shortest way to write it; a whole group where only one process is allowed is supervisorctl's `group:None`.
    var shown: Text { Self.shown(group: group, process: process ?? Array("None".utf8)) }

    static func shown(group: [UInt8], process: [UInt8]) -> Text {
        group == process ? Text(process) : "\(group):\(process)"
    }
}

extension [[UInt8]] {
    /// `all` anywhere in the list means everything.
    var sayAll: Bool { contains { $0.equals("all") } }
}

extension Value {
    // Members of an answer. A missing member, or one of the wrong type, makes the answer unreadable; it is never a
    // trap.

    func bytes(_ name: String) throws(Failure) -> [UInt8] {
        guard let bytes = self[name]?.bytes else { throw Failure.unreadable }
        return bytes
    }

    func int(_ name: String) throws(Failure) -> Int {
        guard let number = self[name]?.int else { throw Failure.unreadable }
        return number
    }

    func bool(_ name: String) throws(Failure) -> Bool {
        guard let value = self[name] else { throw Failure.unreadable }
        if let flag = value.bool { return flag }
        guard let number = value.int else { throw Failure.unreadable }
        return number != 0
    }

    var elements: [Value] {
        get throws(Failure) {
            guard let array else { throw Failure.unreadable }
            return array
        }
    }

    /// The name of the process in a struct of the supervisor.
    var processName: Text {
        get throws(Failure) { Name.shown(group: try bytes("group"), process: try bytes("name")) }
    }
}

extension Session {
    func call(_ method: String, _ name: [UInt8]) throws(Failure) -> Value { try call(method, [.string(name)]) }

    /// Calls a method that returns a list.
    func list(_ method: String, _ parameters: [Value] = []) throws(Failure) -> [Value] {
        try call(method, parameters).elements
    }
}
