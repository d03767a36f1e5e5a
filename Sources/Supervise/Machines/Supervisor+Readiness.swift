// Programs that say when they are ready, and those whose health is checked.

extension Supervisor {
    /// A machine has handled an event: tells those who are only interested in the time when the program is up.
    mutating func attend(_ slot: Int, _ event: ProcessMachine.Event, _ now: Moment, _ actions: inout [Action]) {
        var mayBegin = false
        switch event {
        case .spawned, .ready: mayBegin = members[slot].machine.isInService
        case .start, .postpone, .dependencyFailed, .forked, .spawnFailed, .exited, .stop, .hurry, .kill, .giveUp,
            .extend, .fail, .signalFailed, .hookEnded, .tick, .groupEnded:
            guard !notices.isEmpty || !checkups.isEmpty else { return }
        }
        let machine = members[slot].machine
        if !machine.isInService {
            if notices[slot] != nil { hear(slot, .ended, now, &actions) }
            if checkups[slot] != nil { examine(slot, .ended, now, &actions) }
        } else if mayBegin {
            if event.isSpawned, settings(slot: slot).notify != nil {
                if notices[slot] == nil { notices[slot] = NotifyMachine() }
                hear(slot, .began, now, &actions)
            }
            beginCheckups(slot, now, &actions)
        }
    }

    /// Checks its health from now on, if there is a check, and it is up.
    mutating func beginCheckups(_ slot: Int, _ now: Moment, _ actions: inout [Action]) {
        let (settings, machine) = (settings(slot: slot), members[slot].machine)
        // Who says when it is ready isn't asked before.
        guard settings.healthCheck != nil, machine.isInService, machine.state == .running || settings.notify == nil
        else { return }
        if checkups[slot] == nil { checkups[slot] = HealthMachine() }
        examine(slot, .began, now, &actions)
    }

    /// A process is removed.
    mutating func dismiss(_ slot: Int, _ actions: inout [Action]) {
        notices[slot] = nil
        if checkups[slot] != nil { actions.append(.cancelCheck(id(slot: slot))) }
        checkups[slot] = nil
        reloads[slot] = nil
    }

    mutating func attendDue(_ now: Moment, _ actions: inout [Action]) {
        for slot in notices.due(now.instant, { $0.deadline }) { hear(slot, .tick, now, &actions) }
        for slot in checkups.due(now.instant, { $0.deadline }) { examine(slot, .tick, now, &actions) }
        applyChanges(now, &actions)
    }

    // MARK: What it says

    @inline(never)
    mutating func hear(_ slot: Int, _ event: NotifyMachine.Event, _ now: Moment, _ actions: inout [Action]) {
        guard var machine = notices[slot] else { return }
        let settings = settings(slot: slot)
        let wasStopping = machine.isStopping
        var event = event
        if case .told(var message) = event, message.mainPID == Int64(members[slot].machine.pid) {
            // Many daemons name themselves.
            message.mainPID = nil
            event = .told(message)
        }
        var decided: [NotifyMachine.Action] = []
        machine.handle(event, watchdogSeconds: settings.watchdogSeconds, now: now.instant, into: &decided)
        notices[slot] = machine
        for action in decided {
            switch action {
            case .ready: advance(slot, .ready, now, &actions)
            case .extend(let until): advance(slot, .extend(until), now, &actions)
            // It will be stopped anyway.
            case .overdue where !lifecycle.isRunning: break
            case .overdue: advance(slot, .fail(.watchdog), now, &actions)
            case .resetRestarts: members[slot].machine.forgetFailures()
            case .refuseMainPID:
                guard logLevel <= .warn else { continue }
                let text =
                    "\(settings.name) names another main process (MAINPID), which is refused: its own exit counts"
                actions.append(.log(.warn, text))
            }
        }
        guard notices[slot]?.isStopping != wasStopping else { return }
        noteReadiness(slot, &actions)
        settleWaiters(of: id(slot: slot), &actions)
    }

    // MARK: What is found out about it

    mutating func examine(_ slot: Int, _ event: HealthMachine.Event, _ now: Moment, _ actions: inout [Action]) {
        guard var machine = checkups[slot], let settings = settings(slot: slot).healthCheck else { return }
        var decided: [HealthMachine.Action] = []
        machine.handle(event, settings, now: now.instant, into: &decided)
        checkups[slot] = machine
        for action in decided {
            switch action {
            case .check: actions.append(.check(id(slot: slot)))
            case .cancel: actions.append(.cancelCheck(id(slot: slot)))
            case .changed(let health): healthChanged(slot, to: health, settings, now, &actions)
            }
        }
    }

