// `ctl reload-program`: a program reads its configuration again, by its `reloadsignal` or its `reload_command`.

extension Supervisor {
    /// The reload of one process. There is none without a request.
    struct Reload: Equatable, Sendable {
        enum Step: Equatable, Sendable {
            /// The program isn't RUNNING yet.
            case waiting
            case signalling
            /// `reload_command` runs.
            case running
            /// The program has gone down, and `reload_command` is being ended.
            case cancelling
        }

        var step = Step.waiting
        /// Files may have changed after the step began: another one follows.
        var isRepeated = false
    }

    /// Answers when they have been told to, and their commands have succeeded.
    mutating func reload(_ selection: Selection, _ request: RequestID, _ now: Moment, _ actions: inout [Action]) {
        let (slots, name, isSingle) = targets(selection, request, &actions)
        guard let slots else { return }
        if !isSingle, !slots.contains(where: { settings(slot: $0).canReload }) {
            let text = "none of these programs has a reloadsignal or a reload_command"
            return actions.append(.reply(request, .fault(.failed, text)))
        }
        var waiter = Waiter(
            request: request, purpose: .reload, waits: true, isSingle: isSingle, name: name, pending: [])
        for slot in slots where isSingle || settings(slot: slot).canReload && members[slot].machine.isInService {
            let spec = isSingle ? name : namespec(slot: slot)
            if !settings(slot: slot).canReload {
                waiter.results.append(
                    result(slot, .failed, "it has neither a reloadsignal nor a reload_command"))
            } else if !members[slot].machine.isInService {
                waiter.results.append(result(slot, .notRunning, spec))
            } else {
                waiter.pending.append(id(slot: slot))
                members[slot].waiters &+= 1
            }
        }
        let reloading = waiter.pending
        waiters.append(waiter)
        for id in reloading { reload(id.slot, &actions) }
        settle(&actions)
    }

    /// Reloads a process that is up: now, or when it is RUNNING.
    mutating func reload(_ slot: Int, _ actions: inout [Action]) {
        if reloads[slot] == nil { reloads[slot] = Reload() } else { reloads[slot]?.isRepeated = true }
        beginReload(slot, &actions)
    }

    private mutating func beginReload(_ slot: Int, _ actions: inout [Action]) {
        let machine = members[slot].machine
        guard reloads[slot]?.step == .waiting, machine.state == .running else { return }
        let (settings, id) = (settings(slot: slot), id(slot: slot))
        reloads[slot]?.isRepeated = false
        if let signal = settings.reloadSignal {
            reloads[slot]?.step = .signalling
            actions.append(.log(.info, "reloading '\(settings.name)' (\(machine.pid)) with \(signal.name)"))
            actions.append(.signal(id, pid: machine.pid, signal, group: false))
        } else {
            reloads[slot]?.step = .running
            actions.append(.log(.info, "reloading '\(settings.name)' (\(machine.pid)) with its reload_command"))
            actions.append(.runHook(id, .reload, HookContext(pid: machine.pid)))
        }
    }

    /// The state of a process may have changed.
    mutating func attendReload(_ slot: Int, _ actions: inout [Action]) {
        guard let reload = reloads[slot] else { return }
        if members[slot].machine.isInService { return beginReload(slot, &actions) }
        switch reload.step {
        case .waiting, .signalling: reloads[slot] = nil
        case .running:
            reloads[slot]?.step = .cancelling
            actions.append(.cancelHook(id(slot: slot), .reload))
        case .cancelling: break
        }
    }

    /// A signal was sent, perhaps its own.
    mutating func reloadSignalled(_ id: ProcessID, failure: String?, _ actions: inout [Action]) {
        guard isCurrent(id), reloads[id.slot]?.step == .signalling else { return }
        endReload(id.slot, failure, &actions)
    }

    mutating func reloadCommandEnded(_ id: ProcessID, _ end: HookEnd, _ actions: inout [Action]) {
        guard isCurrent(id), let reload = reloads[id.slot] else { return }
        switch reload.step {
        case .waiting, .signalling: break
        case .running:
            let settings = settings(slot: id.slot)
            let failure = end.result.isSuccess ? nil : end.sentence(.reload, settings)
            if let failure { actions.append(.log(.warn, "\(settings.name): \(failure)")) }
            endReload(id.slot, failure, &actions)
        // Its program may have been started anew meanwhile, and a request may have come.
        case .cancelling: endReload(id.slot, nil, &actions)
        }
    }

    private mutating func endReload(_ slot: Int, _ failure: String?, _ actions: inout [Action]) {
        guard reloads[slot]?.isRepeated == true, members[slot].machine.isInService else {
            reloads[slot] = nil
            return settleReload(of: id(slot: slot), failure, &actions)
        }
        reloads[slot]?.step = .waiting
        beginReload(slot, &actions)
    }
}

extension ProcessSettings {
    /// Something makes it read its configuration again.
    public var canReload: Bool { reloadSignal != nil || hasHook(.reload) }
}
