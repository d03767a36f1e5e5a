// All pools of listeners as one value: who gets which event, and what listeners answer.
//
// Whoever drives it performs the actions in order and reports at once what came of each `.send`; a listener gets the
// next event only then.

/// What came of writing to a listener's stdin.
public enum Delivery: Equatable, Sendable {
    /// All of it is on its way.
    case taken
    /// Nobody will read it.
    case closed
    /// None of it was taken: what was sent before has not been read.
    case full
}

public struct EventPools: Sendable {
    public enum Event: Equatable, Sendable {
        /// Something happened that `types` may contain.
        case published(EventType, payload: [UInt8])
        /// A process, which may be a listener, has changed its state.
        ///
        /// - Parameter payload: of the event that tells it; empty when `types` doesn't contain that.
        case became(ProcessID, ProcessState, payload: [UInt8])
        /// A listener has written to its stdout.
        case heard(ProcessID, [UInt8])
        /// What came of `.send`.
        case sent(ProcessID, Delivery)
        /// Time has passed; see `deadline`.
        case tick
    }

    public enum Action: Equatable, Sendable {
        /// To a listener's stdin.
        case send(ProcessID, [UInt8])
        case log(LogLevel, String)
    }

    /// `[supervisord] identifier`, as the headers say it.
    public var server = "supervisor"
    public var logLevel = LogLevel.info
    /// What some pool wants; other events need not be built.
    public private(set) var types = EventTypes()
    private var pools: [EventPool] = []
    /// Of the next event that some pool accepts.
    private var serial = 0

    public init() {}

    public var isEmpty: Bool { pools.isEmpty }

    public func isListener(_ id: ProcessID) -> Bool { pools.contains { $0.index(of: id) != nil } }

    /// Some listener works on an event, or could: at a shutdown it is given a moment for it.
    public var isDelivering: Bool { pools.contains { $0.isDelivering } }

    /// Events and bytes of payload that wait in a pool; nil when there is no such pool.
    public func waiting(in name: String) -> (events: Int, bytes: Int)? {
        pools.first { $0.name == name }.map { ($0.buffer.count, $0.buffer.bytes) }
    }

    /// For `reeve.metrics`: an array of {name, waiting, discarded}, events of each pool.
    public func encode(into encoder: inout Encoder) {
        encoder.array(count: pools.count)
        for pool in pools {
            encoder.structure(count: 3)
            encoder.pair("name", pool.name)
            encoder.pair("waiting", pool.buffer.count)
            encoder.pair("discarded", pool.discarded)
        }
    }

    /// When `.tick` next matters.
    public var deadline: Instant? {
        var earliest: Instant?
        for pool in pools {
            if let deadline = pool.deadline { earliest = min(earliest ?? deadline, deadline) }
        }
        return earliest
    }

    // MARK: Pools come and go

    /// A group of listeners is there; the driver gives its processes in their order.
    public mutating func add(_ group: GroupSettings, listeners: [ProcessID]) {
        guard case .eventListener(let settings) = group.kind else { return }
        pools.append(EventPool(group, settings, listeners: listeners))
        collectTypes()
    }

    /// A group is removed: with it go the events that waited for it.
    public mutating func remove(_ name: String) {
        pools.removeAll { $0.name == name }
        collectTypes()
    }

    /// A restart: all pools go, serials go on.
    public mutating func removeAll() {
        pools = []
        collectTypes()
    }

    private mutating func collectTypes() {
        types = EventTypes()
        for pool in pools { types.formUnion(pool.types) }
    }

    // MARK: What happens

    public mutating func handle(_ event: Event, now: Instant, into actions: inout [Action]) {
        guard !pools.isEmpty else { return }
        var log = EventLog(level: logLevel)
        switch event {
        case .published(let type, let payload):
            accept(type, payload, &log)
            flush(&log, &actions)
            for index in pools.indices { dispatch(index, &actions) }
        case .became(let id, let state, let payload):
            let place = find(id)
            if let (pool, listener) = place { pools[pool].became(state, listener) }
            accept(EventType(state), payload, &log)
            if let (pool, listener) = place { pools[pool].settle(state, listener, &log) }
            flush(&log, &actions)
            for index in pools.indices { dispatch(index, &actions) }
        case .heard(let id, let bytes):
            guard let (pool, listener) = find(id) else { return }
            pools[pool].heard(bytes, listener, now: now, &log)
            flush(&log, &actions)
            dispatch(pool, &actions)
        case .sent(let id, let result):
            guard let (pool, _) = find(id) else { return }
            pools[pool].sent(id, result, now: now, &log)
            flush(&log, &actions)
            dispatch(pool, &actions)
        case .tick:
            for index in pools.indices {
                pools[index].retry(now)
                dispatch(index, &actions)
            }
        }
    }

    private mutating func accept(_ type: EventType, _ payload: [UInt8], _ log: inout EventLog) {
        guard types.contains(type) else { return }
        for index in pools.indices where pools[index].types.contains(type) {
            pools[index].accept(type, payload, serial: serial, &log)
        }
        serial = serial == .max ? 0 : serial + 1
    }

    /// The oldest event to the first listener that is ready.
    private mutating func dispatch(_ pool: Int, _ actions: inout [Action]) {
        if let (listener, bytes) = pools[pool].next(server: server) { actions.append(.send(listener, bytes)) }
    }

    private func flush(_ log: inout EventLog, _ actions: inout [Action]) {
        for line in log.lines { actions.append(.log(line.level, line.text)) }
        log.lines = []
    }

    private func find(_ id: ProcessID) -> (pool: Int, listener: Int)? {
        for index in pools.indices {
            if let listener = pools[index].index(of: id) { return (index, listener) }
        }
        return nil
    }
}
