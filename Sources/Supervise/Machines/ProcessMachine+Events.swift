// What each event means in each phase. A pair that means nothing, or comes too late, is listed on purpose.

extension ProcessMachine {
    /// - Parameter settings: those of this process; its group shares them with the configuration.
    public mutating func handle(
        _ event: Event, _ settings: ProcessSettings, now: Moment, into actions: inout [Action]
    ) {
        switch phase {
        case .stopped: handleStopped(event, now, &actions)
        case .waiting: handleWaiting(event, settings, now, &actions)
        case .spawning(let pid): handleSpawning(event, pid, settings, now, &actions)
        case .starting(let pid, let confirmAt): handleStarting(event, pid, confirmAt, settings, now, &actions)
        case .running(let pid): handleRunning(event, pid, settings, now, &actions)
        case .backoff: handleBackoff(event, settings, now, &actions)
        case .stopping(let stop): handleStopping(event, stop, settings, now, &actions)
        case .exited(let restartAt): handleExited(event, restartAt, settings, now, &actions)
        case .fatal(let recovery): handleFatal(event, recovery, settings, now, &actions)
        case .unknown(let pid): handleUnknown(event, pid, settings, now, &actions)
        }
    }

    private mutating func handleStopped(_ event: Event, _ now: Moment, _ actions: inout [Action]) {
        switch event {
        case .start, .postpone:
            pace = RestartPace()
            begin(event, now, &actions)
        case .dependencyFailed, .forked, .spawned, .spawnFailed, .exited, .stop, .hurry, .kill, .giveUp, .signalFailed,
            .tick:
            break
        }
    }

