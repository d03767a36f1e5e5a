// `ctl reload-program`: a program reads its configuration again, by its `reloadsignal` or its `reload_command`.

extension Supervisor {
    /// The reload of one process, and the changes of its files that are to cause one.
    struct Reload: Equatable, Sendable {
        enum Step: Equatable, Sendable {
            case none
            /// It is wanted, and the program isn't RUNNING yet.
            case waiting
            case signalling
            /// `reload_command` runs.
            case running
            /// The program has gone down, and `reload_command` is being ended.
            case cancelling
        }

        var step = Step.none
        /// Files may have changed after the step began: another one follows.
        var isRepeated = false
        var change: FileChange?
    }

    private mutating func set(_ step: Reload.Step, _ slot: Int) {
        guard var reload = reloads[slot] else { return }
        reload.step = step
        if step != .running { reload.isRepeated = false }
        reloads[slot] = step == .none && reload.change == nil ? nil : reload
    }

    /// Answers when they have been told to, and their commands have succeeded.
    mutating func reload(_ selection: Selection, _ request: RequestID, _ actions: inout [Action]) {
        let (slots, name, isSingle) = targets(selection, request, &actions)
        guard let slots else { return }
        var waiter = Waiter(
            request: request, purpose: .reload, waits: true, isSingle: isSingle, name: name, pending: [])
        var isAnyAble = isSingle
        for slot in slots {
            let canReload = settings(slot: slot).canReload
            if canReload { isAnyAble = true }
            if canReload, members[slot].machine.isInService {
                waiter.pending.append(id(slot: slot))
                members[slot].waiters &+= 1
            } else if isSingle {
                let fault = canReload ? Fault.notRunning : .failed
                waiter.results.append(result(slot, fault, canReload ? name : "it doesn't have \(Self.noReload)"))
            }
        }
        guard isAnyAble else {
            return actions.append(.reply(request, .fault(.failed, "none of these programs has \(Self.noReload)")))
        }
        let reloading = waiter.pending
        waiters.append(waiter)
        for id in reloading { reload(id.slot, &actions) }
        settle(&actions)
    }

    private static let noReload: StaticString = "a reloadsignal or a reload_command"

    /// Reloads a process that is up: now, or when it is RUNNING.
    mutating func reload(_ slot: Int, _ actions: inout [Action]) {
        var reload = reloads[slot] ?? Reload()
        if reload.step == .none { reload.step = .waiting } else { reload.isRepeated = true }
        reloads[slot] = reload
        beginReload(slot, &actions)
    }

    private mutating func beginReload(_ slot: Int, _ actions: inout [Action]) {
        let machine = members[slot].machine
        guard reloads[slot]?.step == .waiting, machine.state == .running else { return }
        let (settings, id, signal) = (settings(slot: slot), id(slot: slot), settings(slot: slot).reloadSignal)
        if logLevel <= .info {
            let how = signal?.name ?? "reload_command"
            actions.append(.log(.info, "reloading '\(settings.name)' (\(machine.pid)) with \(how)"))
        }
        set(signal == nil ? .running : .signalling, slot)
        if let signal {
            actions.append(.signal(id, pid: machine.pid, signal, group: false))
        } else {
            actions.append(.runHook(id, .reload, HookContext(pid: machine.pid)))
        }
    }

    /// The state of a process may have changed.
    mutating func attendReload(_ slot: Int, _ actions: inout [Action]) {
        guard let step = reloads[slot]?.step else { return }
        if members[slot].machine.isInService { return beginReload(slot, &actions) }
        switch step {
        case .waiting, .signalling: set(.none, slot)
        case .running:
            set(.cancelling, slot)
            actions.append(.cancelHook(id(slot: slot), .reload))
        case .none, .cancelling: break
        }
    }

    /// A signal was sent, perhaps its own, or its command has ended.
    ///
    /// - Parameter end: nil: a signal.
    mutating func reloadEnded(_ id: ProcessID, _ end: HookEnd?, _ problem: String?, _ actions: inout [Action]) {
        guard isCurrent(id), let reload = reloads[id.slot] else { return }
        var failure = problem
        switch reload.step {
        case .none, .waiting: return
        case .signalling: if end != nil { return }
        case .running:
            guard let end else { return }
            if !end.result.isSuccess {
                let settings = settings(slot: id.slot)
                let sentence = end.sentence(.reload, settings)
                actions.append(.log(.warn, "\(settings.name): \(sentence)"))
                failure = sentence
            }
        // Its program may have been started anew meanwhile, and a request may have come.
        case .cancelling: if end == nil { return }
        }
        let isRepeated = reload.isRepeated && members[id.slot].machine.isInService
        set(isRepeated ? .waiting : .none, id.slot)
        if isRepeated { beginReload(id.slot, &actions) } else { settleReload(of: id, failure, &actions) }
    }
}

extension ProcessSettings {
    /// One of them is enough.
    static let reloads: [Key] = [.reloadsignal, .reloadCommand]

    /// Something makes it read its configuration again.
    public var canReload: Bool { reloadSignal != nil || hasHook(.reload) }
}
