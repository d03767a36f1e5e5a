// Payloads, and the line in front of them, for listeners.
//
// supervisord counts `len` in characters of the payload, and writes UTF-8. Its listeners are Python programs that read
// that many characters from a text stream (`childutils.listener.wait`, and the example in its documentation), so `len`
// is the same here: if it counted bytes, such a listener would wait for characters that never come at the first umlaut.
// A listener that counts bytes fails on non-ASCII payloads under both. Data that is not UTF-8 would stop a text stream;
// it is sent as the `repr` of a Python bytes object.

/// Builds the payload of an event, byte for byte as supervisord does.
public enum Payload {
    /// `processname:web groupname:web from_state:RUNNING expected:0 pid:7 exitstatus:1`
    ///
    /// `exitstatus`, and `signal` after a death by one, are additions; supervisord's fields come first.
    public static func state(_ transition: ProcessMachine.Transition, process: String, group: String) -> [UInt8] {
        var text = "\(head(process, group)) from_state:\(transition.from.name)"
        switch transition.to {
        case .starting, .backoff: text += " tries:\(transition.tries)"
        case .running, .stopping, .stopped: text += " pid:\(transition.pid)"
        case .exited:
            text += " expected:\(transition.expected ? 1 : 0) pid:\(transition.pid)"
            if let status = transition.status {
                text += " exitstatus:\(status.supervisordCode)"
                if let signal = status.signal { text += " signal:\(signal.name)" }
            }
        case .fatal, .unknown: break
        }
        return text.bytes
    }

    /// Reeve's own: `processname:web groupname:web pid:7`, and in the next line what is to be said.
    public static func detail(_ text: String, pid: Int32, process: String, group: String) -> [UInt8] {
        let line = "\(head(process, group)) pid:\(pid)"
        return (text.isEmpty ? line : "\(line)\n\(text)").bytes
    }

    /// Of all payloads about a process.
    @inline(never)
    private static func head(_ process: String, _ group: String) -> String {
        "processname:\(process) groupname:\(group)"
    }

    /// PROCESS_LOG and PROCESS_COMMUNICATION.
    ///
    /// - Parameter channel: `stdout` or `stderr` for PROCESS_LOG; nil for PROCESS_COMMUNICATION, which doesn't name it.
    public static func output(
        process: String, group: String, pid: Int32, channel: String?, _ data: UnsafeRawBufferPointer
    ) -> [UInt8] {
        var text = "\(head(process, group)) pid:\(pid)"
        if let channel { text += " channel:\(channel)" }
        var payload = "\(text)\n".bytes
        if UTF8Text.characters(data) != nil {
            payload.append(contentsOf: data)
        } else {
            payload.append(contentsOf: "Undecodable: ".bytes)
            PythonQuotes.append(data, to: &payload)
        }
        return payload
    }

    /// REMOTE_COMMUNICATION: `type` and `data` are the sender's.
    public static func remote(type: String, data: String) -> [UInt8] { "type:\(type)\n\(data)".bytes }

    public static func group(_ name: String) -> [UInt8] { "groupname:\(name)\n".bytes }

    /// - Parameter slice: the start of the time slice, in seconds since 1970.
    public static func tick(_ slice: Int) -> [UInt8] { "when:\(slice)".bytes }
}

enum UTF8Text {
    /// The number of characters (code points) in `bytes`; nil if they are not UTF-8 by the rules of Python's decoder.
    static func characters(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var count = 0
        var index = 0
        while index < bytes.count {
            let first = bytes[index]
            let length =
                first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0
            guard length > 0, index + length <= bytes.count else { return nil }
            for position in 1..<max(length, 1) {
                guard UTF8Problem.isContinuation(bytes[index + position], position: position, after: first) else {
                    return nil
                }
            }
            index += length
            count += 1
        }
        return count
    }

    /// For a line of the log.
    static func shown(_ bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { raw in
            if characters(raw) != nil { return String(decoding: bytes, as: UTF8.self) }
            var text = "Undecodable: ".bytes
            PythonQuotes.append(raw, to: &text)
            return String(decoding: text, as: UTF8.self)
        }
    }
}