    private mutating func handleWaiting(
        _ event: Event, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .start:
            // For clients it has been STARTING all the time.
            started = now
            phase = .spawning(pid: 0)
            actions.append(.spawn)
        case .dependencyFailed(let failure):
            trouble = .dependency(failure)
            enter(
                .backoff(retryAt: now.instant), Transition(from: .starting, to: .backoff, tries: failures), &actions)
            giveUp(.withDependencies, &actions)
            actions.append(.log(.warn, "gave up: \(settings.name) entered FATAL state, \(failure.sentence)"))
        case .stop, .kill: stopUnstarted(settings, now, &actions)
        case .postpone, .forked, .spawned, .spawnFailed, .exited, .hurry, .giveUp, .signalFailed, .tick: break
        }
    }

    private mutating func handleSpawning(
        _ event: Event, _ pid: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        // Again, if it was tried once more in another way.
        case .forked(let pid): phase = .spawning(pid: pid)
        case .spawned(let pid):
            actions.append(.log(.info, "spawned: '\(settings.name)' with pid \(pid)"))
            phase = .starting(pid: pid, confirmAt: now.instant + settings.startSeconds)
            if settings.startSeconds <= 0 { confirm(pid, settings, &actions) }
        case .spawnFailed(let failure):
            trouble = .notStarted(failure)
            actions.append(.log(.info, failure.line(settings.name)))
            backOff(now, pid: 0, settings, nil, &actions)
        case .stop where pid == 0, .kill where pid == 0:
            actions.append(.cancelSpawn)
            stopUnstarted(settings, now, &actions)
        case .stop:
            // Nothing of the program runs yet, and the child may hang where only SIGKILL gets through.
            let killAt = now.instant + min(settings.stopWaitSeconds, Self.unexecutedWaitSeconds)
            enter(
                .stopping(Stop(pid: pid, sent: .max, until: killAt)),
                Transition(from: .starting, to: .stopping, pid: pid), &actions)
            // It may not have its own process group yet.
            signal(pid, settings.stopSignal, group: false, settings, &actions)
        case .kill: kill(pid, group: false, settings, now, &actions)
        case .start, .postpone, .dependencyFailed, .exited, .hurry, .giveUp, .signalFailed, .tick: break
        }
    }

    private mutating func handleStarting(
        _ event: Event, _ pid: Int32, _ confirmAt: Instant, _ settings: ProcessSettings, _ now: Moment,
        _ actions: inout [Action]
    ) {
        switch event {
        case .tick: if now.instant >= confirmAt { confirm(pid, settings, &actions) }
        case .exited(let status):
            ended = now
            if now.instant < confirmAt {
                exitedTooQuickly(status, pid: pid, settings, now, &actions)
            } else {
                enter(.running(pid: pid), Transition(from: .starting, to: .running, pid: pid), &actions)
                exited(status, pid: pid, settings, now, &actions)
            }
        case .stop: stop(pid, settings, now, &actions)
        case .kill: kill(pid, group: settings.killAsGroup, settings, now, &actions)
        case .start, .postpone, .dependencyFailed, .forked, .spawned, .spawnFailed, .hurry, .giveUp, .signalFailed:
            break
        }
    }

    private mutating func handleRunning(
        _ event: Event, _ pid: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .exited(let status):
            ended = now
            exited(status, pid: pid, settings, now, &actions)
        case .stop: stop(pid, settings, now, &actions)
        case .kill: kill(pid, group: settings.killAsGroup, settings, now, &actions)
        case .start, .postpone, .dependencyFailed, .forked, .spawned, .spawnFailed, .hurry, .giveUp, .signalFailed,
            .tick:
            break
        }
    }

    private mutating func handleBackoff(
        _ event: Event, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .start, .postpone: begin(event, now, &actions)
        case .stop:
            actions.append(.log(.debug, "Attempted to kill \(settings.name), which is in BACKOFF state."))
            enter(.stopped, Transition(from: .backoff, to: .stopped), &actions)
        case .giveUp, .kill: giveUp(.none, &actions)
        case .dependencyFailed, .forked, .spawned, .spawnFailed, .exited, .hurry, .signalFailed, .tick: break
        }
    }

    private mutating func handleStopping(
        _ event: Event, _ stop: Stop, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .tick: if now.instant >= stop.until { insist(stop, settings, now, &actions) }
        case .hurry(let killBy):
            var stop = stop
            stop.hurry(killBy, settings, now.instant)
            phase = .stopping(stop)
        case .kill:
            var stop = stop
            stop.sent = .max
            insist(stop, settings, now, &actions)
        case .exited(let status): stopped(status, pid: stop.pid, settings, now, &actions)
        case .spawnFailed(let failure): stopped(failure, pid: stop.pid, settings, now, &actions)
        case .signalFailed(let reason):
            actions.append(.log(.critical, "unknown problem killing \(settings.name) (\(stop.pid)): \(reason)"))
            enter(.unknown(pid: stop.pid), Transition(from: .stopping, to: .unknown, pid: stop.pid), &actions)
        case .start, .postpone, .dependencyFailed, .forked, .spawned, .stop, .giveUp: break
        }
    }

    private mutating func handleExited(
        _ event: Event, _ restartAt: Instant?, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .start, .postpone:
            // Before its time, or not at all without a request.
            if restartAt.map({ now.instant < $0 }) ?? true { pace = RestartPace() }
            begin(event, now, &actions)
        case .stop:
            if restartAt != nil { stayDown(settings, &actions) }
        case .dependencyFailed, .forked, .spawned, .spawnFailed, .exited, .hurry, .kill, .giveUp, .signalFailed, .tick:
            break
        }
    }

    private mutating func handleFatal(
        _ event: Event, _ recovery: Recovery, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .start, .postpone:
            pace = RestartPace()
            begin(event, now, &actions)
        case .stop:
            if recovery != .none { stayDown(settings, &actions) }
        case .dependencyFailed, .forked, .spawned, .spawnFailed, .exited, .hurry, .kill, .giveUp, .signalFailed, .tick:
            break
        }
    }

    private mutating func handleUnknown(
        _ event: Event, _ pid: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .exited(let status): stopped(status, pid: pid, settings, now, &actions)
        case .spawnFailed(let failure): stopped(failure, pid: pid, settings, now, &actions)
        case .start, .postpone, .dependencyFailed, .forked, .spawned, .stop, .hurry, .kill, .giveUp, .signalFailed,
            .tick:
            break
        }
    }
}

