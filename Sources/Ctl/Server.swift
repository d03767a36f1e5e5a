import Host
import Kernel
import Supervise

/// Whom `ctl` talks to: places of control sockets, or a server that only HTTP reaches.
struct Server {
    /// One control socket, and who named it.
    struct Place {
        var path: String
        var origin: StaticString
    }

    /// As messages call it: the URL that was given, else that of the control socket.
    private(set) var name: Text
    private(set) var places: [Place]
    private let hasOwnName: Bool
    /// Named by a URL of this machine, for which a control socket is a shorter way.
    private var isHTTP = false
    /// Why there is no place: what can't be asked without HTTP, or what is no URL at all.
    private var refusal: Failure?
    private var failures: [Errno] = []

    init(places: [Place], name: Text? = nil, isHTTP: Bool = false) {
        self.places = places
        self.isHTTP = isHTTP
        hasOwnName = name != nil
        self.name = name ?? "unix://\(places.first?.path ?? "")"
    }

    /// The server that a URL names: `unix:///path` is the HTTP socket, and the control socket is beside it.
    init(url: [UInt8], origin: StaticString) {
        name = Text(url)
        hasOwnName = true
        places = []
        if url.starts(with: "unix://") {
            let path = url.dropFirst(7)
            // The control socket itself is as good as the socket beside which it is.
            let isControl = path.suffix(4).elementsEqual(".ctl".utf8)
            let file = String(decoding: path, as: UTF8.self)
            places = [Place(path: isControl ? file : ControlSocket.beside(file), origin: origin)]
        } else if url.starts(with: "http://") {
            refusal = .refused(
                "NotImplementedError",
                "\(url) needs the gateway executable, which speaks HTTP and is not in this version; use unix:// or no URL"
            )
        } else {
            refusal = .refused("ValueError", "Unknown protocol for serverurl \(url)")
        }
    }

    /// A client of the first place where somebody answers.
    mutating func connect() throws(Failure) -> ControlClient {
        if let refusal { throw refusal }
        failures.removeAll()
        for place in places {
            let client = ControlClient(path: place.path)
            do throws(ControlError) {
                try client.connect()
                if !hasOwnName { name = "unix://\(place.path)" }
                return client
            } catch {
                if case .unreachable(let errno) = error { failures.append(errno) }
            }
        }
        // A socket that refuses tells more than one that isn't there.
        var index = 0
        for (candidate, failure) in failures.enumerated() where failures[index] == .noEntry && failure != .noEntry {
            index = candidate
        }
        if isHTTP { throw .unreachable(.connectionRefused) }
        if !hasOwnName, index < places.count { name = "unix://\(places[index].path)" }
        throw .unreachable(index < failures.count ? failures[index] : .noEntry)
    }

    /// Says on stderr where it looked, why that failed, and what to do.
    func explain(to session: Session) {
        if isHTTP {
            session.note("ctl: this version does not speak HTTP; it reaches an init on this machine without it.")
        }
        session.note("ctl: no init answers. Tried:")
        for (place, failure) in zip(places, failures) {
            session.note("  \(place.path) (\(place.origin)): \(Self.reason(failure))")
        }
        session.note(
            "Start init, or say where its control socket is: CTL_SOCKET=PATH, ctl -c FILE, or ctl -s unix:///PATH.")
    }

    private static func reason(_ errno: Errno) -> Text {
        switch errno {
        case .noEntry: "no such file: init is not running, or uses another path"
        case .connectionRefused: "a stale socket: the init that made it has gone"
        case .access, .notPermitted: "permission denied: ask as the socket's owner, or change its chmod= or chown="
        case .again: "it accepts no connections: init may be stopped or overloaded"
        default:
            errno.name.utf8.elementsEqual("EPROTOTYPE".utf8)
                ? "it is not a control socket (supervisord's own, perhaps)" : "\(errno.description)"
        }
    }
}
