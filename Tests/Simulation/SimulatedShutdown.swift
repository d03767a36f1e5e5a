@testable import Supervise

/// The course of a shutdown, and the rules about it.
struct SimulatedShutdown {
    /// When it was asked for.
    var since: Instant?
    /// Children that were told to end by a stop signal, and those that were sent SIGKILL.
    var told: Set<Int32> = []
    var killed: Set<Int32> = []
    /// A second signal to init, or the end of the budget, has put an end to the order.
    var isOutOfOrder = false
    var signals = 0
    /// When it was over.
    var end: Instant?
}

extension SimulatedWorld {
    static func rules(_ dice: inout Dice) -> ShutdownRules {
        var rules = ShutdownRules()
        rules.mode = dice.among([nil, nil, .compat, .parallel, .dependencies])
        if dice.percent(50) { rules.timeout = dice.among([2, 3, 10, 30]) }
        if dice.percent(20) { rules.delay = dice.among([1, 5]) }
        rules.awaitsHooks = dice.percent(30)
        if rules.timeout > 0 { rules.delay = min(rules.delay, rules.timeout - ShutdownRules.leastTimeout) }
        return rules
    }

    /// Asks for the end in one of all ways.
    mutating func askForTheEnd() throws {
        switch dice.below(4) {
        case 0: try tell(.end(.restart(Configuration())))
        case 1: try tell(.end(.shutdown(nil)))
        default:
            shutdown.signals += 1
            if shutdown.signals > 1, supervisor.shutdownRules.killsWhenAskedAgain { shutdown.isOutOfOrder = true }
            try tell(.terminate)
        }
        noteShutdown()
    }

    /// A shutdown begins, or a restart has become one.
    mutating func noteShutdown() {
        if shutdown.since == nil, supervisor.state == .shutdown { shutdown.since = now.instant }
    }

    /// When the driver kills the gateway, which it has asked to leave.
    var gatewayKillBy: Instant? { gatewayIsGone ? nil : supervisor.lifecycle.budget?.gatewayKillBy }

    mutating func endGateway(at time: Instant? = nil) throws {
        guard !gatewayIsGone else { return }
        if let time { now.instant = max(time, now.instant) }
        gatewayIsGone = true
        try tell(.gatewayEnded)
    }

    /// When it has to be over; nil: whenever it is.
    var mustEndBy: Instant? {
        guard supervisor.shutdownRules.timeout > 0 else { return nil }
        return shutdown.since.map { $0 + supervisor.shutdownRules.timeout }
    }

    /// During a shutdown, programs are signalled in order, as long as there is time for it.
    func checkShutdown(_ signal: Signal, _ id: ProcessID) throws {
        guard supervisor.state != .running, !stoppedEarlier.contains(id), !shutdown.isOutOfOrder else { return }
        if let budget = supervisor.lifecycle.budget, now.instant >= budget.killBy { return }
        switch supervisor.shutdownRules.mode {
        case .dependencies: try checkDependents(id)
        case .parallel: try checkListeners(id)
        case .compat: try checkOrder(id)
        case nil: if hasDependencies { try checkDependents(id) } else { try checkOrder(id) }
        }
    }

    private func isListener(_ id: ProcessID) -> Bool {
        supervisor.groups[supervisor.members[id.slot].group].settings.kind == .eventListener
    }

    /// Listeners are stopped last.
    private func checkListeners(_ id: ProcessID) throws {
        guard isListener(id) else { return }
        for other in supervisor.processes where !isListener(other) && supervisor.state(of: other)?.isStopped == false {
            throw violation("a listener is stopped before a program")
        }
    }

    /// It was over in time, and everybody who survived was told to end and killed.
    func checkEndOfShutdown() throws {
        if let mustEndBy, finished == .shutdown, let end = shutdown.end, end > mustEndBy {
            throw violation("it isn't over in time: \(end.since(mustEndBy) / 1_000_000) ms late")
        }
        for id in supervisor.processes where supervisor.state(of: id)?.isStopped == false {
            guard mustEndBy != nil else { throw violation("something runs after the end") }
            guard let pid = owners[id] else {
                if hooks[id]?.isCancelled == true { continue }
                throw violation("a hook goes on after the end")
            }
            if !shutdown.killed.contains(pid) { throw violation("somebody was not killed in time") }
            let wasTold = shutdown.told.contains(pid) || stoppedEarlier.contains(id) || shutdown.isOutOfOrder
            if !wasTold { throw violation("somebody was killed without having been told to end") }
        }
    }
}
