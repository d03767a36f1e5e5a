// A stop: one signal after the other, and SIGKILL.

extension ProcessMachine {
    mutating func stop(_ pid: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]) {
        let stop = Stop(pid: pid, sent: 0, until: now.instant)
        enter(.preStopping(stop), Transition(from: state, to: .stopping, pid: pid), &actions)
        endCompany(&actions)
        if !beforeStop(pid, settings, &actions) { stopNow(stop, settings, now, &actions) }
    }

    mutating func stopNow(_ stop: Stop, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]) {
        guard runStopCommand(stop.pid, settings, &actions) else { return sendFirst(stop, settings, now, &actions) }
        var stop = stop
        stop.until = stop.next(settings.stopWaitSeconds, now.instant)
        phase = .stopping(stop)
    }

    mutating func sendFirst(_ stop: Stop, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]) {
        var stop = stop
        stop.sent = 1
        stop.until = stop.next(settings.stopWaitSeconds, now.instant)
        phase = .stopping(stop)
        signal(stop.pid, settings.stopSignal, group: settings.stopAsGroup, settings, &actions)
    }

    mutating func kill(
        _ pid: Int32, group: Bool, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        let stop = Stop(pid: pid, sent: Stop.killed, until: now.instant)
        enter(.stopping(stop), Transition(from: state, to: .stopping, pid: pid), &actions)
        endCompany(&actions)
        insist(stop, group: group, settings, now, &actions)
    }

    /// It has not heeded the last signal: sends the next one, and SIGKILL after the last, again and again.
    mutating func insist(
        _ stop: Stop, group: Bool? = nil, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        if hook == .stop { actions.append(.cancelHook(.stop)) }
        let next = settings.stopSignal(Int(stop.sent))
        actions.append(.log(.warn, "killing '\(settings.name)' (\(stop.pid)) with \((next ?? .kill).name)"))
        var stop = stop
        stop.until = stop.next(settings.stopWaitSeconds, now.instant)
        if let next {
            stop.sent += 1
            signal(stop.pid, next, group: settings.stopAsGroup, settings, &actions)
        } else {
            stop.until = max(stop.until, now.instant + 1)
            signal(stop.pid, .kill, group: group ?? settings.killAsGroup, settings, &actions)
        }
        phase = .stopping(stop)
    }

    /// It could not be signalled.
    mutating func handleUnknown(
        _ event: Event, _ pid: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .exited(let status): stopped(status, pid: pid, settings, now, &actions)
        case .spawnFailed(let failure): stopped(failure, pid: pid, settings, now, &actions)
        case .hookEnded(let kind, let end): hookEnded(kind, end, settings, &actions)
        case .kill: endCleanUp(&actions)
        case .start, .postpone, .dependencyFailed, .forked, .spawned, .stop, .hurry, .giveUp, .ready, .extend, .fail,
            .signalFailed, .tick, .groupEnded:
            break
        }
    }
}

extension ProcessMachine.Stop {
    /// It gets more time, if this is more, and no shutdown has less.
    func extended(_ until: Instant) -> ProcessMachine.Stop {
        var stop = self
        if share == 0, sent != Self.killed { stop.until = max(self.until, until) }
        return stop
    }

    /// When a step that begins now is followed by the next one.
    func next(_ waitSeconds: Int, _ now: Instant) -> Instant {
        let end = now + waitSeconds
        return share == 0 ? end : min(end, now.advanced(milliseconds: Int(share)))
    }

    /// Divides the time that is left between the hooks and signals of this stop, from the one that is under way.
    ///
    /// - Parameter before: how many steps come before those that `sent` counts.
    mutating func hurry(_ killBy: Instant, _ settings: ProcessSettings, _ now: Instant, before: Int = 0) {
        var steps = max(settings.stopSignalCount + 1 - Int(sent), 1) + before
        if settings.hasHook(.postStop) { steps += 1 }
        share = max(UInt32(clamping: killBy.since(now) / Int64(steps) / 1_000_000), 1)
        until = min(until, now.advanced(milliseconds: Int(share)))
    }
}
