// Decides which end of a program ends everything.

/// What `[supervisord]` says about the end of the container.
public struct EndRules: Equatable, Sendable {
    /// `exit_when_done`.
    public var exitsWhenDone: Bool
    /// `success_exit_codes`.
    public var successCodes: [Int] = []

    public init(exitsWhenDone: Bool = false) { self.exitsWhenDone = exitsWhenDone }

    public init(_ settings: SupervisorSettings) {
        exitsWhenDone = settings.exitWhenDone
        successCodes = settings.successExitCodes
    }

    /// Seconds after a request in which `exit_when_done` doesn't apply: `ctl restart` is a stop followed by a start, and
    /// `ctl update` removes groups before it adds them again.
    static let graceSeconds = 2
}

extension Supervisor {
    /// A process has changed its state: ends everything if that is what its end means.
    mutating func endIfWanted(_ slot: Int, _ now: Moment, _ actions: inout [Action]) {
        guard lifecycle.isRunning else { return }
        if members[slot].machine.state == .stopped { noteRequest(now) }
        guard let fate = fate(slot) else { return }
        let policy = policy(of: fate, slot)
        guard policy.endsContainer else { return }
        end(EndCause(culprit(slot, fate), .policy(policy), successes: endRules.successCodes), now, &actions)
    }

    /// Its health check wants everything to end.
    mutating func endUnhealthy(_ slot: Int, _ now: Moment, _ actions: inout [Action]) {
        end(EndCause(culprit(slot, .unhealthy), .health, successes: endRules.successCodes), now, &actions)
    }

    /// Ends everything if no program runs or will run again.
    mutating func endWhenDone(_ now: Moment, _ actions: inout [Action]) {
        guard endRules.exitsWhenDone, lifecycle.isRunning else { return }
        leaveAt = nil
        guard nextStart >= startQueue.count, !members.indices.contains(where: { keepsContainer($0) }) else { return }
        let due = lastRequest.map { $0 + EndRules.graceSeconds } ?? now.instant
        guard now.instant >= due else {
            leaveAt = due
            return
        }
        end(EndCause(firstFailure, .done, successes: endRules.successCodes), now, &actions)
    }

    /// A request has changed something, or is about to.
    mutating func noteRequest(_ now: Moment) { lastRequest = now.instant }

    private mutating func end(_ cause: EndCause, _ now: Moment, _ actions: inout [Action]) {
        leaveAt = nil
        if cause.level >= logLevel { actions.append(.log(cause.level, "shutting down: \(cause.sentence)")) }
        actions.append(.explain(cause))
        handle(.end(.shutdown(cause)), now, &actions)
    }

    /// How a process came to its end; nil if it hasn't, if it will start again, or if a request stopped it.
    private func fate(_ slot: Int) -> EndCause.Fate? {
        let machine = members[slot].machine
        switch machine.state {
        case .exited:
            guard !machine.awaitsRestart, let status = machine.exitStatus else { return nil }
            return machine.exitedAsExpected(settings(slot: slot)) ? .succeeded(status) : .failed(status)
        case .fatal:
            return machine.awaitsRestart ? nil : .fatal(machine.trouble, members[slot].history.lastEnding?.status)
        case .stopped, .starting, .running, .backoff, .stopping, .unknown: return nil
        }
    }

    private func policy(of fate: EndCause.Fate, _ slot: Int) -> EndPolicy {
        switch fate {
        case .succeeded: settings(slot: slot).policy(afterExit: true)
        case .failed: settings(slot: slot).policy(afterExit: false)
        case .fatal: settings(slot: slot).fatalPolicy
        case .unhealthy: .shutdown
        }
    }

    private func culprit(_ slot: Int, _ fate: EndCause.Fate) -> EndCause.Culprit {
        EndCause.Culprit(id: id(slot: slot), name: namespec(slot: slot), fate: fate)
    }

    /// It is a program that runs or will run again. Event listeners exist for the others.
    private func keepsContainer(_ slot: Int) -> Bool {
        let member = members[slot]
        guard member.isUsed, groups[member.group].settings.kind != .eventListener else { return false }
        guard member.machine.isWaiting else { return isGoing(slot) }
        // It runs only if somebody that it waits for does.
        return graph.needs(of: slot).contains { need in
            need.slot >= 0 && !members[Int(need.slot)].machine.isWaiting && isGoing(Int(need.slot))
        }
    }

    /// It runs, or will by itself.
    private func isGoing(_ slot: Int) -> Bool {
        let machine = members[slot].machine
        return machine.isUp || machine.awaitsRestart || machine.pid != 0
    }

    /// Of the programs that are done, the one that failed first, unless its failure is ignored.
    private var firstFailure: EndCause.Culprit? {
        var first: EndCause.Culprit?
        var earliest: Instant?
        for slot in members.indices where members[slot].isUsed {
            guard groups[members[slot].group].settings.kind != .eventListener, let fate = fate(slot),
                policy(of: fate, slot) != .ignore, fate.code(successes: endRules.successCodes) != 0
            else { continue }
            if case .succeeded = fate { continue }
            // A start that failed has no end.
            let machine = members[slot].machine
            guard let started = machine.started?.instant else { continue }
            let at = max(started, machine.ended?.instant ?? started)
            if let earliest, at >= earliest { continue }
            earliest = at
            first = culprit(slot, fate)
        }
        return first
    }
}
