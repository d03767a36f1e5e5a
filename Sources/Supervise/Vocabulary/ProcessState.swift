/// The states of a supervised process, with supervisord's numbers.
///
/// - Source: "Process States" in supervisord's subprocess documentation.
public enum ProcessState: Int, CaseIterable, Equatable, Sendable {
    case stopped = 0
    case starting = 10
    case running = 20
    case backoff = 30
    case stopping = 40
    case exited = 100
    case fatal = 200
    case unknown = 1000

    /// The name that RPC, events and `status` show.
    public var name: String {
        switch self {
        case .stopped: "STOPPED"
        case .starting: "STARTING"
        case .running: "RUNNING"
        case .backoff: "BACKOFF"
        case .stopping: "STOPPING"
        case .exited: "EXITED"
        case .fatal: "FATAL"
        case .unknown: "UNKNOWN"
        }
    }

    /// The state of that name, as `name` writes it.
    public init?(named name: String) {
        for state in Self.allCases where state.name == name {
            self = state
            return
        }
        return nil
    }

    /// Nothing runs and nothing is about to: a group of such processes can be removed.
    public var isStopped: Bool {
        switch self {
        case .stopped, .exited, .fatal, .unknown: true
        case .starting, .running, .backoff, .stopping: false
        }
    }

    /// `start` answers ALREADY_STARTED and `stop` works.
    public var isRunning: Bool {
        switch self {
        case .starting, .running, .backoff: true
        case .stopped, .stopping, .exited, .fatal, .unknown: false
        }
    }

    /// `signal` works.
    public var isSignallable: Bool {
        switch self {
        case .starting, .running, .stopping: true
        case .stopped, .backoff, .exited, .fatal, .unknown: false
        }
    }
}

/// The states of the supervisor itself, with supervisord's numbers.
public enum SupervisorState: Int, Equatable, Sendable {
    case fatal = 2
    case running = 1
    case restarting = 0
    case shutdown = -1

    public var name: String {
        switch self {
        case .fatal: "FATAL"
        case .running: "RUNNING"
        case .restarting: "RESTARTING"
        case .shutdown: "SHUTDOWN"
        }
    }
}
