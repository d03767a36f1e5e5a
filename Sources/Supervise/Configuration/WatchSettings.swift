/// What follows a change of the files that a program watches: `watch_action=`.
public enum WatchAction: CaseIterable, Equatable, Sendable {
    /// It reads its configuration again.
    case reload
    /// It is stopped and started.
    case restart

    /// As it is written.
    public var word: StaticString {
        switch self {
        case .reload: "reload"
        case .restart: "restart"
        }
    }
}

/// Files that a program reads: its `watch` keys.
public struct WatchSettings: Equatable, Sendable {
    /// Absolute, each with `-` in front if it may be missing.
    public let paths: [String]
    public let action: WatchAction
    /// Milliseconds without a further change after which the action follows.
    public let debounce: Int

    /// nil: it watches nothing.
    init?(_ values: KeyValues, canReload: Bool) {
        guard let paths = values.texts(.watch), !paths.isEmpty else { return nil }
        self.paths = paths
        let word = values.text(.watchAction)
        action =
            WatchAction.allCases.first { Text(stringLiteral: $0.word).string == word }
            ?? (canReload ? .reload : .restart)
        debounce = values.decimal(.watchDebounce) ?? 300
    }
}
