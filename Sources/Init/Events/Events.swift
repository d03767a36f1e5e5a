import Kernel
import Supervise

/// Whoever can write to a listener's stdin.
protocol ListenerInputs: AnyObject {
    func send(_ bytes: [UInt8], to listener: ProcessID) -> Delivery
}

/// Everything about event listeners that is not a decision: performs what `EventPools` says, and watches the wall clock
/// while somebody wants TICKs.
///
/// It lives as long as the process: a restart has new pools, but serials go on, as supervisord's do.
final class Events {
    private var pools = EventPools()
    private var ticks = TickClock()
    private var nextTick: Instant?
    private let log: SupervisorLog
    private var inputs: (any ListenerInputs)?
    private var queue: [EventPools.Action] = []
    private var isPerforming = false

    init(log: SupervisorLog) {
        self.log = log
    }

    /// A run begins.
    func start(_ settings: SupervisorSettings, inputs: any ListenerInputs) {
        pools.server = settings.identifier
        pools.logLevel = settings.logLevel
        self.inputs = inputs
    }

    /// It is over.
    func stop() {
        pools.removeAll()
        inputs = nil
        watchClock()
    }

    // MARK: Pools

    func add(_ group: GroupSettings, listeners: [ProcessID]) {
        pools.add(group, listeners: listeners)
        watchClock()
    }

    func remove(_ name: String) {
        guard !pools.isEmpty else { return }
        pools.remove(name)
        watchClock()
    }

    /// Some pool wants it; else it need not be built.
    func wants(_ type: EventType) -> Bool { pools.types.contains(type) }

    func isListener(_ id: ProcessID) -> Bool { pools.isListener(id) }

    var isDelivering: Bool { pools.isDelivering }

    // MARK: What happens

    func tell(_ event: EventPools.Event) {
        guard !pools.isEmpty else { return }
        pools.handle(event, now: Instant(nanoseconds: Clock.boottime), into: &queue)
        guard !isPerforming else { return }
        isPerforming = true
        var index = 0
        while index < queue.count {
            let action = queue[index]
            index += 1
            switch action {
            case .log(let level, let text): log.log(level, text)
            case .send(let listener, let bytes):
                let result = inputs?.send(bytes, to: listener) ?? .closed
                pools.handle(.sent(listener, result), now: Instant(nanoseconds: Clock.boottime), into: &queue)
            }
        }
        queue = []
        isPerforming = false
    }

    /// Builds the payload only if somebody wants it.
    func publish(_ type: EventType, _ payload: () -> [UInt8]) {
        guard wants(type) else { return }
        tell(.published(type, payload: payload()))
    }

    // MARK: Time

    /// When `tick` matters next; nil while nobody waits for time.
    var deadline: Instant? {
        guard let retry = pools.deadline else { return nextTick }
        guard let nextTick else { return retry }
        return min(retry, nextTick)
    }

    func tick(now: Instant) {
        guard let deadline, deadline <= now else { return }
        if let nextTick, nextTick <= now {
            let wall = Clock.realtime
            for tick in ticks.advance(wall: Int(wall / 1_000_000_000)) {
                publish(tick.type) { Payload.tick(tick.slice) }
            }
            watchClock(wall, now)
        }
        tell(.tick)
    }

    private func watchClock() {
        guard !pools.isEmpty || nextTick != nil else { return }
        let wall = Clock.realtime
        ticks.want(pools.types, wall: Int(wall / 1_000_000_000))
        watchClock(wall, Instant(nanoseconds: Clock.boottime))
    }

    private func watchClock(_ wall: Int64, _ now: Instant) {
        nextTick = ticks.wait(wall: wall).map { now.advanced(nanoseconds: $0) }
    }
}

/// The stdout of a listener carries the protocol.
final class ListenerOutput: OutputObserver {
    private let id: ProcessID
    private let events: Events

    init(_ id: ProcessID, _ events: Events) {
        self.id = id
        self.events = events
    }

    func received(_ bytes: UnsafeRawBufferPointer, on channel: Channel) {
        events.tell(.heard(id, Array(bytes)))
    }
}
