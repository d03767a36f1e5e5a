@testable import Supervise

/// The rules about programs that end everything.
extension SimulatedWorld {
    static func addEndings(_ dice: inout Dice, to values: inout KeyValues) {
        for key in [Key.onSuccess, .onFailure, .onFatal] {
            if dice.percent(10) { values[key] = .endPolicy(.ignore) }
            if dice.percent(6) {
                values[key] = .endPolicy(dice.among([.shutdown, .shutdownSuccess, .shutdownFailure]))
            }
        }
        if dice.percent(20) { values[.fatalRetrySecs] = .int(2) }
        if dice.percent(20) { values[.noRestartExitcodes] = .ints([3]) }
    }

    /// Whether this death of a running process must end everything.
    func endsEverything(_ id: ProcessID, _ status: Supervise.ExitStatus) -> Bool {
        guard supervisor.state == .running, supervisor.state(of: id) == .running,
            let settings = supervisor.settings(of: id)
        else { return false }
        return settings.policy(afterExit: settings.exitCodes.contains(status.supervisordCode)).endsContainer
    }

    mutating func explained(_ cause: EndCause) throws {
        if self.cause != nil { throw violation("there are two causes of the end") }
        if isAskedToEnd { throw violation("a program is the cause of an end that was asked for") }
        self.cause = cause
        noteShutdown()
        leaveOrphans()
        if cause.code != code(of: cause) { throw violation("\(cause.code) is the wrong exit code: \(cause.sentence)") }
        switch cause.rule {
        case .policy(let policy):
            guard let culprit = cause.culprit, let settings = supervisor.settings(of: culprit.id) else {
                throw violation("an end without a cause")
            }
            let expected =
                switch culprit.fate {
                case .succeeded: settings.policy(afterExit: true)
                case .failed: settings.policy(afterExit: false)
                case .fatal: settings.fatalPolicy
                case .unhealthy: EndPolicy.ignore
                }
            if policy != expected || !policy.endsContainer { throw violation("an end that nobody wanted") }
            if owners[culprit.id] != nil { throw violation("the cause of the end still runs") }
        case .health:
            guard let culprit = cause.culprit, checkups[culprit.id]?.health == .unhealthy,
                supervisor.settings(of: culprit.id)?.healthCheck?.action == .shutdown
            else { throw violation("an end for the health of a program that is well") }
        case .done:
            if !supervisor.endRules.exitsWhenDone { throw violation("it leaves though nobody wants that") }
            if let id = keepers.first { throw violation("it leaves while slot \(id.slot) has something to do") }
        }
    }

    /// The exit code, by the words of the documentation.
    private func code(of cause: EndCause) -> Int32 {
        if case .policy(.shutdownSuccess) = cause.rule { return 0 }
        if case .policy(.shutdownFailure) = cause.rule { return 1 }
        guard let culprit = cause.culprit else { return 0 }
        var code: Int32
        switch culprit.fate {
        case .succeeded(.exited(let own)): code = own
        case .failed(.exited(let own)), .fatal(.exitedTooQuickly?, .exited(let own)?),
            .fatal(.exitedUnready?, .exited(let own)?), .fatal(.badExitCode?, .exited(let own)?):
            code = own == 0 ? 1 : own
        case .succeeded(.signalled(let signal, _)), .failed(.signalled(let signal, _)),
            .fatal(.exitedTooQuickly?, .signalled(let signal, _)?),
            .fatal(.exitedUnready?, .signalled(let signal, _)?), .fatal(.badExitCode?, .signalled(let signal, _)?):
            code = 128 + signal.number
        case .succeeded(.outOfMemory), .failed(.outOfMemory), .fatal(.exitedTooQuickly?, .outOfMemory?),
            .fatal(.exitedUnready?, .outOfMemory?), .fatal(.badExitCode?, .outOfMemory?):
            code = 137
        case .fatal, .unhealthy: code = 1
        }
        if supervisor.endRules.successCodes.contains(Int(code)) { code = 0 }
        return code
    }

    /// Programs that run or will run again.
    private var keepers: [ProcessID] {
        supervisor.processes.filter { id in
            let member = supervisor.members[id.slot]
            guard supervisor.groups[member.group].settings.kind != .eventListener else { return false }
            if queued.contains(id) || owners[id] != nil || hooks[id] != nil || member.machine.awaitsRestart {
                return true
            }
            switch member.machine.state {
            case .starting where member.machine.isWaiting: return waitsForSomebody(id)
            case .starting, .running, .backoff, .stopping: return true
            case .stopped: return member.marks.contains(.wanted)
            case .exited, .fatal, .unknown: return false
            }
        }
    }

    /// Whether a waiting process waits for one that does more than to wait.
    private func waitsForSomebody(_ id: ProcessID) -> Bool {
        (supervisor.settings(of: id)?.dependencies ?? []).flatMap { targets($0) }.contains { other in
            let machine = supervisor.members[other.slot].machine
            return !machine.isWaiting
                && (!machine.state.isStopped || machine.awaitsRestart || machine.pid != 0 || hooks[other] != nil)
        }
    }

    /// With `exit_when_done`, it leaves soon after the last program.
    mutating func checkEndings() throws {
        guard supervisor.endRules.exitsWhenDone, supervisor.state == .running, keepers.isEmpty else { return }
        if supervisor.deadline(now: now.instant) == nil { throw violation("everything is done, and it stays") }
    }
}
