@testable import Supervise

/// Programs of the simulation that read their configuration again, and files that change.
extension SimulatedWorld {
    static let reloadSignal = Signal.user2

    static func addReloads(_ dice: inout Dice, to values: inout KeyValues) {
        switch dice.below(6) {
        case 0: values[.reloadCommand] = .text("/bin/reload")
        case 1: values[.reloadsignal] = .signal(reloadSignal)
        default: break
        }
        guard dice.percent(30) else { return }
        values[.watch] = .texts(["/etc/x"])
        values[.watchDebounce] = .decimal(dice.among([0, 300, 5000]))
        if dice.percent(50) { values[.watchAction] = .text("restart") }
    }

    mutating func someFileChanges() throws {
        let watching = supervisor.processes.filter { supervisor.settings(of: $0)?.watch != nil }
        guard !watching.isEmpty else { return }
        let id = dice.among(watching)
        try tell(.filesChanged(id, path: "/etc/x/y"))
        if supervisor.state == .running, supervisor.reloads[id.slot]?.change == nil {
            throw violation("a change of files is forgotten")
        }
    }

    mutating func runReload(_ id: ProcessID) throws {
        if reloading[id] != nil { throw violation("two reload_commands of a process run at a time") }
        guard published[id] == .running, let pid = owners[id], live[pid] == id else {
            throw violation("reload_command runs for a program that isn't RUNNING")
        }
        reloading[id] = false
    }

    mutating func cancelReload(_ id: ProcessID) throws {
        if reloading[id] != false { throw violation("a reload_command is cancelled that doesn't run, or twice") }
        reloading[id] = true
    }

    mutating func advanceReloads() throws {
        let running = reloading.keys.sorted { ($0.slot, $0.generation) < ($1.slot, $1.generation) }
        for id in running where dice.percent(40) {
            guard let isCancelled = reloading.removeValue(forKey: id) else { continue }
            let cause: TaskResult.Cause =
                isCancelled ? .cancelled : dice.percent(30) ? .timedOut : .ended(.exited(code: Int32(dice.below(2))))
            try tell(.hookEnded(id, .reload, HookEnd(cause)))
        }
    }

    /// A reload is known as long as its command runs, somebody waits for it only if there is one, and what is stopped
    /// because its files have changed comes back.
    func checkReloads() throws {
        for id in supervisor.processes {
            let (machine, reload) = (supervisor.members[id.slot].machine, supervisor.reloads[id.slot])
            switch reload?.step {
            case .waiting:
                if !machine.isInService || machine.state == .running { throw violation("a reload never begins") }
            case .signalling: throw violation("a signal was sent, and nobody knows it")
            case .running:
                if reloading[id] != false || !machine.isInService { throw violation("a reload that doesn't run") }
            case .cancelling: if reloading[id] != true { throw violation("a cancelled reload is over") }
            case .some(.none), nil:
                if reloading[id] != nil { throw violation("a reload_command runs, and nobody knows it") }
            }
            let isAwaited = supervisor.waiters.contains { $0.purpose == .reload && $0.pending.contains(id) }
            if isAwaited, reload == nil || reload?.step == Supervisor.Reload.Step.none {
                throw violation("a request waits for a reload that isn't there")
            }
            let marks = supervisor.members[id.slot].marks
            // Nobody knows what an UNKNOWN process does.
            if marks.contains(.isRenewed), supervisor.state == .running, machine.state != .unknown {
                guard marks.contains(.comesBack), !machine.state.isStopped || marks.contains(.queued) else {
                    throw violation("a process that is restarted because of its files doesn't come back")
                }
            }
        }
    }
}
