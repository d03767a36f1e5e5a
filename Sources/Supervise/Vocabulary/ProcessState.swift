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

    /// How it is about a process in this state, for whoever paints it.
    public enum Mood: Equatable, Sendable {
        /// As it should be.
        case well
        /// On its way.
        case moving
        /// On its way for the second time or more.
        case failing
        /// Somebody has to look at it.
        case ill
        /// At rest.
        case resting
    }

    /// All that is known of a state but its number.
    private struct Row {
        var name: StaticString
        var word: StaticString
        var mood: Mood
        var isStopped = false
        var isRunning = false
        var isSignallable = false
    }

    private var row: Row {
        switch self {
        case .stopped: Row(name: "STOPPED", word: "stopped", mood: .resting, isStopped: true)
        case .starting: Row(name: "STARTING", word: "starting", mood: .moving, isRunning: true, isSignallable: true)
        case .running: Row(name: "RUNNING", word: "running", mood: .well, isRunning: true, isSignallable: true)
        case .backoff: Row(name: "BACKOFF", word: "retrying", mood: .failing, isRunning: true)
        case .stopping: Row(name: "STOPPING", word: "stopping", mood: .moving, isSignallable: true)
        case .exited: Row(name: "EXITED", word: "exited", mood: .resting, isStopped: true)
        case .fatal: Row(name: "FATAL", word: "failed", mood: .ill, isStopped: true)
        case .unknown: Row(name: "UNKNOWN", word: "unknown", mood: .ill, isStopped: true)
        }
    }

    /// The name that RPC, events and `status` show.
    public var name: String { row.name.description }

    /// As people say it: what the web page shows.
    public var word: String { row.word.description }

    public var mood: Mood { row.mood }

    /// Nothing runs and nothing is about to: a group of such processes can be removed.
    public var isStopped: Bool { row.isStopped }

    /// `start` answers ALREADY_STARTED and `stop` works.
    public var isRunning: Bool { row.isRunning }

    /// `signal` works.
    public var isSignallable: Bool { row.isSignallable }

    /// The state of that name, as `name` writes it.
    public init?(named name: String) {
        for state in Self.allCases where state.name == name {
            self = state
            return
        }
        return nil
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
