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
            tree = Array(sampler.tree(of: pid).dropFirst())
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
    private static func ending(_ info: Value) -> OutputText? {
        guard let exit = info["last_exit"], let now = info["now"]?.int else { return nil }
        let signal = exit["signal"]?.bytes ?? []
        let how: OutputText = signal.isEmpty ? "exit \(exit["code"]?.int ?? 0)" : "\(signal)"
        return "\(how), \(Readable.seconds(now - (exit["time"]?.int ?? now))) ago"
    }

    private static func lastProblem(_ info: Value) -> [UInt8]? {
        guard let check = info["health_checks"]?.array?.last, let problem = check["problem"]?.bytes, !problem.isEmpty
        else { return nil }
        return problem
    }
}
