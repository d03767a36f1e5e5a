import Kernel
import Supervise

/// What has happened to programs since a page was opened first. Belongs to the loop, and ends with the gateway.
final class Chronicle {
    struct Entry: Equatable {
        /// When the gateway heard of it, in seconds since 1970.
        let time: Int
        /// As commands take it; empty: the supervisor itself, or a group.
        let program: String
        let text: String
        var mood = PageProgram.Attention.resting
    }

    /// The types that it hears; the page's script asks for the same ones, and so shares the stream.
    static let types = "PROCESS_STATE,PROCESS_GROUP,SUPERVISOR_STATE_CHANGE,REEVE_HEALTH,REEVE_SUBSTATE"
    /// Entries that are kept, about 100 bytes each.
    static let most = 500

    private let events: EventStreams
    private var isListening = false
    /// The latest last.
    private(set) var entries: [Entry] = []
    /// Seconds since 1970; nil: no page was opened yet.
    private(set) var began: Int?

    init(events: EventStreams) {
        self.events = events
    }

    /// A page is open: from now on it listens.
    func begin() {
        guard !isListening, let types = EventStreams.types(Self.types.split(separator: ",").map(String.init))
        else { return }
        if began == nil { began = Self.now }
        isListening = true
        _ = events.subscribe(
            types, opened: { [self] in if $0 != nil { isListening = false } }, took: { [self] in hear($0) },
            ended: { [self] in
                isListening = false
                add(Entry(time: Self.now, program: "", text: "some events were lost: there were too many at once"))
            })
    }

    private static var now: Int { Int(SystemClock.realtime / 1_000_000_000) }

    private func add(_ entry: Entry) {
        if entries.count >= Self.most { entries.removeFirst(Self.most / 4) }
        entries.append(entry)
    }

    private func hear(_ event: SupervisorEvent) {
        guard let type = EventType.allCases.first(where: { $0.name.description == event.name }) else { return }
        let fields = JSON.object(event.fields)
        func field(_ name: String) -> String {
            if case .string(let text)? = fields[name] { return text }
            return ""
        }
        let group = field("groupname")
        let program = Namespec.text(group: group, process: field("processname"))
        guard let (text, mood) = Self.words(type, group, field("data"), expected: fields["expected"] == .bool(true))
        else { return }
        let isAboutOne = fields["processname"] != nil
        add(Entry(time: Self.now, program: isAboutOne ? program : "", text: text, mood: mood))
    }

    /// nil: not worth a line.
    private static func words(
        _ type: EventType, _ group: String, _ remark: String, expected: Bool
    ) -> (String, PageProgram.Attention)? {
        switch type {
        case .starting: ("is starting", .moving)
        case .running: ("is running", .well)
        case .backoff: ("failed to start, and will be tried again", .ill)
        case .stopping: ("is stopping", .moving)
        case .exited: expected ? ("has exited", .resting) : ("has exited unexpectedly", .ill)
        case .stopped: ("has stopped", .resting)
        case .fatal: ("could not be started", .ill)
        case .unknown: ("is in an unknown state", .ill)
        case .checking: ("is being checked", .moving)
        case .healthy: ("is healthy", .well)
        case .unhealthy: (remark.isEmpty ? "is unhealthy" : "is unhealthy: \(remark)", .ill)
        case .waiting: ("waits for \(remark)", .moving)
        case .completed: ("has completed", .well)
        case .skipped: ("is skipped: its start_condition doesn’t hold", .resting)
        case .disabled: ("is disabled", .resting)
        case .groupAdded: ("group \(group) was added", .resting)
        case .groupRemoved: ("group \(group) was removed", .resting)
        case .supervisorRunning: ("the supervisor is running", .well)
        case .supervisorStopping: ("the supervisor is shutting down", .moving)
        case .communicationStdout, .communicationStderr, .logStdout, .logStderr, .remoteCommunication, .tick5, .tick60,
            .tick3600, .ready, .notReady:
            nil
        }
    }
}
