import Kernel
import Supervise

extension TopProgram {
    /// - Parameter info: as the supervisor tells it.
    init(_ info: Value, _ sampler: TopSampler) throws(CtlError) {
        let state = ProcessState(rawValue: try info.int("state"))
        let awaited = info["waiting_for"]?.bytes
        let substate = info["substate"]?.bytes
        let word = try info.bytes("statename")
        self.init(
            name: try info.processName.bytes, state: state, word: awaited != nil ? "WAITING".bytes : substate ?? word)
        pid = try info.int("pid")
        restarts = info["restarts"]?.int ?? 0
        isUnstable = info["unstable"]?.bool ?? false
        let health = info["health"]?.bytes ?? []
        readiness = Self.readiness(state, health, substate)
        if pid != 0 {
            uptime = max(0, try info.int("now") - (try info.int("start")))
            let usage = sampler.usage(of: pid)
            (cpu, memory) = (usage?.cpu, usage?.memory)
            history = sampler.history(of: pid)
            tree = sampler.tree(of: pid)
        }
        let description = try info.bytes("description")
        if let awaited {
            last = "for ".bytes + awaited
        } else if pid == 0 {
            isAlarming = state?.mood == .ill || state?.mood == .failing
            reason = isAlarming ? Self.ending(info)?.bytes ?? [] : []
            wantsLine = !reason.isEmpty
            last = wantsLine ? reason + ": ".bytes + description : description
        } else if health.equals("unhealthy") {
            last = "unhealthy".bytes + (Self.lastProblem(info).map { ": ".bytes + $0 } ?? [])
            isAlarming = true
        } else {
            last = info["status_text"]?.bytes ?? []
            wantsLine = last.isEmpty
        }
    }

    var isWaiting: Bool { word.equals("WAITING") }

    private static func readiness(_ state: ProcessState?, _ health: [UInt8], _ substate: [UInt8]?) -> ReadyMark {
        switch state {
        case .running: health.isEmpty || health.equals("healthy") ? .yes : .no
        case .exited: substate?.equals("COMPLETED") ?? false ? .yes : .unknown
        case .starting, .backoff, .fatal, .unknown: .no
        case .stopping, .stopped, nil: .unknown
        }
    }

    /// `exit 1, 3s ago`; nil before the first exit.
    static func ending(_ info: Value) -> OutputText? {
        guard let exit = info["last_exit"], let now = info["now"]?.int else { return nil }
        let signal = exit["signal"]?.bytes ?? []
        let how: OutputText = signal.isEmpty ? "exit \(exit["code"]?.int ?? 0)" : "SIG\(signal)"
        return "\(how), \(Readable.seconds(now - (exit["time"]?.int ?? now))) ago"
    }

    static func lastProblem(_ info: Value) -> [UInt8]? {
        guard let check = info["health_checks"]?.array?.last, let problem = check["problem"]?.bytes, !problem.isEmpty
        else { return nil }
        return problem
    }
}

/// What is known about one program.
enum TopDetails {
    static func lines(_ info: Value, _ program: TopProgram, _ sampler: TopSampler) -> [ScreenLine] {
        var lines: [ScreenLine] = []
        func row(_ title: StaticString, _ text: OutputText, isAlarming: Bool = false) {
            var line = ScreenLine()
            line.column(OutputText("\(title)").bytes, 10, .grey)
            line.add(text.bytes, isAlarming ? .red : .plain)
            lines.append(line)
        }
        let description = info["description"]?.bytes ?? []
        row("state", "\(program.word), \(program.isWaiting ? program.last : description)")
        if let text = info["status_text"]?.bytes, !text.isEmpty { row("says", OutputText(text)) }
        if let ending = TopProgram.ending(info) { row("last exit", ending) }
        row("restarts", "\(program.restarts)\(program.isUnstable ? ", several in the last minutes" : "")")
        if let health = info["health"]?.bytes {
            row("health", OutputText(health), isAlarming: health.equals("unhealthy"))
            for check in info["health_checks"]?.array ?? [] {
                let isGood = check["success"]?.bool ?? false
                let ago = Readable.seconds((info["now"]?.int ?? 0) - (check["time"]?.int ?? 0))
                let what = isGood ? "success".bytes : check["problem"]?.bytes ?? []
                row("", "\(ago) ago: \(what)", isAlarming: !isGood)
            }
        }
        for (title, name) in [("stdout", "stdout_logfile"), ("stderr", "stderr_logfile")] as [(StaticString, String)] {
            let path = info[name]?.bytes ?? []
            if !path.isEmpty { row(title, OutputText(path)) }
        }
        // Otherwise its processes aren't visible from here.
        guard program.pid != 0, let memory = program.memory else { return lines }
        row("uses", "\(Readable.percent(program.cpu ?? 0)) % of a processor, \(Readable.bytes(memory)) resident")
        if let process = ProcessStat(of: program.pid) { row("processes", "\(program.pid) \(process.commandLine)") }
        for branch in program.tree {
            let indent = [UInt8](repeating: UInt8(ascii: " "), count: min(2 * branch.depth, 20))
            row("", "\(indent)\(branch.pid) \(branch.command)  \(Readable.bytes(branch.memory))")
        }
        return lines
    }
}
