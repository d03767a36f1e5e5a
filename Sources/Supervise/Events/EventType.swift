/// The types of events that occur; the abstract ones above them are only names to subscribe to.
///
/// - Source: "Event Types" in supervisord's documentation.
public enum EventType: UInt8, CaseIterable, Equatable, Sendable {
    case stopped, exited, starting, stopping, backoff, fatal, running, unknown
    case communicationStdout, communicationStderr
    case logStdout, logStderr
    case remoteCommunication
    case supervisorRunning, supervisorStopping
    case tick5, tick60, tick3600
    case groupAdded, groupRemoved
    // Reeve's own. `checking`: health is `starting`.
    case checking, healthy, unhealthy
    case ready, notReady
    case waiting, completed, skipped, disabled

    /// supervisord doesn't have it.
    var isOurs: Bool { rawValue >= EventType.checking.rawValue }

    /// The `eventname:` of the header.
    public var name: StaticString {
        switch self {
        case .stopped: "PROCESS_STATE_STOPPED"
        case .exited: "PROCESS_STATE_EXITED"
        case .starting: "PROCESS_STATE_STARTING"
        case .stopping: "PROCESS_STATE_STOPPING"
        case .backoff: "PROCESS_STATE_BACKOFF"
        case .fatal: "PROCESS_STATE_FATAL"
        case .running: "PROCESS_STATE_RUNNING"
        case .unknown: "PROCESS_STATE_UNKNOWN"
        case .communicationStdout: "PROCESS_COMMUNICATION_STDOUT"
        case .communicationStderr: "PROCESS_COMMUNICATION_STDERR"
        case .logStdout: "PROCESS_LOG_STDOUT"
        case .logStderr: "PROCESS_LOG_STDERR"
        case .remoteCommunication: "REMOTE_COMMUNICATION"
        case .supervisorRunning: "SUPERVISOR_STATE_CHANGE_RUNNING"
        case .supervisorStopping: "SUPERVISOR_STATE_CHANGE_STOPPING"
        case .tick5: "TICK_5"
        case .tick60: "TICK_60"
        case .tick3600: "TICK_3600"
        case .groupAdded: "PROCESS_GROUP_ADDED"
        case .groupRemoved: "PROCESS_GROUP_REMOVED"
        case .checking: "REEVE_HEALTH_STARTING"
        case .healthy: "REEVE_HEALTH_HEALTHY"
        case .unhealthy: "REEVE_HEALTH_UNHEALTHY"
        case .ready: "REEVE_READINESS_READY"
        case .notReady: "REEVE_READINESS_NOT_READY"
        case .waiting: "REEVE_SUBSTATE_WAITING"
        case .completed: "REEVE_SUBSTATE_COMPLETED"
        case .skipped: "REEVE_SUBSTATE_SKIPPED"
        case .disabled: "REEVE_SUBSTATE_DISABLED"
        }
    }

    public init(_ state: ProcessState) {
        switch state {
        case .stopped: self = .stopped
        case .exited: self = .exited
        case .starting: self = .starting
        case .stopping: self = .stopping
        case .backoff: self = .backoff
        case .fatal: self = .fatal
        case .running: self = .running
        case .unknown: self = .unknown
        }
    }

    /// Names that subscribe to all types below them.
    public static let families: [StaticString] = [
        "EVENT", "PROCESS_STATE", "PROCESS_COMMUNICATION", "PROCESS_LOG", "PROCESS_GROUP", "SUPERVISOR_STATE_CHANGE",
        "TICK", "REEVE", "REEVE_HEALTH", "REEVE_READINESS", "REEVE_SUBSTATE",
    ]

    /// Every name that a subscription may contain.
    public static var subscriptions: [StaticString] {
        var names = families
        for type in allCases { names.append(type.name) }
        return names
    }

    /// True if a subscriber of `subscription` gets this type: the hierarchy is in the names. EVENT is above all of
    /// supervisord's, since its listeners know no others; PROCESS_STATE is above PROCESS_STATE_EXITED.
    public func isBelow(_ subscription: String) -> Bool {
        if subscription == "EVENT" { return !isOurs }
        let (name, subscription) = (name.description.bytes, subscription.bytes)
        guard name.starts(with: subscription) else { return false }
        return name.count == subscription.count || name[subscription.count] == UInt8(ascii: "_")
    }
}

/// A set of subscribed types, one bit each.
public struct EventTypes: Equatable, Sendable {
    private var bits: UInt32 = 0

    public init() {}

    /// - Parameter subscriptions: as in `events=`, abstract types unexpanded. A type that two of them include counts
    ///   once; supervisord delivers such an event twice.
    public init(below subscriptions: [String]) {
        for type in EventType.allCases where subscriptions.contains(where: { type.isBelow($0) }) { insert(type) }
    }

    public var isEmpty: Bool { bits == 0 }

    public func contains(_ type: EventType) -> Bool { bits & (1 << UInt32(type.rawValue)) != 0 }

    public mutating func insert(_ type: EventType) { bits |= 1 << UInt32(type.rawValue) }

    public mutating func formUnion(_ other: EventTypes) { bits |= other.bits }
}
