import Kernel
import Supervise

extension Failure {
    /// What is printed for it, unless the name is supervisorctl: `line` is for scripts, this is for people.
    var sentence: Text {
        switch self {
        case .fault(let code, let text): "error: \(Self.explanation(code: code, text))"
        case .unreachable(let errno): "error: no supervisor answers: \(errno.text)"
        case .lost(let why): "error: \(why)"
        case .interrupted: ""
        case .unauthorized(let reason):
            """
            error: the server wants a name and a password, or other ones (\(reason)): \
            ctl -u NAME -p PASSWORD, or username= and password= in [supervisorctl]
            """
        case .noStream(let status): "error: there is nothing to read (HTTP status \(status))"
        case .refused(let name, let why): "error: \(Self.plain(name.bytes, why))"
        }
    }

    /// What Python's names of exceptions and their texts mean.
    private static func plain(_ name: [UInt8], _ why: Text) -> Text {
        if name.equals("http.client.IncompleteRead") { return "the server's answer ended too early" }
        if name.equals("http.client.BadStatusLine") { return "what answers there is no HTTP server" }
        if name.equals("http.client.RemoteDisconnected") { return "the server closed the connection without an answer" }
        if name.equals("EOFError") { return "the input ended before an answer" }
        if name.equals("OverflowError") { return "so many bytes can't be asked for" }
        if why.bytes.starts(with: "Port ") { return "the URL's port is no number from 1 to 65535" }
        // <ProtocolError for 127.0.0.1/RPC2: 404 Not Found>
        if name.equals("xmlrpc.client.ProtocolError"), let colon = why.bytes.firstIndex(of: UInt8(ascii: ":")) {
            return "the server answers with HTTP status\(Array(why.bytes[(colon + 1)...].dropLast()))"
        }
        // [Errno -2] Name or service not known
        if why.bytes.starts(with: "[Errno "), let end = why.bytes.firstIndex(of: UInt8(ascii: "]")) {
            return Text(Array(why.bytes[(end + 1)...].drop { Text.isSpace($0) }))
        }
        return why
    }

    /// The sentence of a fault with what its first line adds; other lines are for stderr.
    static func explanation(code: Int, _ text: String) -> Text {
        Text(Fault.explanation(code: code, text: lines(text).first.bytes))
    }

    /// What a fault's text says beyond the fault's name; empty where that is all.
    static func detail(code: Int, _ text: String) -> Text {
        let bytes = lines(text).first.bytes
        guard let name = Fault(rawValue: code)?.name else { return Text(bytes) }
        let prefix: Text = "\(name): "
        return bytes.starts(with: prefix.bytes) ? Text(Array(bytes.dropFirst(prefix.bytes.count))) : ""
    }
}
