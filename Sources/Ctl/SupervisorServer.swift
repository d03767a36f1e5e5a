import Host
import Kernel
import Supervise

/// The server that `ctl` talks to: places of control sockets, and HTTP.
///
/// If the user has named a server, it is the only one: `ctl` uses a control socket that the name doesn't lead to only
/// if the supervisor behind it says that it serves this name (`SupervisorIdentity.serves`), before it asks anything
/// else.
struct SupervisorServer {
    /// Its name in messages: the given URL, else that of the place that answers.
    private(set) var name: OutputText
    private(set) var places: [ServerPlace]
    /// A URL or a path was given, by `-s`, `CTL_SOCKET` or the configuration.
    let isNamed: Bool
    /// What a supervisor must match that is found at a place that the user didn't name.
    private let expectation: Expectation?
    /// Where name, password and the gateway executable come from; requested only when they are needed.
    private let access: ServerAccess?
    /// Entered by the user, for this server alone.
    var credentials: Login?
    /// The text that is not a URL.
    private var refusal: CtlError?
    private var failures: [(place: ServerPlace, reason: ServerPlace.Reason)] = []
    /// Where there was no control socket.
    private var absent: [ServerPlace] = []
    /// The place that HTTP is, or should be, spoken with.
    private var translated: ServerPlace?
    private var missingGateway: GatewayPlaces?
    /// A control socket requires an unknown password.
    private var isLocked = false

    /// Nanoseconds that the supervisor at a named place has to identify itself; a busy one has this time.
    private static let patience: Int64 = 30_000_000_000
    /// The same for one that would only be a shorter way to the same server.
    private static let shortPatience: Int64 = 2_000_000_000
    /// How often to resend a password that was not checked because this user had too many wrong attempts.
    private static let mostAttempts = 5

    /// A connected supervisor.
    struct Connection {
        let client: ControlClient
        /// The process that speaks HTTP for this one, if needed.
        var translator: TranslatorProcess?
        fileprivate var peerOfSocket: Int32 = 0
        /// It has said of itself what only this protocol's supervisors know.
        var isIdentified = false

        /// The supervisor's pid according to the kernel; 0 if unknown.
        var peer: Int32 { translator == nil ? client.peer : peerOfSocket }
    }

    init(places: [ServerPlace], name: OutputText? = nil, expectation: Expectation? = nil, access: ServerAccess? = nil) {
        self.places = places
        self.access = access
        self.expectation = expectation
        isNamed = name != nil
        self.name = name ?? places.last?.url ?? ""
    }

    /// For an invalid name: every request fails with this.
    init(name: OutputText, refusal: CtlError) {
        self.init(places: [], name: name)
        self.refusal = refusal
    }

    /// Connects to the first place where the wanted supervisor answers; over HTTP only the first request shows whether
    /// one does.
    ///
    /// - Parameter interrupt: ends the wait when it becomes readable; -1: none.
    mutating func connect(interrupt: Int32) throws(CtlError) -> Connection {
        if let refusal { throw refusal }
        failures.removeAll()
        absent.removeAll()
        translated = nil
        missingGateway = nil
        isLocked = false
        for place in places {
            if let connection = try attempt(place, interrupt) { return connection }
        }
        if isLocked { throw .unauthorized(reason: Self.unauthorized) }
        throw .unreachable(telling())
    }

    private static let unauthorized: OutputText = "Unauthorized"

    /// The most informative error; if the server has no name of its own, it is called by the place of that error.
    private mutating func telling() -> Errno {
        var chosen: (place: ServerPlace, errno: Errno)?
        for (place, reason) in failures {
            guard case .kernel(let errno) = reason, isNamed || place.way == .http || Self.isForbidden(errno) else {
                continue
            }
            // A socket that refuses is more informative than a missing one; a forbidden one is more informative than
            // both.
            let isBetter =
                switch chosen?.errno {
                case nil, .noEntry?: true
                case let before?: !isNamed && !Self.isForbidden(before) && Self.isForbidden(errno)
                }
            if isBetter { chosen = (place, errno) }
        }
        guard let chosen else { return .noEntry }
        if !isNamed { name = chosen.place.url }
        return chosen.errno
    }

    private static func isForbidden(_ errno: Errno) -> Bool { errno == .access || errno == .notPermitted }

    /// nil if no supervisor answers there, or another one does; records why.
    private mutating func attempt(_ place: ServerPlace, _ interrupt: Int32) throws(CtlError) -> Connection? {
        switch place.way {
        case .control: return try control(place, interrupt)
        case .socket:
            let peer: Int32
            do throws(Errno) {
                let probe = try UnixSocket.connect(to: place.path, kind: .stream)
                peer = (try? UnixSocket.peer(of: probe.number))?.pid ?? 0
            } catch {
                fail(place, .kernel(error))
                return nil
            }
            return try translated(place, peer, interrupt)
        case .http:
            // If the place was not named, whether it has a listener decides which of the places the message is about.
            if !isNamed, let port = place.localPort, let errno = Self.refusal(port) {
                fail(place, .kernel(errno))
                return nil
            }
            return try translated(place, 0, interrupt)
        }
    }

    private mutating func fail(_ place: ServerPlace, _ reason: ServerPlace.Reason) {
        if place.isTold { failures.append((place, reason)) }
    }

