/// The listeners of one `[eventlistener:x]` and the events that wait for them.
///
/// - Source: `EventListenerPool` of supervisord 4.3.0. There an event that was rejected goes to all pools of the same
///   priority; here it goes back to its own.
struct EventPool: Sendable {
    struct Listener: Sendable {
        let id: ProcessID
        let name: String
        var machine = ListenerMachine()
        /// Its process is RUNNING: others get no events.
        var isRunning = false
        /// The event that it works on.
        var event: PooledEvent?
        /// Its stdin is closed: nothing more for this child.
        var isDeaf = false
        /// READY, but it has not read what was sent before: try again then.
        var retryAt: Instant?
        /// Events in a row that it has rejected.
        var rejections = 0
    }

    /// Rejections in a row after which a listener gets only one event per second: it may continue indefinitely.
    private static let rejectionsAllowed = 3

    let name: String
    let types: EventTypes
    private(set) var listeners: [Listener]
    private(set) var buffer: EventBuffer
    /// Events that were dropped because the buffer was full.
    private(set) var discarded = 0
    private var serial = 0

    init(_ group: GroupSettings, listeners ids: [ProcessID]) {
        name = group.name
        types = EventTypes(below: group.events)
        buffer = EventBuffer(limit: group.bufferSize)
        listeners = []
        for (id, process) in zip(ids, group.processes) { listeners.append(Listener(id: id, name: process.name)) }
    }

    /// When to try the next listener that doesn't read again.
    var deadline: Instant? {
        guard buffer.count > 0 else { return nil }
        var earliest: Instant?
        for listener in listeners {
            if let retryAt = listener.retryAt { earliest = min(earliest ?? retryAt, retryAt) }
        }
        return earliest
    }

    /// A listener works on events of this pool, or could.
    var isDelivering: Bool {
        let isWaiting = buffer.count > 0
        return listeners.contains {
            $0.isRunning && !$0.isDeaf && ($0.event != nil || (isWaiting && $0.machine.state != .unknown))
        }
    }

    // MARK: Events

    mutating func accept(_ type: EventType, _ payload: [UInt8], serial: Int, _ log: inout EventLog) {
        let event = PooledEvent(type: type, payload: payload, serial: serial, poolSerial: self.serial)
        self.serial = self.serial == .max ? 0 : self.serial + 1
        makeRoom(for: event, &log)
        buffer.append(event)
    }

    private mutating func putBack(_ event: PooledEvent, _ log: inout EventLog) {
        log.debug {
            "rebuffering event \(event.serial) for pool \(name) (buf size=\(buffer.count), max=\(buffer.limit))"
        }
        makeRoom(for: event, &log)
        buffer.putBack(event)
    }

    private mutating func makeRoom(for event: PooledEvent, _ log: inout EventLog) {
        while buffer.overflows(by: event.payload.count), let discarded = buffer.removeFirst() {
            self.discarded &+= 1
            log.add(.error) { "pool \(name) event buffer overflowed, discarding event \(discarded.serial)" }
        }
    }

    // MARK: Listeners

    /// What to write, and to which listener; nil if no event waits or no listener is ready. Report the result with
    /// `sent`.
    mutating func next(server: String) -> (listener: ProcessID, bytes: [UInt8])? {
        guard let event = buffer.first else { return nil }
        let ready = listeners.first {
            $0.isRunning && $0.machine.state == .ready && !$0.isDeaf && $0.retryAt == nil
        }
        guard let ready else { return nil }
        return (ready.id, event.envelope(pool: name, server: server))
    }

    mutating func sent(_ id: ProcessID, _ result: Delivery, now: Instant, _ log: inout EventLog) {
        guard let index = index(of: id), let event = buffer.first else { return }
        let listener = listeners[index].name
        switch result {
        case .taken:
            _ = buffer.removeFirst()
            listeners[index].machine.sent()
            listeners[index].event = event
            log.debug { "event \(event.serial) sent to listener \(listener)" }
        case .closed:
            listeners[index].isDeaf = true
            log.debug {
                "epipe occurred while sending event \(event.serial) to listener \(listener), listener state unchanged"
            }
        case .full:
            listeners[index].retryAt = now + EventLimits.stalledSeconds
        }
    }

    mutating func retry(_ now: Instant) {
        for index in listeners.indices {
            if let retryAt = listeners[index].retryAt, retryAt <= now { listeners[index].retryAt = nil }
        }
    }

    func index(of id: ProcessID) -> Int? { listeners.firstIndex { $0.id == id } }

    /// The state of the process has changed: from now on it may or may not get events.
    mutating func became(_ state: ProcessState, _ index: Int) {
        listeners[index].isRunning = state == .running
    }

    /// Handles the consequences, once the event that reports the change has been accepted.
    mutating func settle(_ state: ProcessState, _ index: Int, _ log: inout EventLog) {
        switch state {
        case .running, .stopping, .unknown: break
        case .starting, .backoff, .exited, .stopped, .fatal:
            // There is no child, or a new one that knows nothing of what the previous one said.
            let event = listeners[index].event
            listeners[index] = Listener(id: listeners[index].id, name: listeners[index].name)
            if let event { putBack(event, &log) }
        }
    }

    /// Bytes of its stdout.
    mutating func heard(_ bytes: [UInt8], _ index: Int, now: Instant, _ log: inout EventLog) {
        var rest = bytes[...]
        while let outcome = listeners[index].machine.hear(&rest) {
            let listener = listeners[index].name
            switch outcome {
            case .changed(let from, let to):
                log.changed(listener, from, to)
            case .processed:
                log.debug { "\(listener): event was processed" }
                log.changed(listener, .busy, .acknowledged)
                listeners[index].event = nil
                listeners[index].rejections = 0
            case .rejected:
                log.add(.warn) { "\(listener): event was rejected" }
                log.changed(listener, .busy, .acknowledged)
                reject(index, &log)
                listeners[index].rejections = min(listeners[index].rejections + 1, Self.rejectionsAllowed)
                if listeners[index].rejections == Self.rejectionsAllowed { listeners[index].retryAt = now + 1 }
            case .badResult(let line):
                log.add(.warn) { "\(listener): bad result line: '\(UTF8Text.shown(line))'" }
                log.changed(listener, .busy, .unknown)
                reject(index, &log)
            }
        }
    }

    private mutating func reject(_ index: Int, _ log: inout EventLog) {
        guard let event = listeners[index].event else { return }
        listeners[index].event = nil
        putBack(event, &log)
    }
}

/// Log lines about events, built only if they are logged.
struct EventLog {
    let level: LogLevel
    var lines: [(level: LogLevel, text: String)] = []

    mutating func add(_ level: LogLevel, _ text: () -> String) {
        if level >= self.level { lines.append((level, text())) }
    }

    mutating func debug(_ text: () -> String) { add(.debug, text) }

    mutating func changed(_ listener: String, _ from: ListenerMachine.State, _ to: ListenerMachine.State) {
        debug { "\(listener): \(from.name) -> \(to.name)" }
        guard to == .unknown else { return }
        add(.warn) {
            "\(listener): has entered the UNKNOWN state and will no longer receive events, this usually indicates "
                + "the process violated the eventlistener protocol"
        }
    }
}
