// What is new beside supervisord: programs that say when they are ready, and those that init ends by itself.

extension ProcessMachine {
    mutating func handleAnnouncing(
        _ event: Event, _ pid: Int32, _ failAt: Instant?, _ settings: ProcessSettings, _ now: Moment,
        _ actions: inout [Action]
    ) {
        switch event {
        case .ready: confirm(pid, settings, &actions)
        case .tick: if let failAt, now.instant >= failAt { fail(pid, .notReady, settings, now, &actions) }
        case .extend(let until): if let failAt { phase = .announcing(pid: pid, failAt: max(failAt, until)) }
        case .exited(let status):
            ended = now
            exitedTooQuickly(status, pid: pid, settings, now, &actions)
        case .stop: stop(pid, settings, now, &actions)
        case .fail(let why): fail(pid, why, settings, now, &actions)
        case .kill: kill(pid, group: settings.killAsGroup, settings, now, &actions)
        case .start, .postpone, .dependencyFailed, .forked, .spawned, .spawnFailed, .hurry, .giveUp, .signalFailed,
            .hookEnded, .groupEnded:
            break
        }
    }

    mutating func handleEnding(
        _ event: Event, _ stop: Stop, _ why: ForcedEnd, _ settings: ProcessSettings, _ now: Moment,
        _ actions: inout [Action]
    ) {
        switch event {
        case .tick:
            guard now.instant >= stop.until else { return }
            insist(stop, settings, now, &actions)
            if case .stopping(let stop) = phase { phase = .ending(stop, why) }
        case .exited(let status):
            ended = now
            ended(status, pid: stop.pid, why, settings, now, &actions)
        // Now it stays down. The state is the same.
        case .stop, .hurry, .kill:
            phase = .stopping(stop)
            if event != .stop { handle(event, settings, now: now, into: &actions) }
        case .extend(let until): phase = .ending(stop.extended(until), why)
        case .signalFailed(let reason):
            actions.append(.log(.critical, "unknown problem killing \(settings.name) (\(stop.pid)): \(reason)"))
            enter(.unknown(pid: stop.pid), Transition(from: .stopping, to: .unknown, pid: stop.pid), &actions)
        case .hookEnded(let kind, let end): hookEnded(kind, end, settings, &actions)
        // It has executed its program.
        case .spawnFailed: break
        case .start, .postpone, .dependencyFailed, .forked, .spawned, .giveUp, .ready, .fail, .groupEnded: break
        }
    }

    /// init ends it. A watchdog wants to know where it hangs: SIGABRT leaves a core.
    mutating func fail(
        _ pid: Int32, _ why: ForcedEnd, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        trouble = .ended(why)
        actions.append(.log(.warn, "stopping \(settings.name): \(spawnError)"))
        enter(
            .ending(
                Stop(
                    pid: pid, sent: why == .watchdog ? Stop.onlyOne : 1, until: now.instant + settings.stopWaitSeconds),
                why),
            Transition(from: state, to: .stopping, pid: pid), &actions)
        endCompany(&actions)
        signal(
            pid, why == .watchdog ? .abort : settings.stopSignal, group: why != .watchdog && settings.stopAsGroup,
            settings, &actions)
    }

    /// It is gone, as init wanted.
    private mutating func ended(
        _ status: ExitStatus, pid: Int32, _ why: ForcedEnd, _ settings: ProcessSettings, _ now: Moment,
        _ actions: inout [Action]
    ) {
        let line = Action.log(.warn, "exited: \(settings.name) (\(status.description); \(spawnError))")
        switch why {
        // A failed start, as the next one is if the check still fails.
        case .notReady, .unhealthy:
            exitStatus = nil
            backOff(
                now, from: .stopping, pid: pid, settings, line, reason: why.reason, status: status, &actions)
        case .watchdog:
            failures = 0
            exitStatus = status
            enterExited(status, false, from: .stopping, pid: pid, settings, now, &actions)
            actions.append(line)
            afterEnd(HookContext(pid: pid, reason: why.reason, status: status), settings, &actions)
        }
    }
}

extension ProcessMachine.ForcedEnd {
    /// What hooks are told.
    fileprivate var reason: EndReason {
        switch self {
        case .notReady: .timeout
        case .watchdog: .watchdog
        case .unhealthy: .health
        }
    }
}