// What several phases have in common.
extension ProcessMachine {
    /// Resets the machine to its initial state, except for its settings: as if it had never been started.
    private mutating func begin(_ event: Event, _ now: Moment, _ actions: inout [Action]) {
        trouble = nil
        exitStatus = nil
        let transition = Transition(from: state, to: .starting, tries: failures)
        if event == .postpone {
            enter(.waiting, transition, &actions)
        } else {
            started = now
            enter(.spawning(pid: 0), transition, &actions)
            actions.append(.spawn)
        }
    }

    /// It was to be started, and there is no child yet.
    private mutating func stopUnstarted(_ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]) {
        enter(
            .stopping(Stop(pid: 0, sent: 0, until: now.instant)), Transition(from: .starting, to: .stopping), &actions)
        ended = now
        enter(.stopped, Transition(from: .stopping, to: .stopped), &actions)
        actions.append(.log(.info, "stopped: \(settings.name) (before it was started)"))
    }

    private mutating func confirm(_ pid: Int32, _ settings: ProcessSettings, _ actions: inout [Action]) {
        failures = 0
        enter(.running(pid: pid), Transition(from: .starting, to: .running, pid: pid), &actions)
        actions.append(
            .log(
                .info,
                "success: \(settings.name) entered RUNNING state, process has stayed up for > than "
                    + "\(settings.startSeconds) seconds (startsecs)"))
    }

    private mutating func exitedTooQuickly(
        _ status: ExitStatus, pid: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        exitStatus = nil
        trouble = .exitedTooQuickly
        let line = Action.log(.warn, "exited: \(settings.name) (\(status.description); not expected)")
        backOff(now, pid: pid, settings, line, isHopeless: forbidsRestart(status, settings), &actions)
    }

    private mutating func exited(
        _ status: ExitStatus, pid: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        failures = 0
        exitStatus = status
        let expected = Self.isExpected(status, settings)
        if !expected { trouble = .badExitCode(status.supervisordCode) }
        enter(
            .exited(
                restartAt: restarts(settings) ? pace.afterExit(now.instant, since: started?.instant, settings) : nil),
            Transition(from: .running, to: .exited, expected: expected, pid: pid, status: status), &actions)
        let text = "exited: \(settings.name) (\(status.description); \(expected ? "" : "not ")expected)"
        actions.append(.log(expected ? .info : .warn, text))
    }

    /// The failure after `startretries` is the last.
    private mutating func backOff(
        _ now: Moment, pid: Int32, _ settings: ProcessSettings, _ line: Action?, isHopeless: Bool = false,
        _ actions: inout [Action]
    ) {
        failures &+= 1
        let isForever = settings.startRetries == ProcessSettings.forever
        enter(
            .backoff(retryAt: pace.afterFailure(failures, now.instant, settings)),
            Transition(from: .starting, to: .backoff, tries: failures, pid: pid), &actions)
        if let line { actions.append(line) }
        guard isHopeless || !isForever && failures > settings.startRetries else { return }
        let again = settings.fatalRetrySeconds
        giveUp(again > 0 && !isHopeless ? .at(now.instant + again) : .none, &actions)
        let why =
            isHopeless ? "its exit status is one of no_restart_exitcodes" : "too many start retries too quickly"
        actions.append(.log(.info, "gave up: \(settings.name) entered FATAL state, \(why)"))
    }

    private mutating func giveUp(_ recovery: Recovery, _ actions: inout [Action]) {
        failures = 0
        enter(.fatal(recovery), Transition(from: .backoff, to: .fatal), &actions)
    }

    private func signal(
        _ pid: Int32, _ signal: Signal, group: Bool, _ settings: ProcessSettings, _ actions: inout [Action]
    ) {
        let whom = group ? "process group " : ""
        actions.append(.log(.debug, "killing \(settings.name) (pid \(pid)) \(whom)with signal \(signal.name)"))
        actions.append(.signal(pid: pid, signal, group: group))
    }

    private mutating func enter(_ next: Phase, _ transition: Transition, _ actions: inout [Action]) {
        phase = next
        actions.append(.publish(transition))
    }

    /// It would have been started again.
    private mutating func stayDown(_ settings: ProcessSettings, _ actions: inout [Action]) {
        actions.append(.log(.debug, "\(settings.name) is not restarted."))
        enter(.stopped, Transition(from: state, to: .stopped), &actions)
    }

    private mutating func stop(_ pid: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]) {
        enter(
            .stopping(Stop(pid: pid, sent: 1, until: now.instant + settings.stopWaitSeconds)),
            Transition(from: state, to: .stopping, pid: pid), &actions)
        signal(pid, settings.stopSignal, group: settings.stopAsGroup, settings, &actions)
    }

    private mutating func kill(
        _ pid: Int32, group: Bool, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        enter(
            .stopping(Stop(pid: pid, sent: .max, until: now.instant + max(settings.stopWaitSeconds, 1))),
            Transition(from: state, to: .stopping, pid: pid), &actions)
        actions.append(.log(.warn, "killing '\(settings.name)' (\(pid)) with SIGKILL"))
        signal(pid, .kill, group: group, settings, &actions)
    }

    /// It has not heeded the last signal: sends the next one, and SIGKILL after the last, again and again.
    private mutating func insist(
        _ stop: Stop, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        let next = settings.stopSignal(Int(stop.sent))
        actions.append(.log(.warn, "killing '\(settings.name)' (\(stop.pid)) with \((next ?? .kill).name)"))
        var stop = stop
        if let next {
            stop.sent += 1
            stop.until = stop.next(settings.stopWaitSeconds, now.instant)
            signal(stop.pid, next, group: settings.stopAsGroup, settings, &actions)
        } else {
            stop.until = max(stop.next(settings.stopWaitSeconds, now.instant), now.instant + 1)
            signal(stop.pid, .kill, group: settings.killAsGroup, settings, &actions)
        }
        phase = .stopping(stop)
    }

    private mutating func stopped(
        _ status: ExitStatus, pid: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        ended = now
        exitStatus = status
        enter(.stopped, Transition(from: state, to: .stopped, pid: pid), &actions)
        let level: LogLevel = Self.isExpected(status, settings) ? .info : .warn
        actions.append(.log(level, "stopped: \(settings.name) (\(status.description))"))
    }

    /// Its start had not finished when it was stopped.
    private mutating func stopped(
        _ failure: StartError, pid: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        ended = now
        enter(.stopped, Transition(from: state, to: .stopped, pid: pid), &actions)
        actions.append(.log(.info, "stopped: \(settings.name) (\(failure.sentence))"))
    }
}

extension ProcessMachine.Stop {
    /// When a signal that is sent now is followed by the next one.
    fileprivate func next(_ waitSeconds: Int, _ now: Instant) -> Instant {
        let end = now + waitSeconds
        return share == 0 ? end : min(end, now.advanced(milliseconds: Int(share)))
    }

    /// Divides the time that is left between the last signal and those that follow it.
    fileprivate mutating func hurry(_ killBy: Instant, _ settings: ProcessSettings, _ now: Instant) {
        let signals = Int64(max(settings.stopSignalCount - Int(sent), 0) + 1)
        share = max(UInt32(clamping: killBy.since(now) / signals / 1_000_000), 1)
        until = min(until, now.advanced(milliseconds: Int(share)))
    }
}
