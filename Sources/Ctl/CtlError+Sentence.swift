import Kernel

extension CtlError {
    /// The error message. Under the name supervisorctl it is Python's, which scripts know; otherwise it is for people.
    func line(of server: SupervisorServer, asSupervisorctl: Bool) -> OutputText {
        if asSupervisorctl { return line }
        switch self {
        case .unreachable(let errno): return "error: cannot connect to \(server.name): \(errno.text)"
        case .lost(let why): return "error: \(server.name): \(why)"
        case .unauthorized:
            return
                """
                error: \(server.name) needs the user name and the password of a server of its configuration: \
                -u NAME -p WORD, or username= and password= in [supervisorctl]
                """
        case .refused(let name, let why):
            let sentence = Self.sentence(name, why)
            // Some contain the address already.
            if sentence.contains(server.name) { return "error: \(sentence)" }
            return "error: \(server.name): \(sentence)"
        case .fault(let code, let text): return "error: \(Self.explanation(code: code, text))"
        case .noStream(let status): return "error: there is nothing to read (HTTP status \(status))"
        case .interrupted: return line
        }
    }

    /// Replaces a Python exception.
    private static func sentence(_ name: OutputText, _ why: OutputText) -> OutputText {
        if name.bytes.equals("xmlrpc.client.ProtocolError") {
            return "the answer is \(status(why)): no supervisor is served at this address"
        }
        if name.bytes.equals("http.client.BadStatusLine") { return "the answer is not HTTP: \(why)" }
        if name.bytes.equals("http.client.IncompleteRead") { return "the answer ended too early" }
        if name.bytes.equals("http.client.RemoteDisconnected") {
            return "the server closed the connection without an answer"
        }
        if name.bytes.equals("EOFError") { return "the input ended before an answer" }
        if name.bytes.equals("OverflowError") { return "this is more bytes than can be requested" }
        if why.bytes.starts(with: "Port ".utf8) { return "the URL's port is not a number from 1 to 65535" }
        if name.bytes.equals("socket.gaierror") { return "unknown host: \(afterBracket(why))" }
        return afterBracket(why)
    }

    /// `404 Not Found` out of `<ProtocolError for 127.0.0.1/RPC2: 404 Not Found>`.
    private static func status(_ why: OutputText) -> OutputText {
        guard let colon = why.bytes.firstIndex(of: UInt8(ascii: ":")), why.bytes.last == UInt8(ascii: ">") else {
            return why
        }
        return OutputText(Array(why.bytes[(colon + 1)...].dropFirst().dropLast()))
    }

    /// Without the leading `[Errno 104] `.
    private static func afterBracket(_ why: OutputText) -> OutputText {
        guard why.bytes.starts(with: "[Errno ".utf8), let end = why.bytes.firstIndex(of: UInt8(ascii: "]")) else {
            return why
        }
        return OutputText(Array(why.bytes[(end + 1)...].drop { $0 == UInt8(ascii: " ") }))
    }
}

extension OutputText {
    fileprivate func contains(_ other: OutputText) -> Bool {
        guard !other.bytes.isEmpty, bytes.count >= other.bytes.count else { return other.bytes.isEmpty }
        for start in 0...(bytes.count - other.bytes.count) where bytes[start...].starts(with: other.bytes) {
            return true
        }
        return false
    }
}
