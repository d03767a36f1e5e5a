import Supervise

extension Namespec {
    /// The shortest way to write it; all of a group where only one process can be meant is supervisorctl's `group:None`.
    var shown: OutputText { Self.shown(group: group, process: process ?? Array("None".utf8)) }

    static func shown(group: [UInt8], process: [UInt8]) -> OutputText {
        OutputText(text(group: group, process: process))
    }
}

extension [[UInt8]] {
    /// `all` anywhere in the list means everything.
    var sayAll: Bool { contains { $0.equals("all") } }
}

extension Value {
    // Members of an answer. A missing member, or one of the wrong type, makes the answer unreadable; it is never a
    // trap.

    func bytes(_ name: String) throws(CtlError) -> [UInt8] {
        guard let bytes = self[name]?.bytes else { throw CtlError.unreadable }
        return bytes
    }

    func int(_ name: String) throws(CtlError) -> Int {
        guard let number = self[name]?.int else { throw CtlError.unreadable }
        return number
    }

    func bool(_ name: String) throws(CtlError) -> Bool {
        guard let value = self[name] else { throw CtlError.unreadable }
        if let flag = value.bool { return flag }
        guard let number = value.int else { throw CtlError.unreadable }
        return number != 0
    }

    var elements: [Value] {
        get throws(CtlError) {
            guard let array else { throw CtlError.unreadable }
            return array
        }
    }

    /// The name of the process in a struct of the supervisor.
    var processName: OutputText {
        get throws(CtlError) { Namespec.shown(group: try bytes("group"), process: try bytes("name")) }
    }
}

extension Session {
    func call(_ method: String, _ name: [UInt8]) throws(CtlError) -> Value { try call(method, [.string(name)]) }

    /// Calls a method that returns a list.
    func list(_ method: String, _ parameters: [Value] = []) throws(CtlError) -> [Value] {
        try call(method, parameters).elements
    }
}
