/// The words that a key may have.
enum WordList: UInt8, Equatable {
    case shutdownMode, updateMode, watchAction

    /// In lower case.
    var words: [Text] {
        switch self {
        case .shutdownMode: ShutdownMode.allCases.map { Text(stringLiteral: $0.word) }
        case .watchAction: WatchAction.allCases.map { Text(stringLiteral: $0.word) }
        case .updateMode: ["program", "group"]
        }
    }
}

extension Conversion {
    static func word(_ text: Text, _ name: StaticString, of list: WordList) throws(Complaint) -> String {
        let word = text.lowercased
        let words = list.words
        if words.contains(word) { return word.string }
        throw Complaint(
            .joined("not a valid ", Text(stringLiteral: name), " value: ", text.quoted),
            Suggestion.closest(to: word, among: words).map { "Did you mean \($0.string)?" }
                ?? "Write \(Text.alternatives(words).string).")
    }
}
