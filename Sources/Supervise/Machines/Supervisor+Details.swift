// Events beside supervisord's: what a process is beyond its state.

extension Supervisor {
    /// A process has changed its state.
    mutating func noteDetails(_ slot: Int, _ actions: inout [Action]) {
        let machine = members[slot].machine
        var type: EventType?
        switch substate(slot) {
        case .completed: type = .completed
        case .skipped: type = .skipped
        case .disabled: type = .disabled
        case nil: if machine.isWaiting { type = .waiting }
        }
        if let type { actions.append(.publish(.detail(id(slot: slot), type))) }
    }

    /// Something has changed that may decide whether it is ready.
    mutating func noteReadiness(_ slot: Int, _ actions: inout [Action]) {
        guard lifecycle.isRunning else { return }
        let isReady = isReady(slot: slot)
        guard isReady != members[slot].marks.contains(.isReady) else { return }
        if isReady { members[slot].marks.insert(.isReady) } else { members[slot].marks.remove(.isReady) }
        actions.append(.publish(.detail(id(slot: slot), isReady ? .ready : .notReady)))
    }

    /// What a hook is told, with what only the supervisor knows.
    func told(_ context: HookContext, _ slot: Int) -> HookContext {
        var context = context
        let marks = members[slot].marks
        if context.reason == .stop, marks.contains(.comesBack), !marks.contains(.isRenewed) {
            context.reason = .dependency
        }
        return context
    }

    /// What is to be said with such an event, as it is now; empty: nothing.
    public func remark(on type: EventType, of id: ProcessID) -> String {
        guard isCurrent(id) else { return "" }
        return switch type {
        case .unhealthy: checkups[id.slot]?.results.last?.problem ?? ""
        case .notReady: reasonForUnreadiness(id.slot)
        case .waiting: awaited(id.slot) ?? ""
        case .stopped, .exited, .starting, .stopping, .backoff, .fatal, .running, .unknown, .communicationStdout,
            .communicationStderr, .logStdout, .logStderr, .remoteCommunication, .supervisorRunning,
            .supervisorStopping, .tick5, .tick60, .tick3600, .groupAdded, .groupRemoved, .checking, .healthy, .ready,
            .completed, .skipped, .disabled:
            ""
        }
    }
}

extension EventType {
    init(_ health: Health) {
        switch health {
        case .starting: self = .checking
        case .healthy: self = .healthy
        case .unhealthy: self = .unhealthy
        }
    }
}
