/// The command of `init -c FILE -- COMMAND`: a program beside those of a configuration, with which the container ends.
enum MainProgram {
    /// The last group to start and the first to stop, under a name that no other has.
    static func group(of command: [String], beside groups: [GroupSettings]) -> GroupSettings {
        var names: [Text] = []
        var priority = 999
        for group in groups {
            names.append(Text(group.name))
            priority = max(priority, group.priority)
        }
        let name = CommandPrograms.unique(CommandPrograms.baseName(command.first ?? ""), among: names).string
        let values: KeyValues = [
            .command: .text(text(command)), .startsecs: .int(0), .startretries: .int(0),
            .autorestart: .autoRestart(.never), .stdoutLogfile: .log(.none), .stderrLogfile: .log(.none),
            .onSuccess: .endPolicy(.shutdown), .onFailure: .endPolicy(.shutdown), .onFatal: .endPolicy(.shutdown),
        ]
        // Saturates: a configuration may have any priority.
        return GroupSettings(
            name, priority: priority == .max ? .max : priority + 1,
            processes: [ProcessSettings(name, values, isMain: true)])
    }

    /// As `command=` would have it: `CommandWords.split` makes the same words of it.
    private static func text(_ words: [String]) -> String {
        var text: [UInt8] = []
        for word in words {
            if !text.isEmpty { text.append(ASCII.space) }
            text.append(ASCII.quote)
            for byte in word.bytes {
                // A quote can't stand between single quotes.
                if byte == ASCII.quote {
                    text += [ASCII.quote, ASCII.doubleQuote, ASCII.quote, ASCII.doubleQuote, ASCII.quote]
                } else {
                    text.append(byte)
                }
            }
            text.append(ASCII.quote)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
