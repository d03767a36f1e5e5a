/// One entry of `depends_on`: whom a program waits for before it starts, and for what.
///
/// - Source: the conditions are those of Compose and process-compose; `ready` is the default.
public struct Dependency: Equatable, Sendable {
    public enum Condition: UInt8, CaseIterable, Equatable, Sendable {
        /// It has been executed.
        case started
        /// It is RUNNING, and, if it has a health check instead of `notify`, a check has succeeded.
        case ready
        /// It is RUNNING, and its health check succeeds.
        case healthy
        /// It EXITED with one of its `exitcodes`, and stays so.
        case completed
        /// It EXITED with any code, and stays so.
        case exited

        public var name: StaticString {
            switch self {
            case .started: "started"
            case .ready: "ready"
            case .healthy: "healthy"
            case .completed: "completed"
            case .exited: "exited"
            }
        }

        /// What a waiting program waits for: `db to be ready`.
        var expectation: StaticString {
            switch self {
            case .started: "to be started"
            case .ready: "to be ready"
            case .healthy: "to be healthy"
            case .completed: "to complete"
            case .exited: "to exit"
            }
        }

        /// The condition can only be met by a process that stays down.
        var isAboutTheEnd: Bool {
            switch self {
            case .started, .ready, .healthy: false
            case .completed, .exited: true
            }
        }

        init?(_ word: Text) {
            for condition in Self.allCases where word.is(condition.name) {
                self = condition
                return
            }
            return nil
        }
    }

    public struct Flags: OptionSet, Equatable, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A dependency that can't meet the condition any more is not waited for.
        public static let optional = Flags(rawValue: 1)
        /// When the dependency goes down, the program is restarted: stopped first, and started when the condition holds
        /// again.
        public static let restart = Flags(rawValue: 2)
    }

    public let group: String
    /// nil: all processes of the group.
    public let process: String?
    public let condition: Condition
    public let flags: Flags

    public init(_ group: String, _ process: String?, _ condition: Condition = .ready, _ flags: Flags = []) {
        self.group = group
        self.process = process
        self.condition = condition
        self.flags = flags
    }

    /// As it may be written.
    public var text: String {
        var text = process.map { Namespec.text(group: group, process: $0) } ?? group
        text += ":\(condition.name)"
        if flags.contains(.optional) { text += ":optional" }
        if flags.contains(.restart) { text += ":restart" }
        return text
    }
}

/// `NAME[:CONDITION][:FLAG...]`, with a name that nobody has looked up yet.
struct WrittenDependency: Equatable {
    /// `web`, `group`, `group:process` or `group:*`.
    var name: Text
    var condition = Dependency.Condition.ready
    var flags: Dependency.Flags = []

    /// Words are taken from the end: what remains is the name, which may have a colon.
    init(_ text: Text) throws(Complaint) {
        var parts = text.split(by: ASCII.colon)
        for index in parts.indices { parts[index] = parts[index].stripped }
        var hasCondition = false
        while parts.count > 1, let word = parts.last {
            if word.is("optional") {
                flags.insert(.optional)
            } else if word.is("restart") {
                flags.insert(.restart)
            } else if !hasCondition, let condition = Dependency.Condition(word) {
                self.condition = condition
                hasCondition = true
            } else {
                break
            }
            parts.removeLast()
        }
        name = parts[0]
        guard let last = parts.last, !name.isEmpty, !last.isEmpty else {
            throw Complaint(
                .joined("Invalid depends_on value ", text.quoted, ": a name is missing"), Self.advice)
        }
        if parts.count == 2 { name = .joined(name, ":", last) }
        guard parts.count > 2 else { return }
        throw Complaint(
            .joined("Invalid depends_on value ", text.quoted, ": ", last.quoted, " is neither a condition nor a flag"),
            Self.closestWord(to: last).map { "Did you mean \($0)?" } ?? Self.advice)
    }

    /// A condition or flag that was probably meant.
    static func closestWord(to word: Text) -> String? {
        var words: [Text] = ["optional", "restart"]
        for condition in Dependency.Condition.allCases { words.append(Text(stringLiteral: condition.name)) }
        return Suggestion.closest(to: word, among: words)?.string
    }

    private static let advice =
        """
        Write the name of a program or group, and after it, if you want, :started, :ready, :healthy, :completed or \
        :exited, and then :optional or :restart.
        """
}
