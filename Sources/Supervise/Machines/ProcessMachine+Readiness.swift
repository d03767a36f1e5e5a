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
        case .start, .postpone, .dependencyFailed, .forked, .spawned, .spawnFailed, .giveUp, .signalFailed: break
        }
    }

    mutating func handleEnding(
        _ event: Event, _ pid: Int32, _ why: ForcedEnd, _ killAt: Instant, _ settings: ProcessSettings, _ now: Moment,
        _ actions: inout [Action]
    ) {
        switch event {
        case .tick:
            guard now.instant >= killAt else { return }
            actions.append(.log(.warn, "killing '\(settings.name)' (\(pid)) with SIGKILL"))
            phase = .ending(pid: pid, why, killAt: now.instant + max(settings.stopWaitSeconds, 1))
            signal(pid, .kill, group: settings.killAsGroup, settings, &actions)
        case .exited(let status):
            ended = now
            ended(status, pid: pid, why, settings, now, &actions)
        // Now it stays down. The state is the same.
        case .stop: phase = .stopping(pid: pid, killAt: killAt)
        case .extend(let until): phase = .ending(pid: pid, why, killAt: max(killAt, until))
        case .signalFailed(let reason):
            actions.append(.log(.critical, "unknown problem killing \(settings.name) (\(pid)): \(reason)"))
            enter(.unknown(pid: pid), Transition(from: .stopping, to: .unknown, pid: pid), &actions)
        // It has executed its program.
        case .spawnFailed: break
        case .start, .postpone, .dependencyFailed, .forked, .spawned, .giveUp, .ready, .fail: break
        }
    }

    /// init ends it. A watchdog wants to know where it hangs: SIGABRT leaves a core.
    mutating func fail(
        _ pid: Int32, _ why: ForcedEnd, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        trouble = .ended(why)
        actions.append(.log(.warn, "stopping \(settings.name): \(spawnError)"))
        enter(
            .ending(pid: pid, why, killAt: now.instant + settings.stopWaitSeconds),
            Transition(from: state, to: .stopping, pid: pid), &actions)
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
            backOff(now, from: .stopping, pid: pid, settings, line, &actions)
        case .watchdog:
            failures = 0
            exitStatus = status
            enterExited(status, false, from: .stopping, pid: pid, settings, now, &actions)
            actions.append(line)
        }
    }
}
