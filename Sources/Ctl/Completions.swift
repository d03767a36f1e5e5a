import Supervise

extension Session {
    /// What Tab offers for a line, by supervisorctl's rules: actions for the first word and after `help`, groups or
    /// programs after an action that takes them.
    ///
    /// - Parameter word: the text before the cursor; every completion begins with it.
    /// - Returns: sorted, without duplicates, each with the space that follows it.
    func completions(of line: [UInt8], word: [UInt8]) throws(CtlError) -> [[UInt8]] {
        var offered: [[UInt8]] = []
        let words = OutputText.words(line)
        let isFirst = words.isEmpty || words.count == 1 && line.last != UInt8(ascii: " ")
        if isFirst || words[0].equals("help") {
            for action in actions { offered.append(OutputText("\(action.name)").bytes) }
            offered.append(OutputText("help").bytes)
        } else if let action = action(named: words[0]) {
            switch action.subject {
            case .nothing: break
            case .groups:
                for (group, _) in try programs() { offered.append(group) }
            case .programs:
                for (group, process) in try programs() {
                    if word.contains(UInt8(ascii: ":")) || group != process {
                        offered.append(OutputText("\(group):\(process)").bytes)
                        offered.append(OutputText("\(group):*").bytes)
                    } else {
                        offered.append(process)
                    }
                }
            }
        }
        var matches: [[UInt8]] = []
        for name in offered where name.starts(with: word) { matches.append(name + [UInt8(ascii: " ")]) }
        matches.sort { $0.precedes($1) }
        var last: [UInt8]?
        matches.removeAll { match in
            defer { last = match }
            return match == last
        }
        return matches
    }

    /// Names of groups and processes; requested once per line.
    func programs() throws(CtlError) -> [(group: [UInt8], process: [UInt8])] {
        if let known = knownPrograms { return known }
        var programs: [(group: [UInt8], process: [UInt8])] = []
        for info in try list("supervisor.getAllProcessInfo") {
            programs.append((try info.bytes("group"), try info.bytes("name")))
        }
        knownPrograms = programs
        return programs
    }
}
