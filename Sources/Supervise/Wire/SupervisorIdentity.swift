/// The answer to `reeve.identify()`: which supervisor is at the other end of a control socket, and which servers it
/// has.
///
/// `ctl` may use a control socket in place of the URL that the user named only if the supervisor behind it says that it
/// serves this URL, and the file system and the network agree.
public struct SupervisorIdentity: Equatable, Sendable {
    /// An HTTP server of the configuration.
    public struct Server: Equatable, Sendable {
        public enum Address: Equatable, Sendable {
            /// An absolute path; device and inode of the socket that was created there, 0 if none is open.
            case unix(path: String, device: UInt64, inode: UInt64)
            /// A numeric host, and a port.
            case inet(host: String, port: Int)
        }

        public var address: Address
        /// Its socket listens. Without a gateway executable none does.
        public var isOpen: Bool

        public init(_ address: Address, isOpen: Bool) {
            self.address = address
            self.isOpen = isOpen
        }
    }

    /// In the supervisor's own PID namespace.
    public var pid = 0
    /// The configuration's file, absolute; empty if there is none.
    public var configuration = ""
    /// Where it has, or should have, control sockets; the configured place first.
    public var controlSockets: [String] = []
    public var servers: [Server] = []
    /// The network namespace, as `/proc/self/ns/net` links to it; empty if unknown.
    public var network = ""
    /// Of the executable, for peers that need no proof; empty for others.
    public var version = ""
    public var commit = ""
    /// The challenge for this peer's proof that it knows a password; empty: none is required.
    public var challenge: [UInt8] = []

    public init() {}

    public func encode(into encoder: inout WireEncoder) {
        encoder.structure(count: 8)
        encoder.pair("pid", pid)
        encoder.pair("configuration", configuration)
        encoder.key("control_sockets")
        encoder.strings(controlSockets)
        encoder.key("servers")
        encoder.array(count: servers.count)
        for server in servers {
            switch server.address {
            case .unix(let path, let device, let inode):
                encoder.structure(count: 5)
                encoder.pair("kind", "unix")
                encoder.pair("path", path)
                encoder.pair("device", Int(truncatingIfNeeded: device))
                encoder.pair("inode", Int(truncatingIfNeeded: inode))
            case .inet(let host, let port):
                encoder.structure(count: 4)
                encoder.pair("kind", "inet")
                encoder.pair("host", host)
                encoder.pair("port", port)
            }
            encoder.pair("open", server.isOpen)
        }
        encoder.pair("network", network)
        encoder.pair("version", version)
        encoder.pair("commit", commit)
        encoder.key("challenge")
        encoder.string(bytes: challenge)
    }

    /// nil if the value is not an identity. Servers of unknown kinds are left out.
    public init?(_ value: Value) {
        guard let pid = value["pid"]?.int, let sockets = value["control_sockets"]?.array,
            let servers = value["servers"]?.array, let challenge = value["challenge"]?.bytes
        else { return nil }
        self.pid = pid
        configuration = value["configuration"]?.text ?? ""
        controlSockets = sockets.compactMap { $0.text }
        self.servers = servers.compactMap { Self.server($0) }
        network = value["network"]?.text ?? ""
        version = value["version"]?.text ?? ""
        commit = value["commit"]?.text ?? ""
        self.challenge = challenge
    }

    private static func server(_ value: Value) -> Server? {
        guard let kind = value["kind"]?.text, let isOpen = value["open"]?.bool else { return nil }
        if kind == "unix" {
            guard let path = value["path"]?.text, let device = value["device"]?.int, let inode = value["inode"]?.int
            else { return nil }
            return Server(
                .unix(
                    path: path, device: UInt64(truncatingIfNeeded: device), inode: UInt64(truncatingIfNeeded: inode)),
                isOpen: isOpen)
        }
        guard kind == "inet", let host = value["host"]?.text, let port = value["port"]?.int else { return nil }
        return Server(.inet(host: host, port: port), isOpen: isOpen)
    }
}

/// The address in a URL that the user named, and what is known about it locally.
public enum NamedServer: Equatable, Sendable {
    /// What is at the path now.
    public enum Entry: Equatable, Sendable {
        case nothing
        /// A socket without a listener.
        case stale(device: UInt64, inode: UInt64)
        case live(device: UInt64, inode: UInt64)
    }

    /// An absolute path.
    case unix(path: String, Entry)
    /// `http://host:port`; `network`: of this process, as in `SupervisorIdentity`.
    case inet(host: String, port: Int, network: String)
}

extension SupervisorIdentity {
    /// Whether this supervisor answers at this address, or would if its HTTP servers were open.
    public func serves(_ named: NamedServer) -> Bool {
        servers.contains { Self.matches($0, named, network) }
    }

    private static func matches(_ server: Server, _ named: NamedServer, _ network: String) -> Bool {
        switch (named, server.address) {
        case (.unix(let path, let entry), .unix(let own, let device, let inode)):
            switch entry {
            // It was removed or never created: the name is all there is.
            case .nothing: return own == path
            // A name that leads to the same socket, such as /var/run/x for /run/x, is as good as the same name.
            case .live(let otherDevice, let otherInode):
                return server.isOpen && device == otherDevice && inode == otherInode
            case .stale(let otherDevice, let otherInode):
                if server.isOpen { return device == otherDevice && inode == otherInode }
                return own == path
            }
        case (.inet(let host, let port, let here), .inet(let own, let ownPort)):
            // A port belongs to one network: the same file system can be seen from several.
            guard port == ownPort, network == here || network.isEmpty || here.isEmpty else { return false }
            return reaches(host, own)
        case (.unix, .inet), (.inet, .unix): return false
        }
    }

    /// Whether a client that connects to `host` reaches a server that is bound to `own`. Names other than localhost are
    /// not looked up.
    private static func reaches(_ host: String, _ own: String) -> Bool {
        if bare(host) == bare(own) { return true }
        switch bare(host) {
        // One on ::1 alone is left to HTTP: another server could have the same port at 127.0.0.1.
        case "localhost": return bare(own) == "127.0.0.1" || bare(own) == "0.0.0.0" || bare(own) == "::"
        case "::1": return bare(own) == "::"
        default: return bare(host).bytes.starts(with: "127.".utf8) && (bare(own) == "0.0.0.0" || bare(own) == "::")
        }
    }

    /// Without the brackets around an IPv6 address.
    private static func bare(_ host: String) -> String {
        let bytes = host.bytes
        guard bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") else { return host }
        return String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)
    }
}
