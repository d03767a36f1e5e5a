import Kernel
import Supervise

/// Writes to the stdin of listeners.
protocol ListenerInputs: AnyObject {
    func send(_ bytes: [UInt8], to listener: ProcessID) -> Delivery
}

/// Everything about event listeners that is not a decision: performs the actions of `EventPools`, and watches the wall
/// clock while TICKs are wanted.
///
/// It lives as long as the process: a restart has new pools, but continues the serials, as supervisord does.
final class Events {
    private var pools = EventPools()
    /// nil between two runs.
    private(set) var hooks: EventHooks?
    private var ticks = TickClock()
    private var nextTick: Instant?
    private let log: SupervisorLog
    private let loop: EventLoop
    private var streams: [EventStream] = []
    /// Events that were built, for listeners or streams.
    private(set) var published = 0
    /// Streams whose readers were too slow.
    private(set) var lostStreams = 0
    /// The serial of the last event that went to a stream.
    private var streamSerial = 0
    private var inputs: (any ListenerInputs)?
    private var queue: [EventPools.Action] = []
    private var isPerforming = false
    /// The log has reported that events are dropped.
    private var hasDropped = false

    init(loop: EventLoop, log: SupervisorLog) {
        self.loop = loop
        self.log = log
    }

    /// A run begins.
    func start(_ settings: SupervisorSettings, inputs: any ListenerInputs, hooks: EventHooks) {
        pools.server = settings.identifier
        pools.logLevel = settings.logLevel
        self.inputs = inputs
        self.hooks = hooks
        watchClock()
    }

    /// The run is over; streams continue with the next one.
    func stop() {
        pools.removeAll()
        inputs = nil
        hooks = nil
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

    /// Whether a listener or a stream wants events of this type; if none does, don't build them.
    func wants(_ type: EventType) -> Bool { types.contains(type) }

    private var types: EventTypes {
        var types = pools.types
        for stream in streams { types.formUnion(stream.types) }
        if let hooks { types.formUnion(hooks.types) }
        return types
    }

    func isListener(_ id: ProcessID) -> Bool { pools.isListener(id) }

    /// A listener or a hook has an event.
    var isDelivering: Bool { pools.isDelivering || hooks?.isBusy ?? false }

    /// `[hook:x]` as the configuration that was read last has it.
    func updateHooks(applies: Bool) -> Difference? {
        let difference = hooks?.update(applies: applies)
        if applies { watchClock() }
        return difference
    }

    // MARK: What happens

    func tell(_ event: EventPools.Event) {
        switch event {
        case .published(let type, let payload): stream(type, payload)
        case .became(_, let state, let payload): stream(EventType(state), payload)
        case .heard, .sent, .tick: break
        }
        guard !pools.isEmpty else { return }
        pools.handle(event, now: Instant(nanoseconds: SystemClock.boottime), into: &queue)
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
                pools.handle(.sent(listener, result), now: Instant(nanoseconds: SystemClock.boottime), into: &queue)
            }
        }
        queue = []
        isPerforming = false
    }

    /// Builds the payload only if it is wanted.
    func publish(_ type: EventType, _ payload: () -> [UInt8]) {
        guard wants(type) else { return }
        if hasDropped, Heap.isPlentiful { hasDropped = false }
        tell(.published(type, payload: payload()))
    }

    /// Reports that there is no memory for an event of a program's output.
    func dropped(of process: String) {
        guard !hasDropped else { return }
        hasDropped = true
        log.error(
            "\(process): events of its output are dropped while init is short of memory, and those of other programs")
    }

    // MARK: Streams

    /// Opens a stream: the reading end of a pipe that gets all further events of these types, in the format that
    /// listeners get. The pool is `stream`, `serial` counts the events that went to any stream, and `poolserial` is the
    /// same number. init never waits for the reader: when the pipe is full, the stream ends.
    ///
    /// - Throws: EMFILE at the limit of streams.
    func stream(_ types: EventTypes) throws(Errno) -> Descriptor {
        guard streams.count < EventLimits.streams else { throw .tooManyFiles }
        let pipe = try PipeEnds.toReader()
        PipeEnds.widen(pipe.writing.number, to: EventLimits.streamBytes)
        let stream = EventStream(pipe.writing, types, events: self)
        try stream.start(in: loop)
        streams.append(stream)
        watchClock()
        return pipe.reading
    }

    private func stream(_ type: EventType, _ payload: [UInt8]) {
        guard wants(type) else { return }
        published &+= 1
        hooks?.tell(.published(type, payload: payload))
        guard streams.contains(where: { $0.types.contains(type) }) else { return }
        streamSerial &+= 1
        let event = PooledEvent(type: type, payload: payload, serial: streamSerial, poolSerial: streamSerial)
        let bytes = event.envelope(pool: "stream", server: pools.server)
        for stream in streams where stream.types.contains(type) && !stream.send(bytes) {
            lostStreams &+= 1
            log.warn("a stream of events ends, since nobody reads it in time")
            end(stream)
        }
    }

    /// The reader is gone, or too slow.
    func end(_ stream: EventStream) {
        stream.stop(in: loop)
        streams.removeAll { $0 === stream }
        watchClock()
    }

    /// For `reeve.metrics`.
    func encode(into encoder: inout WireEncoder) {
        encoder.structure(count: 4)
        encoder.pair("published", published)
        encoder.pair("streams", streams.count)
        encoder.pair("lost_streams", lostStreams)
        encoder.key("pools")
        pools.encode(into: &encoder)
    }

    // MARK: Time

    /// When `tick` matters next; nil while no tick is wanted.
    var deadline: Instant? {
        guard let retry = pools.deadline else { return nextTick }
        guard let nextTick else { return retry }
        return min(retry, nextTick)
    }

    func tick(now: Instant) {
        guard let deadline, deadline <= now else { return }
        if let nextTick, nextTick <= now {
            let wall = SystemClock.realtime
            for tick in ticks.advance(wall: Int(wall / 1_000_000_000)) {
                publish(tick.type) { Payload.tick(tick.slice) }
            }
            watchClock(wall, now)
        }
        tell(.tick)
    }

    private func watchClock() {
        let types = types
        guard !types.isEmpty || nextTick != nil else { return }
        let wall = SystemClock.realtime
        ticks.want(types, wall: Int(wall / 1_000_000_000))
        watchClock(wall, Instant(nanoseconds: SystemClock.boottime))
    }

    private func watchClock(_ wall: Int64, _ now: Instant) {
        nextTick = ticks.wait(wall: wall).map { now.advanced(nanoseconds: $0) }
    }
}

/// The stdout of a listener carries the protocol.
final class ListenerOutput {
    private let id: ProcessID
    private let events: Events

    init(_ id: ProcessID, _ events: Events) {
        self.id = id
        self.events = events
    }

    /// Sees what the listener writes, before anything is stripped from it.
    func received(_ bytes: UnsafeRawBufferPointer) {
        events.tell(.heard(id, Array(bytes)))
    }
}
