import Host
import Kernel
import Supervise

/// Whom `ctl` talks to: places of control sockets, and where nobody answers on those, HTTP.
struct Server {
    /// One way to the supervisor, and who named it.
    struct Place {
        enum Way {
            /// A control socket: of init, and quick.
            case control
            /// A Unix socket that HTTP is spoken over: supervisord's own, for one.
            case socket
            /// A URL.
            case http
        }

        /// The URL, for `http`.
        var path: String
        var origin: StaticString
        var way = Way.control
    }

    /// Somebody who answers.
    struct Connection {
        let client: ControlClient
        /// What speaks HTTP for this process, where that is needed.
        var translator: TranslatorProcess?
        fileprivate var peerOfSocket: Int32 = 0

        /// The supervisor's process as the kernel knows it; 0 when it doesn't.
        var peer: Int32 { translator == nil ? client.peer : peerOfSocket }
    }

    /// As messages call it: the URL that was given, else that of the control socket.
    private(set) var name: Text
    private(set) var places: [Place]
    private let hasOwnName: Bool
    /// Where name, password and the gateway executable stand; asked only for HTTP.
    private let access: Access?
    /// Typed by a person, for this server alone.
    var credentials: Credentials?
    /// What is no URL at all.
    private var refusal: Failure?
    private var failures: [(place: Place, errno: Errno)] = []
    /// HTTP is spoken, or was to be, at this place.
    private var translated: Place?
    private var missingGateway: GatewayPlaces?

    init(places: [Place], name: Text? = nil, access: Access? = nil) {
        self.places = places
        self.access = access
        hasOwnName = name != nil
        self.name = name ?? "unix://\(places.first?.path ?? "")"
    }

    /// The server that a URL names: `unix:///path` is the HTTP socket, and the control socket is beside it.
    init(url: [UInt8], origin: StaticString, access: Access?) {
        name = Text(url)
        hasOwnName = true
        self.access = access
        if url.starts(with: "unix://") {
            let path = url.dropFirst(7)
            let file = String(decoding: path, as: UTF8.self)
            // The control socket itself is as good as the socket beside which it is.
            places =
                path.suffix(4).elementsEqual(".ctl".utf8)
                ? [Place(path: file, origin: origin)]
                : [
                    Place(path: ControlSocket.beside(file), origin: origin),
                    Place(path: file, origin: origin, way: .socket),
                ]
        } else if url.starts(with: "http://") {
            places = [Place(path: url.text, origin: origin, way: .http)]
        } else {
            places = []
            refusal = .refused("ValueError", "Unknown protocol for serverurl \(url)")
        }
    }

    /// The first place where somebody answers; over HTTP that shows only with the first question.
    mutating func connect() throws(Failure) -> Connection {
        if let refusal { throw refusal }
        failures.removeAll()
        translated = nil
        missingGateway = nil
        for place in places {
            if let connection = try attempt(place) { return connection }
        }
        // A socket that refuses tells more than one that isn't there.
        var index = 0
        for (candidate, failure) in failures.enumerated()
        where failures[index].errno == .noEntry && failure.errno != .noEntry {
            index = candidate
        }
        if !hasOwnName, index < failures.count, failures[index].place.way == .control {
            name = "unix://\(failures[index].place.path)"
        }
        throw .unreachable(index < failures.count ? failures[index].errno : .noEntry)
    }

    /// nil when nobody answers there; why is kept.
    private mutating func attempt(_ place: Place) throws(Failure) -> Connection? {
        switch place.way {
        case .control:
            let client = ControlClient(path: place.path)
            do throws(ControlError) {
                try client.connect()
            } catch {
                if case .unreachable(let errno) = error { failures.append((place, errno)) }
                return nil
            }
            if !hasOwnName { name = "unix://\(place.path)" }
            return Connection(client: client)
        case .socket:
            let peer: Int32
            do throws(Errno) {
                let probe = try UnixSocket.connect(to: place.path, kind: .stream)
                peer = (try? UnixSocket.peer(of: probe.number))?.pid ?? 0
            } catch {
                failures.append((place, error))
                return nil
            }
            return try translated(place, url: "unix://\(place.path)", peer)
        case .http: return try translated(place, url: "\(place.path)", 0)
        }
    }

    /// With the gateway executable in between.
    private mutating func translated(_ place: Place, url: Text, _ peer: Int32) throws(Failure) -> Connection? {
        let (configured, gateway) = access?.resolved() ?? (nil, GatewayPlaces(configured: nil))
        guard let executable = gateway.found else {
            missingGateway = gateway
            failures.append((place, .connectionRefused))
            // Without it the shorter way is the only one, and that it doesn't lead anywhere is what counts.
            if places.contains(where: { $0.way == .control }) && place.way == .http { return nil }
            throw .refused("NotImplementedError", "\(url) \(Self.needs(gateway))")
        }
        if !hasOwnName { name = url }
        translated = place
        let (process, client) = try TranslatorProcess.start(executable, url: url, credentials ?? configured)
        return Connection(client: client, translator: process, peerOfSocket: peer)
    }

    private static func needs(_ gateway: GatewayPlaces) -> Text {
        "needs the gateway executable, which speaks HTTP and is not at \(gateway.shown)"
    }

    /// Says on stderr where it looked, why that failed, and what to do.
    ///
    /// - Parameter errno: why the last place failed, when it was HTTP.
    func explain(_ errno: Errno, to session: Session) {
        session.note("ctl: no supervisor answers. Tried:")
        for (place, failure) in failures {
            let reason = place.way == .http ? missingGateway.map(Self.needs) : nil
            session.note("  \(place.path) (\(place.origin)): \(reason ?? Self.reason(failure))")
        }
        if let translated { session.note("  \(translated.path) (\(translated.origin)): \(errno.text)") }
        session.note(
            places.contains { $0.way == .control }
                ? "Start init, or say where its control socket is: CTL_SOCKET=PATH, ctl -c FILE, or ctl -s unix:///PATH."
                : "Start the supervisor, or say where it is: ctl -s http://HOST:PORT.")
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
