import Kernel
import Supervise

/// What is known about one program, a line for each fact: for `ctl status NAME` and the details of `ctl top`.
struct ProgramDetails {
    private(set) var lines: [ScreenLine] = []
    private let info: Value
    /// Columns of the titles.
    private static let titleWidth = 10

    /// - Parameter info: as `reeve.allProcessInfo` tells it, or supervisord.
    init(_ info: Value) { self.info = info }

    mutating func add(_ title: StaticString, _ text: OutputText, isAlarming: Bool = false) {
        var line = ScreenLine()
        line.column(OutputText("\(title)").bytes, Self.titleWidth, .grey)
        line.add(LogText.plain(text.bytes), isAlarming ? .red : .plain)
        lines.append(line)
    }

    mutating func addState(_ program: TopProgram) {
        let description = info["description"]?.bytes ?? []
        add("state", "\(program.word), \(program.isWaiting ? program.last : description)")
    }

    mutating func addAll(_ program: TopProgram, _ sampler: TopSampler, isUTF8: Bool) {
        if let text = info["status_text"]?.bytes, !text.isEmpty { add("says", OutputText(text)) }
        addLastExit()
        if let restarts = info["restarts"]?.int {
            add(
                "restarts", "\(restarts)\(program.isUnstable ? ", several in the last minutes" : "")",
                isAlarming: program.isUnstable)
        }
        addHealth()
        addProcesses(program, sampler, isUTF8)
    }

    /// Where a stream goes, and its last lines.
    ///
    /// - Parameter lines: nil: there is nothing to be read.
    mutating func addLog(_ channel: StaticString, _ lines: [[UInt8]]? = nil) {
        let path = info["\(channel)_logfile"]?.bytes ?? []
        guard !path.isEmpty || lines.map({ !$0.isEmpty }) ?? false else { return }
        add(channel, path.isEmpty ? "in no file" : OutputText(path))
        let indent = [UInt8](repeating: UInt8(ascii: " "), count: Self.titleWidth + 1)
        for line in lines ?? [] {
            let text = LogText.visible(line, columns: Self.mostColumns, hasColours: false)
            var shown = ScreenLine()
            shown.add(indent)
            shown.add(text, .grey)
            self.lines.append(shown)
        }
    }

    /// Of a line of a log.
    private static let mostColumns = 1000

    private func ago(_ time: Int?) -> String {
        let now = info["now"]?.int ?? 0
        return "\(Readable.seconds(now - (time ?? now))) ago"
    }

    private mutating func addLastExit() {
        guard let exit = info["last_exit"] else { return }
        let ending = ExitWords(code: exit["code"]?.int ?? 0, signal: exit["signal"]?.text ?? "")
        let core = exit["core"]?.bool ?? false ? ", with a core dump" : ""
        add("last exit", "\(ago(exit["time"]?.int)): \(ending.text)\(core)")
    }

    private mutating func addHealth() {
        guard let health = info["health"]?.bytes else { return }
        add("health", OutputText(health), isAlarming: health.equals("unhealthy"))
        for check in info["health_checks"]?.array ?? [] {
            let isGood = check["success"]?.bool ?? false
            let what = isGood ? "success".bytes : check["problem"]?.bytes ?? []
            add("", "\(ago(check["time"]?.int)): \(what)", isAlarming: !isGood)
        }
    }

    private mutating func addProcesses(_ program: TopProgram, _ sampler: TopSampler, _ isUTF8: Bool) {
        // Otherwise its processes aren't visible from here.
        guard program.pid != 0, let memory = program.memory else { return }
        add("uses", "\(Readable.percent(program.cpu ?? 0)) % of a processor, \(Readable.bytes(memory)) resident")
        let tree = sampler.tree(of: program.pid)
        let prefixes = TreeBranches(isUTF8: isUTF8).prefixes(tree.map { $0.depth })
        for (index, branch) in tree.enumerated() {
            let used: OutputText = "\(Readable.percent(branch.cpu ?? 0)) %  \(Readable.bytes(branch.memory))"
            add(index == 0 ? "processes" : "", "\(prefixes[index])\(branch.pid)  \(used)  \(branch.command)")
        }
    }
}

/// How a run ended, for people who don't know what shells mean by numbers.
struct ExitWords {
    let text: OutputText

    /// - Parameters:
    ///   - code: ignored if there is a signal.
    ///   - signal: `SIGTERM`; empty after an exit.
    init(code: Int, signal: String) {
        guard signal.utf8.isEmpty else {
            text = "ended by \(signal)"
            return
        }
        let meaning: String
        switch code {
        case 126: meaning = " (in a shell: the command can't be executed)"
        case 127: meaning = " (in a shell: there is no such command)"
        case 129...159: meaning = " (in a shell: ended by \(Signal(number: Int32(code) - 128).name))"
        default: meaning = ""
        }
        text = "exit code \(code)\(meaning)"
    }
}
