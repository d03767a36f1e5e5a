import Kernel
import Supervise

/// One way to the supervisor, and its origin.
struct ServerPlace {
    enum Way {
        /// A control socket of init: the quick way.
        case control
        /// A Unix socket for HTTP, such as supervisord's.
        case socket
        /// A URL.
        case http
    }

    enum Proof {
        /// The user named this place.
        case notNeeded
        /// The supervisor there must match the server's expectation.
        case expected
    }

    /// The URL, for `http`.
    var path: String
    var origin: StaticString
    var way = Way.control
    var proof = Proof.notNeeded
    /// Messages name it. False for a place that users don't expect: whether it has a listener changes no message.
    var isTold = true
    /// The uid that a supervisor must have here, if it isn't root: the folder is one that everyone may write to.
    var owner: UInt32?

    /// The same place where the user doesn't expect the server.
    var unexpected: ServerPlace {
        var place = self
        place.proof = .expected
        place.isTold = false
        return place
    }

    var url: OutputText { way == .http ? "\(path)" : "unix://\(path)" }

    /// The port of an `http://` URL of this machine; nil for any other place.
    var localPort: UInt16? {
        guard way == .http, let address = URLAddress(Array(path.utf8)), address.isLocal else { return nil }
        return UInt16(exactly: address.port)
    }

    /// Why no supervisor was found at a place.
    enum Reason {
        case kernel(Errno)
        /// It accepted the connection but didn't identify itself.
        case silent
        /// It is another supervisor than the wanted one; 0: it doesn't say which.
        case another(pid: Int)
        /// The socket belongs to a user who may not offer it here.
        case foreign(user: UInt32)

        func sentence(_ place: ServerPlace) -> OutputText {
            switch self {
            case .kernel(let errno): Self.sentence(errno, place)
            case .silent: "it accepts the connection but does not answer: init may be stopped or overloaded"
            case .another(let pid):
                pid == 0
                    ? "who answers there does not say that it serves this address"
                    : "init with pid \(pid) answers there, and does not serve this address"
            case .foreign(let user): "it belongs to the user with uid \(Int(user)), so it is not used"
            }
        }

        private static func sentence(_ errno: Errno, _ place: ServerPlace) -> OutputText {
            if place.way == .http { return "\(errno.text)" }
            switch errno {
            case .noEntry: return "no such file: init is not running, or uses another path"
            case .connectionRefused: return "a stale socket: the init that created it is gone"
            case .access, .notPermitted:
                return "permission denied: ask as the socket's owner, or change its chmod= or chown="
            case .again: return "it accepts no connections: init may be stopped or overloaded"
            default:
                return errno.name.utf8.elementsEqual("EPROTOTYPE".utf8)
                    ? "it is not a control socket (supervisord's own, perhaps)" : "\(errno.description)"
            }
        }
    }
}

/// The host and the port of an `http://` URL.
struct URLAddress {
    let host: String
    let port: Int

    init?(_ url: [UInt8]) {
        guard url.starts(with: "http://".utf8) else { return nil }
        var rest = url.dropFirst(7).prefix { $0 != UInt8(ascii: "/") }
        if let at = rest.lastIndex(of: UInt8(ascii: "@")) { rest = rest[(at + 1)...] }
        let end = rest.first == UInt8(ascii: "[") ? rest.firstIndex(of: UInt8(ascii: "]")) : nil
        let colon = rest[(end ?? rest.startIndex)...].firstIndex(of: UInt8(ascii: ":"))
        host = String(decoding: rest[..<(colon ?? rest.endIndex)], as: UTF8.self)
        guard let colon else {
            port = 80
            return
        }
        guard let number = Arguments.number(rest[(colon + 1)...]) else { return nil }
        port = number
    }

    /// Whether it is this machine, whatever its addresses are.
    var isLocal: Bool {
        let bytes = Array(host.utf8)
        return bytes.equals("localhost") || bytes.equals("[::1]") || bytes.starts(with: "127.".utf8)
    }
}

/// The wanted supervisor.
enum Expectation {
    /// The supervisor that answers at a URL.
    case serves(NamedServer)
    /// The init that has this configuration: the same file, or the same place of the control socket.
    case has(configuration: String, controlSockets: [String])

    func isMet(by identity: SupervisorIdentity) -> Bool {
        switch self {
        case .serves(.inet(let host, let port, let network)):
            return identity.serves(.inet(host: host, port: port, network: network))
        case .serves(.unix(let path, _)):
            let path = Self.spelling(of: path, by: identity)
            guard let entry = try? FileStatus(at: path).identity else {
                return identity.serves(.unix(path: path, .nothing))
            }
            let (device, inode) = (entry.device, entry.inode)
            if identity.serves(.unix(path: path, .live(device: device, inode: inode))) { return true }
            // An init without a gateway has no socket there, but may find a leftover one.
            let stale = NamedServer.unix(path: path, .stale(device: device, inode: inode))
            guard identity.serves(stale) else { return false }
            do throws(Errno) {
                _ = try UnixSocket.connect(to: path, kind: .stream)
                return false
            } catch {
                return error == .connectionRefused
            }
        case .has(let configuration, let controlSockets):
            for path in controlSockets
            where identity.controlSockets.contains(where: { $0.utf8.elementsEqual(path.utf8) }) {
                return true
            }
            guard !configuration.isEmpty, !identity.configuration.isEmpty else { return false }
            if configuration.utf8.elementsEqual(identity.configuration.utf8) { return true }
            guard let own = try? FileStatus(at: configuration).identity,
                let other = try? FileStatus(at: identity.configuration).identity
            else { return false }
            return own == other
        }
    }
    /// The supervisor's own path of a socket that this path leads to, such as /run/x.sock for /var/run/x.sock: the
    /// socket itself need not exist.
    private static func spelling(of path: String, by identity: SupervisorIdentity) -> String {
        let (folder, name) = Directory.split(path)
        for server in identity.servers {
            guard case .unix(let own, _, _) = server.address else { continue }
            let (ownFolder, ownName) = Directory.split(own)
            guard name.utf8.elementsEqual(ownName.utf8), let here = try? FileStatus(at: folder).identity,
                let there = try? FileStatus(at: ownFolder).identity, here == there
            else { continue }
            return own
        }
        return path
    }
}
