/// Ends the processes that programs have left behind, once all programs are stopped: it sends them SIGTERM, kills them
/// when their time is over, and stops waiting at a deadline.
///
/// The kernel would end them anyway when PID 1 exits, but with SIGKILL and at once: a daemon that a program has started
/// would lose what it has not written yet. The driver looks for them, since only /proc shows those that are not
/// children of init; if init has no child at all, none is left.
public struct OrphanSweep: Equatable, Sendable {
    public enum Event: Equatable, Sendable {
        /// All programs are stopped. `since`: when the shutdown began.
        case began(since: Instant)
        /// The result of `.look`: every living descendant of init, by ascending pid. `unreachable`: those of them that
        /// init may not signal, and so doesn't wait for.
        case found([Int32], unreachable: [Int32])
        /// The result of `.look` if /proc doesn't show this process. `isInit`: it is PID 1.
        case hidden(isInit: Bool)
        /// init has no child, and so no descendant.
        case childless
        /// There is no more time for SIGTERM.
        case hurry
        /// Time has passed; see `deadline`.
        case tick
    }

    public enum Action: Equatable, Sendable {
        /// Find out which processes are left.
        case look
        /// SIGTERM, with SIGCONT for those that are stopped (they would not handle it otherwise), or SIGKILL.
        case end([Int32], Signal)
        /// The same to every process of the namespace, since their pids are unknown.
        case endEverybody(Signal)
        /// Leave although these can't be ended; the list is empty if they can't be found.
        case leave([Int32])
    }

    public enum State: Equatable, Sendable {
        case idle
        /// They have been sent SIGTERM; so are those that appear later.
        case telling(killAt: Instant)
        case killing(until: Instant)
        case over
    }

    /// docker kills a container 10 s after its stop signal, including the time that programs take: orphans get what
    /// these leave of 8 s, so that 2 s remain for SIGKILL, the last lines of the log and the exit.
    static let graceSeconds = 8
    /// But each one that existed when the programs were stopped gets this long after its SIGTERM, however late it is.
    static let leastSeconds = 1
    /// SIGKILL takes effect at once, except on processes that sleep in the kernel (a network file system that hangs).
    static let killSeconds = 1
    /// Between two looks: finds those that are forked meanwhile; a table of thousands costs a few percent.
    static let lookMilliseconds = 100

    public private(set) var state = State.idle
    /// nil: they can't be found by looking.
    private var lookAt: Instant?
    /// The result of the last look; ascending.
    private var known: [Int32] = []
    private let budget: ShutdownBudget?

    /// - Parameter budget: of the shutdown; nil: docker's.
    public init(_ budget: ShutdownBudget? = nil) { self.budget = budget }

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
                let least = budget.map { now.advanced(milliseconds: $0.unit / 2) } ?? now + Self.leastSeconds
                state = .telling(killAt: max(budget?.orphansKillBy ?? since + Self.graceSeconds, least))
                look(now, &actions)
            case .childless: state = .over
            case .found, .hidden, .hurry, .tick: break
            }
        case .telling(let killAt):
            switch event {
            case .childless: state = .over
            case .found(let pids, let unreachable): found(pids, unreachable, &actions)
            case .hidden(let isInit): hidden(isInit, &actions)
            case .tick where now >= killAt: kill(now, &actions)
            case .hurry: kill(now, &actions)
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
            case .began, .hurry: break
            }
        case .over:
            switch event {
            case .began, .found, .hidden, .childless, .hurry, .tick: break
            }
        }
    }

    private mutating func hidden(_ isInit: Bool, _ actions: inout [Action]) {
        lookAt = nil
        known = []
        if isInit { endEverybody(&actions) } else { leave([], &actions) }
    }

    private mutating func kill(_ now: Instant, _ actions: inout [Action]) {
        state = .killing(until: now.advanced(milliseconds: budget?.unit ?? 1000 * Self.killSeconds))
        if lookAt == nil { endEverybody(&actions) } else { look(now, &actions) }
    }

    private mutating func look(_ now: Instant, _ actions: inout [Action]) {
        lookAt = now.advanced(milliseconds: Self.lookMilliseconds)
        actions.append(.look)
    }

    /// Each gets SIGTERM once, and SIGKILL at every look: that must also hit those that were forked in between.
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
