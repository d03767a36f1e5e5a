import Supervise

// Suggestions on stderr, after the error message. Under the name supervisorctl there are none.

extension Session {
    /// For a program or a group that doesn't exist.
    func suggestProgram(for word: [UInt8]) {
        guard !isSupervisorctl, let known = try? programs() else { return }
        if let close = Self.closest(to: word, among: known) { note("did you mean \(close)?") }
    }

    /// The name that a word stands for, or the closest one.
    private static func closest(to word: [UInt8], among programs: [(group: [UInt8], process: [UInt8])]) -> OutputText? {
        let name = Namespec(word)
        // Not wrong, but not complete: a group of several, or the process of a group.
        if let process = name.process, name.group == process {
            if programs.contains(where: { $0.group == word }) { return "\(word):*" }
            for program in programs where program.process == word {
                return Namespec.shown(group: program.group, process: program.process)
            }
        }
        var candidates: [[UInt8]] = []
        for program in programs {
            let shown = Namespec.shown(group: program.group, process: program.process).bytes
            candidates.append(name.process == nil ? OutputText("\(program.group):*").bytes : shown)
        }
        if let close = Suggestion.closest(to: word, among: candidates) { return OutputText(close) }
        // A process whose group was left out, or a group with all of its processes.
        guard name.process != nil else { return nil }
        candidates = []
        for program in programs { candidates.append(program.process) }
        if let close = Suggestion.closest(to: name.process ?? word, among: candidates) {
            for program in programs where program.process == close {
                return Namespec.shown(group: program.group, process: program.process)
            }
        }
        candidates = []
        for program in programs { candidates.append(program.group) }
        return Suggestion.closest(to: word, among: candidates).map { "\($0):*" }
    }

    /// For a group that doesn't exist, if only groups may be named.
    func suggestGroup(for word: [UInt8], among groups: [[UInt8]]? = nil) {
        guard !isSupervisorctl else { return }
        var candidates = groups ?? []
        if groups == nil, let known = try? programs() { candidates = known.map { $0.group } }
        if let close = Suggestion.closest(to: word, among: candidates) { note("did you mean \(close)?") }
    }

    /// `; did you mean x?`, to append to a sentence; empty if no name is close.
    func hint(for word: [UInt8], among candidates: [[UInt8]]) -> OutputText {
        guard !isSupervisorctl else { return "" }
        return Self.hint(for: word, among: candidates)
    }

    static func hint(for word: [UInt8], among candidates: [[UInt8]]) -> OutputText {
        Suggestion.closest(to: word, among: candidates).map { "; did you mean \($0)?" } ?? ""
    }

    /// Whether a word is meant to be an action with a dash: `reload-progam`, which supervisorctl would read as `reload` with an
    /// argument.
    func isMisspelt(_ word: [UInt8]) -> Bool {
        guard !isSupervisorctl, word.contains(UInt8(ascii: "-")) else { return false }
        var names: [[UInt8]] = []
        for action in actions { names.append(OutputText("\(action.name)").bytes) }
        return Suggestion.closest(to: word, among: names.filter { $0.contains(UInt8(ascii: "-")) }) != nil
    }

    /// For an action that doesn't exist.
    func unknownAction(_ word: [UInt8], in line: [UInt8]) -> OutputText {
        if isSupervisorctl { return "*** Unknown syntax: \(line)" }
        var names: [[UInt8]] = []
        for action in actions { names.append(OutputText("\(action.name)").bytes) }
        names.append(OutputText("help").bytes)
        // The parser may end a name at a character in it: `re-read`.
        let first = OutputText.words(line).first ?? word
        let hint = hint(for: first, among: names)
        return "Error: unknown action \(first)\(hint.bytes.isEmpty ? "; help lists them" : hint)"
    }
}

extension Session {
    /// The names of an action with one option, and whether that was given.
    func names(
        _ words: [[UInt8]], of action: StaticString, option: StaticString
    ) -> (names: [[UInt8]], isGiven: Bool)? {
        arguments(words, of: action, options: [.init("", option)]).map { ($0.names, $0.has(option)) }
    }

    func names(_ words: [[UInt8]], of action: StaticString, options: [Arguments.Option] = []) -> [[UInt8]]? {
        arguments(words, of: action, options: options)?.names
    }

    /// Reports options that the action doesn't have: a usage error.
    ///
    /// - Returns: nil after the error. Under the name supervisorctl, which knows no options of actions, all words are names.
    func arguments(
        _ words: [[UInt8]], of action: StaticString, options: [Arguments.Option]
    ) -> Arguments? {
        guard !isSupervisorctl else { return Arguments(names: words) }
        do throws(Arguments.UsageError) {
            return try Arguments(words, options)
        } catch {
            mistake(error.sentence, in: action, status: ExitCode.invalidArguments)
            return nil
        }
    }
}
