/// What a probe asks: an HTTP server, or whether somebody accepts a connection.
public struct ProbeTarget: Equatable, Sendable {
    public enum Address: Equatable, Sendable {
        /// A name or an address without brackets.
        case tcp(host: String, port: UInt16)
        /// The path of a socket.
        case unix(String)
    }

    public let address: Address
    /// nil: that it accepts a connection is all that is asked.
    public let request: Request?

    public struct Request: Equatable, Sendable {
        /// With its query, as it was written.
        public let path: String
        /// The value of `Host`, as it was written.
        public let host: String
    }

    /// Reads `http://HOST[:PORT][/PATH]`, `unix:/SOCKET:/PATH`, `unix:/SOCKET`, `tcp://HOST:PORT` or `HOST:PORT`.
    ///
    /// - Returns: nil with what is wrong.
    public static func read(_ written: String) -> Result<ProbeTarget, ProbeTargetError> {
        let text = Text(written).stripped
        if let bad = text.bytes.first(where: { $0 <= 0x20 || $0 == 0x7f }) {
            return .failure(bad == 0x20 ? .space : .control)
        }
        if text.hasPrefix("http://") { return http(text.dropFirst(7)) }
        if text.hasPrefix("https://") { return .failure(.encrypted) }
        if text.hasPrefix("unix:") { return unix(text.dropFirst(5)) }
        let place = text.hasPrefix("tcp://") ? text.dropFirst(6) : text
        guard let (host, port) = hostAndPort(place), let port else { return .failure(.port) }
        return .success(ProbeTarget(address: .tcp(host: host, port: port), request: nil))
    }

    private static func http(_ text: Text) -> Result<ProbeTarget, ProbeTargetError> {
        let slash = text.bytes.firstIndex { $0 == ASCII.slash || $0 == UInt8(ascii: "?") } ?? text.bytes.endIndex
        let authority = Text(text.bytes[..<slash])
        var path = Text(text.bytes[slash...]).string
        if !path.utf8.starts(with: "/".utf8) { path = "/\(path)" }
        guard let (host, port) = hostAndPort(authority) else { return .failure(.port) }
        return .success(
            ProbeTarget(
                address: .tcp(host: host, port: port ?? 80), request: Request(path: path, host: authority.string)))
    }

    private static func unix(_ text: Text) -> Result<ProbeTarget, ProbeTargetError> {
        guard text.bytes.first == ASCII.slash else { return .failure(.socketPath) }
        guard let colon = text.bytes.firstIndex(of: ASCII.colon) else {
            return .success(ProbeTarget(address: .unix(text.string), request: nil))
        }
        let path = Text(text.bytes[(colon + 1)...])
        guard path.bytes.first == ASCII.slash else { return .failure(.requestPath) }
        return .success(
            ProbeTarget(
                address: .unix(Text(text.bytes[..<colon]).string),
                request: Request(path: path.string, host: "localhost")))
    }

    /// `[::1]:80`, `host:80` or `host`; nil if it is none of these.
    private static func hostAndPort(_ text: Text) -> (host: String, port: UInt16?)? {
        var host = text
        var port: Text?
        if text.bytes.first == UInt8(ascii: "[") {
            guard let end = text.bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            host = Text(text.bytes[(text.bytes.startIndex + 1)..<end])
            let rest = Text(text.bytes[(end + 1)...])
            guard rest.isEmpty || rest.bytes.first == ASCII.colon else { return nil }
            if !rest.isEmpty { port = rest.dropFirst(1) }
        } else if let colon = text.bytes.lastIndex(of: ASCII.colon) {
            host = Text(text.bytes[..<colon])
            guard !host.bytes.contains(ASCII.colon) else { return nil }
            port = Text(text.bytes[(colon + 1)...])
        }
        guard !host.isEmpty, !host.bytes.contains(UInt8(ascii: "@")) else { return nil }
        guard let port else { return (host.string, nil) }
        guard let number = UInt16(port.string), number > 0, port.bytes.first != UInt8(ascii: "+") else { return nil }
        return (host.string, number)
    }
}

public enum ProbeTargetError: Error, Equatable, Sendable {
    case space, control, encrypted, port, socketPath, requestPath

    /// What is wrong, and what to write.
    public var sentence: String {
        switch self {
        case .space: "it has a space: write %20 in a path"
        case .control: "it has a control character"
        case .encrypted: "https is not supported: probe a port without TLS, or run a command such as curl"
        case .port: "write HOST:PORT with a port from 1 to 65535, and an IPv6 address in brackets"
        case .socketPath: "the path of the socket has to begin with /"
        case .requestPath: "what follows the socket has to be a path that begins with /"
        }
    }
}

extension ProbeTarget {
    /// The text of a key, if it is what the key is about.
    static func checked(_ text: Text, _ key: StaticString) throws(Complaint) -> Text {
        let name = Text(stringLiteral: key)
        let target: ProbeTarget
        switch read(text.string) {
        case .success(let read): target = read
        case .failure(let error):
            throw Complaint(.joined("Invalid ", name, " value ", text.quoted), "Mend it: \(error.sentence).")
        }
        if name.is("healthcheck_http") {
            guard target.request != nil else {
                throw Complaint(
                    .joined("Invalid ", name, " value ", text.quoted),
                    "Write http://HOST:PORT/PATH or unix:/SOCKET:/PATH; for a connection alone there is healthcheck_tcp."
                )
            }
        } else if target.request != nil {
            throw Complaint(
                .joined("Invalid ", name, " value ", text.quoted),
                "Write HOST:PORT; for an HTTP request there is healthcheck_http.")
        }
        return text.stripped
    }
}