    private static func refusal(_ port: UInt16) -> Errno? {
        do throws(Errno) {
            _ = try InetSocket.connectToLoopback(port: port)
            return nil
        } catch {
            return error
        }
    }

    // MARK: Control sockets

    private mutating func control(_ place: ServerPlace, _ interrupt: Int32) throws(CtlError) -> Connection? {
        let client = ControlClient(path: place.path)
        client.interrupt = interrupt
        do throws(ControlError) {
            try client.connect()
        } catch {
            guard case .unreachable(let errno) = error else { return nil }
            fail(place, .kernel(errno))
            if errno == .noEntry || errno == .connectionRefused { absent.append(place) }
            return nil
        }
        // From here on it is this one or none.
        client.pin()
        if let owner = place.owner, let user = client.credentials?.user, user != owner, user != 0 {
            fail(place, .foreign(user: user))
            return nil
        }
        let identity: SupervisorIdentity?
        do throws(ControlError) {
            let patience = place.isTold ? Self.patience : Self.shortPatience
            identity = try client.identify(until: SystemClock.boottime + patience)
        } catch {
            if error == .interrupted { throw .interrupted }
            // Ignore a shorter way that leads nowhere.
            guard place.proof == .notNeeded else {
                fail(place, .silent)
                return nil
            }
            throw CtlError(error)
        }
        guard proves(place, identity) else {
            fail(place, .another(pid: identity?.pid ?? 0))
            return nil
        }
        if let identity, !identity.challenge.isEmpty {
            guard try authenticate(client, identity.challenge) else { return nil }
        }
        if !isNamed { name = place.url }
        return Connection(client: client, isIdentified: identity != nil)
    }

    private func proves(_ place: ServerPlace, _ identity: SupervisorIdentity?) -> Bool {
        switch place.proof {
        case .notNeeded: return true
        case .expected:
            guard let identity, let expectation else { return false }
            return expectation.isMet(by: identity)
        }
    }

    /// False if the password isn't known, and another way may not need it.
    private mutating func authenticate(_ client: ControlClient, _ challenge: [UInt8]) throws(CtlError) -> Bool {
        guard let known = credentials ?? access?.resolved().0 else {
            isLocked = true
            return false
        }
        for _ in 0..<Self.mostAttempts {
            let access: ControlClient.Access
            do throws(ControlError) {
                access = try client.authenticate(
                    challenge: challenge, username: known.username, password: known.password,
                    until: SystemClock.boottime + Self.patience)
            } catch {
                throw CtlError(error)
            }
            switch access {
            case .granted: return true
            case .denied: throw .unauthorized(reason: Self.unauthorized)
            case .tooSoon(let milliseconds):
                let ready = try? File.waitReadable([client.interrupt], milliseconds: Int32(clamping: milliseconds))
                if ready?.contains(true) ?? false { throw .interrupted }
            }
        }
        throw .lost("this user has tried too many wrong passwords; try again later")
    }

    // MARK: HTTP

    /// Through the gateway executable.
    private mutating func translated(
        _ place: ServerPlace, _ peer: Int32, _ interrupt: Int32
    ) throws(CtlError) -> Connection? {
        if let connection = try lookAgain(interrupt) { return connection }
        let (configured, gateway) = access?.resolved() ?? (nil, GatewayPlaces(configured: nil))
        guard let executable = gateway.found else {
            missingGateway = gateway
            failures.append((place, .kernel(.connectionRefused)))
            if isLocked { return nil }
            throw .refused("NotImplementedError", "\(place.url) \(Self.needs(gateway))")
        }
        if !isNamed { name = place.url }
        translated = place
        let (process, client) = try TranslatorProcess.start(executable, url: place.url, credentials ?? configured)
        return Connection(client: client, translator: process, peerOfSocket: peer)
    }

    /// An init that starts makes its control socket before those of HTTP: where there was none, there may be one now.
    private mutating func lookAgain(_ interrupt: Int32) throws(CtlError) -> Connection? {
        let absent = absent
        failures.removeAll { failure in absent.contains { $0.path == failure.place.path } }
        self.absent = []
        for place in absent {
            if let connection = try control(place, interrupt) { return connection }
        }
        return nil
    }

    private static func needs(_ gateway: GatewayPlaces) -> OutputText {
        "needs the gateway executable, which speaks HTTP and is not at \(gateway.shown)"
    }

    // MARK: What went wrong

    /// Explains on stderr where it looked, why that failed, and what to do.
    ///
    /// - Parameter errno: why the last place failed, if it was HTTP.
    func explain(_ errno: Errno, to session: Session) {
        session.note("ctl: no supervisor answers. Tried:")
        for (place, failure) in failures {
            let reason = place.way == .http ? missingGateway.map(Self.needs) : nil
            session.note("  \(place.path) (\(place.origin)): \(reason ?? failure.sentence(place))")
        }
        if let translated { session.note("  \(translated.path) (\(translated.origin)): \(errno.text)") }
        session.note(
            places.contains { $0.way == .control && $0.isTold }
                ? "Start init, or name its control socket: CTL_SOCKET=PATH, ctl -c FILE, or ctl -s unix:///PATH."
                : "Start the supervisor, or name its address: ctl -s http://HOST:PORT.")
    }
}
