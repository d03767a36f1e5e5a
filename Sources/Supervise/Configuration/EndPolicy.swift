/// What the end of a program means: `on_success=`, `on_failure=` and `on_fatal=`.
public enum EndPolicy: CaseIterable, Equatable, Sendable {
    /// The container lives on; `autorestart` decides about the program.
    case restart
    /// The container lives on, and the program stays as it is.
    case ignore
    /// The container ends with the program's exit code.
    case shutdown
    /// The container ends with exit code 0.
    case shutdownSuccess
    /// The container ends with exit code 1.
    case shutdownFailure

    public var endsContainer: Bool {
        switch self {
        case .restart, .ignore: false
        case .shutdown, .shutdownSuccess, .shutdownFailure: true
        }
    }

    /// As it is written.
    public var word: StaticString {
        switch self {
        case .restart: "restart"
        case .ignore: "ignore"
        case .shutdown: "shutdown"
        case .shutdownSuccess: "shutdown-success"
        case .shutdownFailure: "shutdown-failure"
        }
    }
}

extension Conversion {
    static func endPolicy(_ text: Text, _ name: StaticString) throws(Complaint) -> EndPolicy {
        let word = text.lowercased
        var words: [Text] = []
        for policy in EndPolicy.allCases {
            if word.is(policy.word) { return policy }
            words.append(Text(stringLiteral: policy.word))
        }
        // Pebble's names.
        let meant: Text? =
            word.is("success-shutdown") ? "shutdown-success" : word.is("failure-shutdown") ? "shutdown-failure" : nil
        let close = meant ?? Suggestion.closest(to: word, among: words)
        throw Complaint(
            .joined("not a valid ", Text(stringLiteral: name), " value: ", text.quoted),
            close.map { "Did you mean \($0.string)?" }
                ?? "Write restart, ignore, shutdown, shutdown-success or shutdown-failure.")
    }
}
