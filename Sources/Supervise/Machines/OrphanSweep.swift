/// What becomes of those whom programs have left behind, once all programs are stopped: they are told to end, killed
/// when their time is over, and not waited for for ever.
///
/// The kernel would end them anyway when PID 1 leaves, with SIGKILL and at once: a daemon that a program has started
/// loses what it has not written yet. Whoever drives it looks for them, since only /proc knows those that are no
/// children of init; that there is no child at all says for certain that nobody is left.
public struct OrphanSweep: Equatable, Sendable {
    public enum Event: Equatable, Sendable {
        /// All programs are stopped. `since`: the shutdown began then.
        case began(since: Instant)
        /// What came of `.look`: everybody who descends from init and is alive, by ascending pid. `unreachable`: those
        /// of them that init may not signal; they aren't waited for.
        case found([Int32], unreachable: [Int32])
        /// What came of `.look` where /proc doesn't show this process. `isInit`: it is PID 1.
        case hidden(isInit: Bool)
        /// init has no child, so nobody descends from it.
        case childless
        /// Time has passed; see `deadline`.
        case tick
    }

    public enum Action: Equatable, Sendable {
        /// Find out who is left.
        case look
        /// SIGTERM, with SIGCONT for those that are stopped (they would not hear it), or SIGKILL.
        case end([Int32], Signal)
        /// The same to every process of the namespace: nobody knows their numbers.
        case endEverybody(Signal)
        /// Leave although these can't be ended; none is named where they can't be found.
        case leave([Int32])
    }

    public enum State: Equatable, Sendable {
        case idle
        /// They were told; those that appear are told, too.
        case telling(killAt: Instant)
        case killing(until: Instant)
        case over
    }

    /// docker kills a container 10 s after its stop signal, programs included: orphans have what these leave of 8 s,
    /// so that 2 s are there for SIGKILL, the last lines of the log and the way out.
    static let graceSeconds = 8
    /// But every one that was there when the programs were stopped has this long from being told, however late it is.
    static let leastSeconds = 1
    /// SIGKILL takes effect at once, but on what sleeps in the kernel (a network file system that hangs).
    static let killSeconds = 1
    /// Between two looks: those that are forked meanwhile are found, and a table of thousands costs a few percent.
    static let lookMilliseconds = 100

    public private(set) var state = State.idle
    /// nil: nobody can be found by looking.
    private var lookAt: Instant?
    /// Those that the last look found; ascending.
    private var known: [Int32] = []

    public init() {}

    public var isOver: Bool { state == .over }

    /// When `.tick` next matters; nil when only an event can move it.
    public var deadline: Instant? {
        switch state {
        case .idle, .over: nil
        case .telling(let end), .killing(let end): min(lookAt ?? end, end)
        }
    }

    public mutating func handle(_ event: Event, now: Instant, into actions: inout [Action]) {
        switch state {
        case .idle:
            switch event {
            case .began(let since):
                state = .telling(killAt: max(since + Self.graceSeconds, now + Self.leastSeconds))
                look(now, &actions)
            case .childless: state = .over
            case .found, .hidden, .tick: break
            }
        case .telling(let killAt):
            switch event {
            case .childless: state = .over
            case .found(let pids, let unreachable): found(pids, unreachable, &actions)
            case .hidden(let isInit): hidden(isInit, &actions)
            case .tick where now >= killAt:
                state = .killing(until: now + Self.killSeconds)
                if lookAt == nil { endEverybody(&actions) } else { look(now, &actions) }
            case .tick: if let lookAt, now >= lookAt { look(now, &actions) }
            case .began: break
            }
        case .killing(let until):
            switch event {
            case .childless: state = .over
            case .found(let pids, let unreachable): found(pids, unreachable, &actions)
            case .hidden(let isInit): hidden(isInit, &actions)
            case .tick where now >= until: leave(known, &actions)
            case .tick: if let lookAt, now >= lookAt { look(now, &actions) }
            case .began: break
            }
        case .over:
            switch event {
            case .began, .found, .hidden, .childless, .tick: break
            }
        }
    }

    private mutating func hidden(_ isInit: Bool, _ actions: inout [Action]) {
        lookAt = nil
        known = []
        if isInit { endEverybody(&actions) } else { leave([], &actions) }
    }

    private mutating func look(_ now: Instant, _ actions: inout [Action]) {
        lookAt = now.advanced(milliseconds: Self.lookMilliseconds)
        actions.append(.look)
    }

    /// Each is told once, and killed at every look: what is forked in between has to be met, too.
    private mutating func found(_ pids: [Int32], _ unreachable: [Int32], _ actions: inout [Action]) {
        if pids.isEmpty, !unreachable.isEmpty { return leave(unreachable, &actions) }
        var ended = pids
        if !isKilling {
            ended = []
            var index = 0
            for pid in pids {
                while index < known.count, known[index] < pid { index += 1 }
                if index == known.count || known[index] != pid { ended.append(pid) }
            }
        }
        known = pids
        if !ended.isEmpty { actions.append(.end(ended, isKilling ? .kill : .terminate)) }
    }

    private func endEverybody(_ actions: inout [Action]) {
        actions.append(.endEverybody(isKilling ? .kill : .terminate))
    }

    private mutating func leave(_ pids: [Int32], _ actions: inout [Action]) {
        state = .over
        actions.append(.leave(pids))
    }

    private var isKilling: Bool {
        if case .killing = state { return true }
        return false
    }
}