    private mutating func healthChanged(
        _ slot: Int, to health: Health, _ settings: HealthCheckSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        reportHealth(slot, health, &actions)
        actions.append(.publish(.detail(id(slot: slot), EventType(health))))
        noteReadiness(slot, &actions)
        let isUnhealthy = health == .unhealthy
        if !isUnhealthy, self.settings(slot: slot).restartsWhenUnhealthy { members[slot].machine.forgetFailures() }
        noteChange(slot, from: members[slot].machine.state)
        if members[slot].waiters > 0 { settleWaiters(of: id(slot: slot), &actions) }
        // At the end it will be stopped anyway, in its turn.
        guard isUnhealthy, lifecycle.isRunning else { return }
        switch settings.action {
        case .none: break
        case .restart: advance(slot, .fail(.unhealthy), now, &actions)
        case .stop: stopInOrder([slot], now, &actions)
        case .shutdown: endUnhealthy(slot, now, &actions)
        }
    }

    private func reportHealth(_ slot: Int, _ health: Health, _ actions: inout [Action]) {
        let level = health == .unhealthy ? LogLevel.warn : .info
        guard level >= logLevel else { return }
        var text = "\(namespec(slot: slot)) is \(health.name)"
        if health == .unhealthy, let checkup = checkups[slot], let last = checkup.results.last {
            let count = checkup.failures
            text += ": \(last.problem) (\(count == 1 ? "one failure" : "\(count) failures in a row"))"
        }
        actions.append(.log(level, text))
    }

    /// Whether a process that is RUNNING meets the condition `ready`: who has a health check, and doesn't say itself
    /// that it is ready, is after the first success.
    func isFit(_ slot: Int) -> Bool {
        guard let checkup = checkups[slot], settings(slot: slot).notify == nil else { return true }
        return checkup.hasSucceeded
    }

    // MARK: What people see

    /// Why it failed, by its own words; empty if it said nothing.
    func lastWords(_ slot: Int) -> String {
        guard let notice = notices[slot], notice.errno != 0 || notice.exitStatus != 0 else { return "" }
        let status = notice.status.isEmpty ? "" : "\(notice.status), "
        let hasErrno = notice.errno != 0
        let number = hasErrno ? notice.errno : notice.exitStatus
        return "; it said: \(status)\(hasErrno ? "errno" : "exit status") \(number)"
    }

    /// nil without a health check, or before the first run.
    public func health(of id: ProcessID) -> Health? { isCurrent(id) ? checkups[id.slot]?.health : nil }

    func reasonForUnreadiness(_ slot: Int) -> String {
        let machine = members[slot].machine
        if let awaited = awaited(slot) { return "waiting for \(awaited)" }
        if let remark = remark(slot), machine.isInService { return remark }
        return machine.spawnError
    }

    /// What is to be said of a process that is up, beside its state: its health, and what it says of itself; nil:
    /// nothing.
    func remark(_ slot: Int) -> String? {
        var text = ""
        if let checkup = checkups[slot], checkup.isUp {
            text = "\(checkup.health.name)"
            if checkup.failures > 0, let last = checkup.results.last { text += " (\(last.problem))" }
        }
        if let notice = notices[slot] {
            var says = notice.status
            if says.isEmpty, members[slot].machine.isAnnouncing { says = "not ready yet" }
            if notice.isReloading { says = says.isEmpty ? "reloading" : "reloading: \(says)" }
            if notice.isStopping { says = says.isEmpty ? "about to exit" : "about to exit: \(says)" }
            if !says.isEmpty { text += text.isEmpty ? says : ", \(says)" }
        }
        return text.isEmpty ? nil : text
    }
}

extension ProcessMachine.Event {
    fileprivate var isSpawned: Bool {
        if case .spawned = self { return true }
        return false
    }
}

/// Members that `reeve.processInfo` and its relatives add to supervisord's structs, for programs that have them.
extension Supervisor {
    /// What `encodeReadiness` writes.
    func readinessMemberCount(_ slot: Int, _ detail: ProcessDetail) -> Int {
        switch detail {
        case .supervisord: 0
        case .state: checkups[slot] == nil ? 0 : 1
        case .history, .endings: (checkups[slot] == nil ? 0 : 2) + (notices[slot] == nil ? 0 : 1)
        }
    }

    /// `health`; with everything, also `health_checks`, the last results, oldest first: {time, success, problem, output},
    /// and `status_text`, what the program says of itself.
    func encodeReadiness(_ slot: Int, _ detail: ProcessDetail, into encoder: inout WireEncoder) {
        guard readinessMemberCount(slot, detail) > 0 else { return }
        if let checkup = checkups[slot] {
            encoder.pair("health", "\(checkup.health.name)")
            if detail != .state {
                encoder.key("health_checks")
                encoder.array(count: checkup.results.count)
                for result in checkup.results {
                    encoder.structure(count: 4)
                    encoder.pair("time", Self.capped(result.wall))
                    encoder.pair("success", result.isSuccess)
                    encoder.pair("problem", result.problem)
                    encoder.pair("output", String(decoding: result.output, as: UTF8.self))
                }
            }
        }
        if detail != .state, let notice = notices[slot] { encoder.pair("status_text", notice.status) }
    }
}
