// All pools of listeners as one value: which pool gets which event, and what listeners answer.
//
// The driver performs the actions in order and reports the result of each `.send` at once; a listener gets its next
// event only after that.

/// The result of writing to a listener's stdin.
public enum Delivery: Equatable, Sendable {
    /// All of it is on its way.
    case taken
    /// Its reader is gone.
    case closed
    /// Nothing was written: the listener has not read what was sent before.
    case full
}

public struct EventPools: Sendable {
    public enum Event: Equatable, Sendable {
        /// An event that `types` may contain.
        case published(EventType, payload: [UInt8])
        /// The state of a process, which may be a listener, has changed.
        ///
        /// - Parameter payload: of the event that reports it; empty if `types` doesn't contain it.
        case became(ProcessID, ProcessState, payload: [UInt8])
        /// A listener has written to its stdout.
        case heard(ProcessID, [UInt8])
        /// The result of `.send`.
        case sent(ProcessID, Delivery)
        /// Time has passed; see `deadline`.
        case tick
    }

    public enum Action: Equatable, Sendable {
        /// To a listener's stdin.
        case send(ProcessID, [UInt8])
        case log(LogLevel, String)
    }

    /// `[supervisord] identifier`, for the headers.
    public var server = "supervisor"
    public var logLevel = LogLevel.info
    /// The union of what all pools want; other events need not be built.
    public private(set) var types = EventTypes()
    private var pools: [EventPool] = []
    /// The serial of the next event that a pool accepts.
    private var serial = 0

    public init() {}

    public var isEmpty: Bool { pools.isEmpty }

    public func isListener(_ id: ProcessID) -> Bool { pools.contains { $0.index(of: id) != nil } }

    /// A listener works on an event, or could: a shutdown gives it a moment for that.
    public var isDelivering: Bool { pools.contains { $0.isDelivering } }

    /// Events and bytes of payload that wait in a pool; nil if there is no such pool.
    public func waiting(in name: String) -> (events: Int, bytes: Int)? {
        pools.first { $0.name == name }.map { ($0.buffer.count, $0.buffer.bytes) }
    }

    /// For `reeve.metrics`: an array of {name, waiting, discarded}, events of each pool.
    public func encode(into encoder: inout WireEncoder) {
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

    /// A group of listeners was added; the driver passes its processes in their order.
    public mutating func add(_ group: GroupSettings, listeners: [ProcessID]) {
        guard group.kind == .eventListener else { return }
        pools.append(EventPool(group, listeners: listeners))
        collectTypes()
    }

    /// A group was removed, and with it the events that waited for it.
    public mutating func remove(_ name: String) {
        pools.removeAll { $0.name == name }
        collectTypes()
    }

    /// A restart: removes all pools, and continues the serials.
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

    /// The oldest event goes to the first listener that is ready.
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
