/// An event in one pool, until a listener has processed it.
public struct PooledEvent: Equatable, Sendable {
    public var type: EventType
    /// Shared by all pools that keep the event.
    public var payload: [UInt8]
    /// Counts the events that any pool accepted.
    public var serial: Int
    /// Counts the events that this pool accepted. An event that returns keeps both.
    public var poolSerial: Int

    public init(type: EventType, payload: [UInt8], serial: Int, poolSerial: Int) {
        self.type = type
        self.payload = payload
        self.serial = serial
        self.poolSerial = poolSerial
    }

    /// The line in front of the payload, and the payload.
    public func envelope(pool: String, server: String) -> [UInt8] {
        let length = payload.withUnsafeBytes { UTF8Text.characters($0) } ?? payload.count
        var bytes =
            ("ver:3.0 server:\(server) serial:\(serial) pool:\(pool) poolserial:\(poolSerial) "
            + "eventname:\(type.name) len:\(length)\n").bytes
        bytes += payload
        return bytes
    }
}

/// Events that wait for a listener, oldest first: at most `limit`, and `EventLimits.poolBytes` of payload.
struct EventBuffer: Sendable {
    let limit: Int
    private(set) var bytes = 0
    private var events: [PooledEvent] = []
    /// Events before this one are gone.
    private var start = 0

    private static let gone = PooledEvent(type: .stopped, payload: [], serial: 0, poolSerial: 0)

    init(limit: Int) {
        self.limit = max(limit, 1)
    }

    var count: Int { events.count - start }
    var first: PooledEvent? { start < events.count ? events[start] : nil }

    /// True if one more event, with this many bytes, would replace the oldest.
    func overflows(by bytes: Int) -> Bool {
        count >= limit || (count > 0 && self.bytes + bytes > EventLimits.poolBytes)
    }

    mutating func append(_ event: PooledEvent) {
        events.append(event)
        bytes += event.payload.count
    }

    /// Inserts it before all others, since it is older.
    mutating func putBack(_ event: PooledEvent) {
        bytes += event.payload.count
        if start > 0 {
            start -= 1
            events[start] = event
        } else {
            events.insert(event, at: 0)
        }
    }

    mutating func removeFirst() -> PooledEvent? {
        guard let event = first else { return nil }
        bytes -= event.payload.count
        events[start] = Self.gone
        start += 1
        if start >= 64 || start == events.count {
            events.removeFirst(start)
            start = 0
        }
        return event
    }
}
