// Which commands of `[hook:x]` run, and which events wait for their turn.

/// An event for one hook.
public struct EventHookCall: Equatable, Sendable {
    public let hook: EventHookSettings
    public let type: EventType
    /// The beginning of the event's data, up to a NUL, which would end a variable.
    public let data: [UInt8]

    /// The most bytes of an event's data.
    static let mostData = 4096

    /// What follows a key in the first line of the data; empty if it isn't there.
    public func word(_ key: String) -> [UInt8] {
        var start = 0
        while start < data.count, data[start] != ASCII.newline {
            let end = data[start...].firstIndex { $0 == ASCII.space || $0 == ASCII.newline } ?? data.count
            let word = data[start..<end]
            if word.starts(with: key.utf8) { return Array(word.dropFirst(key.utf8.count)) }
            start = end < data.count && data[end] == ASCII.space ? end + 1 : end
        }
        return []
    }
}

public struct EventHookQueue: Equatable, Sendable {
    public enum Event: Equatable, Sendable {
        case published(EventType, payload: [UInt8])
        /// The command of a `.start` has ended, or was not started.
        case ended
        /// The hooks of another configuration. Those that are gone are forgotten with the events that wait for them.
        case updated([EventHookSettings])
        /// No further command may start.
        case closed
    }

    public enum Action: Equatable, Sendable {
        case start(EventHookCall)
        /// An event of this hook is dropped: the first since the queue was empty.
        case dropped(hook: String)
    }

    /// The most that run at a time; events wait, and the newest are dropped at the limit.
    static let most = 4
    public static let mostWaiting = 64

    public private(set) var hooks: [EventHookSettings]
    /// What any of them wants.
    public private(set) var types = EventTypes()
    private var waiting: [EventHookCall] = []
    private var running = 0
    private var hasDropped = false

    public init(_ hooks: [EventHookSettings] = []) {
        self.hooks = hooks
        for hook in hooks { types.formUnion(hook.types) }
    }

    /// A command runs, or waits for its turn.
    public var isBusy: Bool { running > 0 || !waiting.isEmpty }

    public mutating func handle(_ event: Event, into actions: inout [Action]) {
        switch event {
        case .published(let type, let payload):
            guard types.contains(type) else { return }
            for hook in hooks where hook.types.contains(type) { append(hook, type, payload, &actions) }
        case .ended: running -= 1
        case .updated(let hooks): update(hooks)
        case .closed:
            hooks = []
            types = EventTypes()
            waiting = []
        }
        while running < Self.most, !waiting.isEmpty {
            running += 1
            actions.append(.start(waiting.removeFirst()))
        }
        if waiting.isEmpty { hasDropped = false }
    }

    private mutating func append(
        _ hook: EventHookSettings, _ type: EventType, _ payload: [UInt8], _ actions: inout [Action]
    ) {
        guard waiting.count < Self.mostWaiting else {
            if !hasDropped { actions.append(.dropped(hook: hook.name)) }
            hasDropped = true
            return
        }
        let data = payload.prefix(EventHookCall.mostData).prefix { $0 != 0 }
        waiting.append(EventHookCall(hook: hook, type: type, data: Array(data)))
    }

    private mutating func update(_ new: [EventHookSettings]) {
        var queue = EventHookQueue(new)
        for call in waiting {
            guard let hook = new.first(where: { $0.name == call.hook.name }) else { continue }
            queue.waiting.append(EventHookCall(hook: hook, type: call.type, data: call.data))
        }
        queue.running = running
        queue.hasDropped = hasDropped
        self = queue
    }

    /// What an update to these would change; names of sections.
    public func difference(to new: [EventHookSettings]) -> Difference {
        var difference = Difference()
        for hook in new {
            guard let old = hooks.first(where: { $0.name == hook.name }) else {
                difference.added.append("hook:\(hook.name)")
                continue
            }
            if old != hook { difference.changed.append("hook:\(hook.name)") }
        }
        for hook in hooks where !new.contains(where: { $0.name == hook.name }) {
            difference.removed.append("hook:\(hook.name)")
        }
        return difference
    }
}
