// What is known of a program that speaks for itself (`notify=`), beyond its state: from its start to its end.

public struct NotifyMachine: Equatable, Sendable {
    public enum Event: Equatable, Sendable {
        /// It has executed its program.
        case began
        case told(NotifyMessage)
        /// It is gone, or is about to be stopped.
        case ended
        /// Time has passed; see `deadline`.
        case tick
    }

    public enum Action: Equatable, Sendable {
        /// It is ready: the first time, or again after it has reloaded.
        case ready
        /// It asks for more time to start or to stop.
        case extend(Instant)
        /// It hasn't said in time that it is alive.
        case overdue
        case resetRestarts
        /// A line that is worth one only: it names another main process.
        case refuseMainPID
    }

    /// What it said last; empty if nothing.
    public private(set) var status = ""
    public private(set) var isReloading = false
    /// It is about to exit, it says.
    public private(set) var isStopping = false
    /// Why it fails, it says: an errno, or 0.
    public private(set) var errno = 0
    /// With which code it will exit, it says, or 0.
    public private(set) var exitStatus = 0
    private var isReady = false
    private var isUp = false
    private var hasRefusedMainPID = false
    /// nil: it need not say that it is alive.
    private var watchdogMicroseconds: Int64?
    private var aliveUntil: Instant?

    public init() {}

    /// When `.tick` next matters.
    public var deadline: Instant? { aliveUntil }

    /// - Parameter watchdogSeconds: `watchdog_secs`; 0: none.
    public mutating func handle(
        _ event: Event, watchdogSeconds: Int, now: Instant, into actions: inout [Action]
    ) {
        switch event {
        case .began:
            let wasRefused = hasRefusedMainPID
            self = NotifyMachine()
            hasRefusedMainPID = wasRefused
            isUp = true
            watchdogMicroseconds = watchdogSeconds > 0 ? Int64(watchdogSeconds) * 1_000_000 : nil
        case .told(let message): note(message, now, &actions)
        case .ended:
            isUp = false
            isReloading = false
            isStopping = false
            aliveUntil = nil
            // What it said of its failure stays; what it was doing doesn't.
            if errno == 0, exitStatus == 0 { status = "" }
        case .tick:
            guard let due = aliveUntil, now >= due else { return }
            aliveUntil = nil
            actions.append(.overdue)
        }
    }

    private mutating func note(_ message: NotifyMessage, _ now: Instant, _ actions: inout [Action]) {
        if message.mainPID != nil, !hasRefusedMainPID {
            hasRefusedMainPID = true
            actions.append(.refuseMainPID)
        }
        if let status = message.status { self.status = status }
        if let errno = message.errno { self.errno = errno }
        if let status = message.exitStatus { exitStatus = status }
        if message.resetsRestarts { actions.append(.resetRestarts) }
        if let more = message.extendMicroseconds { actions.append(.extend(now.advanced(nanoseconds: more * 1000))) }
        guard isUp else { return }
        if message.isStopping { isStopping = true }
        if message.isReloading { isReloading = true }
        if message.isReady {
            isReady = true
            isReloading = false
            actions.append(.ready)
            keepAlive(now)
        }
        if let interval = message.watchdogMicroseconds {
            watchdogMicroseconds = interval
            if isReady { keepAlive(now) }
        }
        switch message.watchdog {
        case .alive: if isReady { keepAlive(now) }
        case .trigger:
            aliveUntil = nil
            actions.append(.overdue)
        case nil: break
        }
    }

    private mutating func keepAlive(_ now: Instant) {
        aliveUntil = watchdogMicroseconds.map { now.advanced(nanoseconds: $0 * 1000) }
    }
}
