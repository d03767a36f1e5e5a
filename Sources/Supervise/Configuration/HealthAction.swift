/// What follows when a program becomes unhealthy: `healthcheck_action=`.
public enum HealthAction: CaseIterable, Equatable, Sendable {
    /// It is logged and shown.
    case none
    /// It is ended, which counts as a failed start, and started again after a pause.
    case restart
    /// It is stopped.
    case stop
    /// Everything ends, with exit code 1.
    case shutdown

    /// As it is written.
    public var word: StaticString {
        switch self {
        case .none: "none"
        case .restart: "restart"
        case .stop: "stop"
        case .shutdown: "shutdown"
        }
    }

    static func read(_ text: Text) throws(Complaint) -> HealthAction {
        let word = text.lowercased
        var words: [Text] = []
        for action in allCases {
            if word.is(action.word) { return action }
            words.append(Text(stringLiteral: action.word))
        }
        throw Complaint(
            .joined("not a valid healthcheck_action value: ", text.quoted),
            Suggestion.closest(to: word, among: words).map { "Did you mean \($0.string)?" }
                ?? "Write none, restart, stop or shutdown.")
    }
}
