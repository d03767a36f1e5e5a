// `reeve.wait`: an answer that arrives when processes reach a state, so that clients need not poll.

extension Supervisor {
    /// Answers when all of them are in one of the states at the same time: at once, later, or with a fault when that
    /// can no longer happen by itself. A state without duration (EXITED before a restart) counts for a single process.
    ///
    /// - Parameters:
    ///   - states: their numbers, and `WaitGoal.ready`.
    ///   - names: as they were written; none means every process.
    mutating func wait(
        for states: [Int], of names: [String], _ request: RequestID, _ actions: inout [Action]
    ) {
        var waiter = Waiter(request: request, purpose: .state, waits: true, isSingle: true, name: "", pending: [])
        waiter.wanted = states
        var selections: [Selection] = names.isEmpty ? [.all] : []
        for name in names { selections.append(.named(name)) }
        for selection in selections {
            let (slots, _, _) = targets(selection, request, &actions)
            guard let slots else { return }
            for slot in slots { waiter.pending.append(id(slot: slot)) }
        }
        for id in waiter.pending { members[id.slot].waiters &+= 1 }
        waiters.append(waiter)
        judge(waiters.count - 1)
        settle(&actions)
    }

    /// Answers a waiter when all its processes are in a wanted state, or one of them will never be.
    mutating func judge(_ index: Int) {
        var isMissing = false
        for id in waiters[index].pending {
            let machine = members[id.slot].machine
            let wantsReady = waiters[index].wanted.contains(WaitGoal.ready)
            let wantsHealth = waiters[index].wanted.contains(WaitGoal.healthy)
            if waiters[index].wanted.contains(machine.state.rawValue) || wantsReady && isReady(slot: id.slot)
                || wantsHealth && checkups[id.slot]?.health == .healthy
            {
                continue
            }
            // Nobody will ever say so.
            if wantsHealth, settings(slot: id.slot).healthCheck == nil {
                return release(index, .failed, namespec(slot: id.slot))
            }
            let fault: Fault
            switch machine.state {
            // A job that failed and isn't restarted is as far from ready as one that can't be started.
            case .exited where wantsReady && !machine.awaitsRestart:
                fault = .abnormalTermination
            case .fatal where !machine.awaitsRestart:
                fault = machine.trouble == nil ? .abnormalTermination : .spawnError
            case .unknown: fault = .failed
            case .stopped, .starting, .running, .backoff, .stopping, .exited, .fatal:
                isMissing = true
                continue
            }
            // A process leaves these states only on request.
            return release(index, fault, namespec(slot: id.slot))
        }
        if !isMissing { release(index, nil, "") }
    }

    /// Processes are about to be removed: a waiter for them waits in vain.
    mutating func disappoint(waitersFor slots: [Int], _ actions: inout [Action]) {
        for slot in slots where members[slot].waiters > 0 {
            let id = id(slot: slot)
            for index in waiters.indices where waiters[index].pending.contains(id) {
                release(index, .badName, namespec(slot: slot))
            }
        }
        settle(&actions)
    }

    /// From here on processes only stop: every method answers so, including those that wait.
    mutating func endWaits(_ actions: inout [Action]) {
        for index in waiters.indices where waiters[index].purpose == .state { release(index, .shutdownState, "") }
        settle(&actions)
    }

    /// With nothing pending, `settle` answers it.
    private mutating func release(_ index: Int, _ fault: Fault?, _ extra: String) {
        for id in waiters[index].pending where isCurrent(id) { members[id.slot].waiters &-= 1 }
        waiters[index].pending = []
        if let fault { waiters[index].results = [ProcessResult(name: "", group: "", fault: fault, extra: extra)] }
    }
}
