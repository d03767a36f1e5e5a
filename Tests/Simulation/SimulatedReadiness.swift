@testable import Supervise

/// Programs of the simulation that say when they are ready, and health that flips.
extension SimulatedWorld {
    /// What the results of one run say, found out anew.
    struct Checkup {
        var hasSucceeded = false
        var failures = 0
        var health = Health.starting
    }

    static func addReadiness(_ dice: inout Dice, to values: inout KeyValues) {
        // A one-shot says it by its exit.
        guard values[.type] == nil else { return }
        if dice.percent(30) {
            values[.notify] = .notify(dice.among([.systemd, .descriptor(3), .line("ready")]))
            if dice.percent(50) { values[.startTimeout] = .int(dice.among([1, 5])) }
            if dice.percent(30) { values[.watchdogSecs] = .int(2) }
        }
        guard dice.percent(40) else { return }
        values[.healthcheckCommand] = .text("true")
        values[.healthcheckRetries] = .int(dice.among([1, 3]))
        values[.healthcheckInterval] = .decimal(dice.among([500, 10_000]))
        // Everything would end too soon.
        let actions: [HealthAction] = dice.percent(10) ? [.shutdown] : [.none, .restart, .stop]
        values[.healthcheckAction] = .healthAction(dice.among(actions))
    }

    /// Time has passed: some checks have ended, and some programs have spoken.
    mutating func liveOn() throws {
        for id in checking where dice.percent(50) {
            guard let index = checking.firstIndex(of: id) else { continue }
            checking.remove(at: index)
            if cause == nil, finished == nil, !isAskedToEnd { noteStopped() }
            try end(id)
        }
        if dice.percent(30) { try somebodySpeaks() }
    }

    mutating func somebodySpeaks() throws {
        guard hasReadiness, cause == nil else { return }
        let able = live.filter { underway[$0.key] == nil && owners[$0.value] == $0.key }
            .filter { supervisor.settings(of: $0.value)?.notify != nil }
        guard !able.isEmpty else { return }
        let pid = dice.among(able.keys.sorted())
        guard let id = able[pid] else { return }
        let message = NotifyMessage(
            Array(
                dice.among([
                    "READY=1", "READY=1", "READY=1", "STATUS=busy", "WATCHDOG=1", "WATCHDOG=trigger", "STOPPING=1",
                    "RELOADING=1", "EXTEND_TIMEOUT_USEC=2000000", "WATCHDOG_USEC=500000", "RESTART_RESET=1",
                    "MAINPID=1", "nonsense",
                ]).utf8))
        if message.isReady { announced.insert(id) }
        try tell(.told(id, message))
    }

    private mutating func end(_ id: ProcessID) throws {
        guard let settings = supervisor.settings(of: id)?.healthCheck else {
            return try tell(.checked(id, HealthResult(isSuccess: true)))
        }
        if dice.percent(10) { return try tell(.checked(id, nil)) }
        let isSuccess = dice.percent(50)
        // A run that has ended meanwhile is none of its business.
        if case .checking = Phase(supervisor.checkups[id.slot]) {
            var checkup = checkups[id] ?? Checkup()
            checkup.failures = isSuccess ? 0 : checkup.failures + 1
            if isSuccess { (checkup.hasSucceeded, checkup.health) = (true, .healthy) }
            if checkup.failures >= settings.retries { checkup.health = .unhealthy }
            checkups[id] = checkup
        }
        try tell(.checked(id, HealthResult(isSuccess: isSuccess)))
    }

    /// What a check is good for when it ends.
    private enum Phase {
        case checking, other

        init(_ machine: HealthMachine?) {
            // Between checks there is a deadline; while one is cancelled, another one begins at once.
            guard var machine, machine.deadline == nil, machine.isUp else {
                self = .other
                return
            }
            var actions: [HealthMachine.Action] = []
            machine.handle(
                .ended, HealthCheckSettings([.healthcheckCommand: .text("true")])!, now: Instant(nanoseconds: 0),
                into: &actions)
            self = actions == [.cancel] ? .checking : .other
        }
    }

    mutating func check(_ id: ProcessID) throws {
        if checking.contains(id) { throw violation("a check begins while another one runs") }
        guard let pid = owners[id], live[pid] == id, underway[pid] == nil else {
            throw violation("a process without a program is checked")
        }
        if supervisor.settings(of: id)?.notify != nil, !announced.contains(id) {
            throw violation("a process is checked before it says that it is ready")
        }
        checking.append(id)
        checkedBy[id] = supervisor.settings(of: id)?.healthCheck
    }

    /// What another check has said is void.
    mutating func adapted(_ id: ProcessID) {
        if supervisor.settings(of: id)?.healthCheck != checkedBy[id] { checkups[id] = nil }
    }

    /// Everybody hears of a change.
    mutating func publish(_ id: ProcessID, _ transition: ProcessMachine.Transition) throws {
        published[id] = transition.to
        if transition.from == .starting, transition.to == .exited {
            skipped.insert(id)
        } else {
            skipped.remove(id)
        }
        switch transition.to {
        case .running:
            if supervisor.settings(of: id)?.notify != nil, !announced.contains(id) {
                throw violation("a process is RUNNING before it says that it is ready")
            }
        case .starting:
            announced.remove(id)
            failed.remove(id)
            checkups[id] = nil
        case .stopped, .backoff, .stopping, .exited, .fatal, .unknown: checkups[id] = nil
        }
    }

    func isFit(_ id: ProcessID) -> Bool {
        guard let settings = supervisor.settings(of: id), settings.healthCheck != nil, settings.notify == nil else {
            return true
        }
        return checkups[id]?.hasSucceeded == true
    }

    /// What is shown is what results say; and who is up has a next check, or one that runs.
    func checkReadiness() throws {
        guard hasReadiness else { return }
        for id in supervisor.processes {
            guard let machine = supervisor.checkups[id.slot] else { continue }
            if machine.health != checkups[id]?.health ?? .starting { throw violation("its health is another one") }
            if machine.isUp, machine.deadline == nil, !checking.contains(id) {
                throw violation("its next check never comes")
            }
            let isInService = supervisor.members[id.slot].machine.isInService
            if machine.isUp != isInService, supervisor.settings(of: id)?.notify == nil {
                throw violation("somebody who is down is checked, or somebody who is up isn't")
            }
        }
    }
}
