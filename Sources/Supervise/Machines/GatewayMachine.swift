/// The process that serves HTTP: the first connection starts it, it exits when it is idle, and there is never more than
/// one.
///
/// While none runs, init watches the listening sockets; while one runs, it accepts the connections itself and init
/// watches nothing. Connections that arrive in between wait in the kernel's queues, so none is lost when a process
/// exits.
public struct GatewayMachine: Equatable, Sendable {
    public enum Event: Equatable, Sendable {
        /// The sockets are open.
        case opened
        /// The result of `.watch`, if it failed.
        case watchFailed(reason: String)
        /// A client waits at one of the sockets.
        case connected
        /// The result of `.spawn`.
        case spawned(pid: Int32)
        case spawnFailed(reason: String)
        /// The process has asked for the servers: it runs and understands what it was given.
        case asked
        /// The process has closed its control connection, or init has.
        case disconnected
        case exited(pid: Int32, ExitStatus)
        /// Time has passed; see `deadline`.
        case tick
        /// Stop the process that runs, and start no more.
        case end
    }

    public enum Action: Equatable, Sendable {
        case watch, unwatch
        case spawn
        case signal(pid: Int32, Signal)
        case log(LogLevel, String)
    }

    /// One process, from its start.
    public struct Life: Equatable, Sendable {
        public var pid: Int32
        var since: Instant
        var hasAsked = false
    }

    public enum State: Equatable, Sendable {
        /// The sockets are not open, or no process may serve them any more.
        case closed
        case idle
        /// `isLast`: it must leave as soon as it has started.
        case spawning(isLast: Bool)
        case up(Life)
        /// The last one failed: the sockets are not even watched.
        case waiting(until: Instant)
        /// It was told to leave. `isLast`: no other follows.
        case leaving(Life, killAt: Instant, isLast: Bool)
    }

    /// Seconds from SIGTERM to SIGKILL, which is repeated once per second.
    static let leaveSeconds = 2
    /// One that exits earlier than this has failed at its start.
    static let startMilliseconds = 1000
    /// The shortest time between two starts, however the first process ended: bounds the work that clients can cause.
    static let leastMilliseconds = 200
    /// The longest wait in seconds; n failures in a row cause n seconds.
    static let longestWait = 10

    public private(set) var state = State.closed
    /// When the last one is killed at the latest; nil: `leaveSeconds` after SIGTERM.
    public var leaveBy: Instant?
    /// In a row; the log reports the first, and the others only at `debug`.
    private var failures = 0

    public init() {}

    /// When `.tick` next matters; nil when only an event can move it.
    public var deadline: Instant? {
        switch state {
        case .waiting(let until): until
        case .leaving(_, let killAt, _): killAt
        case .closed, .idle, .spawning, .up: nil
        }
    }

    /// The process that runs; 0: none.
    public var pid: Int32 {
        switch state {
        case .up(let life), .leaving(let life, _, _): life.pid
        case .closed, .idle, .spawning, .waiting: 0
        }
    }

    public mutating func handle(_ event: Event, now: Instant, into actions: inout [Action]) {
        switch state {
        case .closed:
            switch event {
            case .opened: idle(&actions)
            case .watchFailed, .connected, .spawned, .spawnFailed, .asked, .disconnected, .exited, .tick, .end: break
            }
        case .idle:
            switch event {
            case .connected:
                state = .spawning(isLast: false)
                actions += [.unwatch, .spawn]
            case .watchFailed(let reason):
                actions.append(.unwatch)
                failed(reason, now, &actions)
            case .end:
                state = .closed
                actions.append(.unwatch)
            case .opened, .spawned, .spawnFailed, .asked, .disconnected, .exited, .tick: break
            }
        case .spawning(let isLast):
            switch event {
            case .spawned(let pid):
                let life = Life(pid: pid, since: now)
                if isLast { leave(life, isLast: true, now, &actions) } else { state = .up(life) }
            case .spawnFailed(let reason): if isLast { state = .closed } else { failed(reason, now, &actions) }
            case .end: state = .spawning(isLast: true)
            case .opened, .watchFailed, .connected, .asked, .disconnected, .exited, .tick: break
            }
        case .up(var life):
            switch event {
            case .asked:
                life.hasAsked = true
                state = .up(life)
            case .disconnected: leave(life, isLast: false, now, &actions)
            case .end: leave(life, isLast: true, now, &actions)
            case .exited(let pid, let status): if pid == life.pid { settle(life, status, now, &actions) }
            case .opened, .watchFailed, .connected, .spawned, .spawnFailed, .tick: break
            }
        case .waiting(let until):
            switch event {
            case .tick: if now >= until { idle(&actions) }
            case .end: state = .closed
            case .opened, .watchFailed, .connected, .spawned, .spawnFailed, .asked, .disconnected, .exited: break
            }
        case .leaving(let life, let killAt, let isLast):
            switch event {
            case .end: state = .leaving(life, killAt: min(killAt, leaveBy ?? killAt), isLast: true)
            case .exited(let pid, let status):
                guard pid == life.pid else { break }
                if isLast { state = .closed } else { settle(life, status, now, &actions) }
            case .tick:
                guard now >= killAt else { break }
                state = .leaving(life, killAt: now + 1, isLast: isLast)
                actions.append(.signal(pid: life.pid, .kill))
            case .opened, .watchFailed, .connected, .spawned, .spawnFailed, .asked, .disconnected: break
            }
        }
    }

    private mutating func idle(_ actions: inout [Action]) {
        state = .idle
        actions.append(.watch)
    }

    private mutating func leave(_ life: Life, isLast: Bool, _ now: Instant, _ actions: inout [Action]) {
        let killAt = now + Self.leaveSeconds
        state = .leaving(life, killAt: isLast ? min(killAt, leaveBy ?? killAt) : killAt, isLast: isLast)
        actions.append(.signal(pid: life.pid, .terminate))
    }

    /// What the exit of a process means for the next one. A SIGKILL comes from outside and says nothing about the next;
    /// every other exit in the first second, or before any request, will likely happen again.
    private mutating func settle(_ life: Life, _ status: ExitStatus, _ now: Instant, _ actions: inout [Action]) {
        let isEarly = now < life.since.advanced(milliseconds: Self.startMilliseconds)
        let isKilled = status == .signalled(.kill, core: false)
        guard life.hasAsked, !isEarly || isKilled else {
            return failed("pid \(life.pid), \(status.description)", now, &actions)
        }
        if !isEarly { failures = 0 }
        let isGood = status == .exited(code: 0)
        actions.append(
            .log(
                isGood ? .debug : .warn,
                "the gateway exited (pid \(life.pid), \(status.description)); the next connection starts another"))
        let least = life.since.advanced(milliseconds: Self.leastMilliseconds)
        if now < least { state = .waiting(until: least) } else { idle(&actions) }
    }

    private mutating func failed(_ reason: String, _ now: Instant, _ actions: inout [Action]) {
        failures = min(failures + 1, Self.longestWait)
        state = .waiting(until: now + failures)
        if failures == 1 {
            actions.append(
                .log(
                    .error,
                    "the gateway failed (\(reason)): HTTP is not served; connections wait, and start another gateway after 1 s, "
                        + "then after longer and longer pauses, up to \(Self.longestWait) s"))
        } else {
            actions.append(.log(.debug, "the gateway failed again (\(reason))"))
        }
    }
}
