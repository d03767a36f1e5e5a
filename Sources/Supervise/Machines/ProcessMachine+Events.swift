// What each event means in each phase. A pair that means nothing, or comes too late, is listed on purpose.

extension ProcessMachine {
    /// - Parameter settings: those of this process; its group shares them with the configuration.
    public mutating func handle(
        _ event: Event, _ settings: ProcessSettings, now: Moment, into actions: inout [Action]
    ) {
        handleRest(event, settings, now, &actions)
        switch phase {
        case .stopped: handleStopped(event, settings, now, &actions)
        case .waiting: handleWaiting(event, settings, now, &actions)
        case .preparing: handlePreparing(event, settings, now, &actions)
        case .spawning(let pid): handleSpawning(event, pid, settings, now, &actions)
        case .starting(let pid, let confirmAt): handleStarting(event, pid, confirmAt, settings, now, &actions)
        case .announcing(let pid, let failAt): handleAnnouncing(event, pid, failAt, settings, now, &actions)
        case .working(let pid): handleWorking(event, pid, settings, now, &actions)
        case .running(let pid): handleRunning(event, pid, settings, now, &actions)
        case .backoff: handleBackoff(event, settings, now, &actions)
        case .preStopping(let stop): handlePreStopping(event, stop, settings, now, &actions)
        case .stopping(let stop): handleStopping(event, stop, settings, now, &actions)
        case .ending(let stop, let why): handleEnding(event, stop, why, settings, now, &actions)
        case .unwinding(let stop): handleUnwinding(event, stop, settings, now, &actions)
        case .exited(let restartAt): handleExited(event, restartAt, settings, now, &actions)
        case .skipped: handleSkipped(event, settings, now, &actions)
        case .fatal(let recovery): handleFatal(event, recovery, settings, now, &actions)
        case .unknown(let pid): handleUnknown(event, pid, settings, now, &actions)
        }
    }

    private mutating func handleStopped(
        _ event: Event, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .start, .postpone:
            pace = RestartPace()
            begin(event, settings, now, &actions)
        case .hookEnded(let kind, let end): hookEnded(kind, end, settings, &actions)
        case .kill: endCleanUp(&actions)
        case .dependencyFailed, .forked, .spawned, .spawnFailed, .exited, .stop, .hurry, .giveUp, .ready, .extend,
            .fail, .signalFailed, .tick, .groupEnded:
            break
        }
    }

    private mutating func handleWaiting(
        _ event: Event, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .start:
            // For clients it has been STARTING all the time.
            prepare(settings, now, &actions)
        case .hookEnded(let kind, let end): hookEnded(kind, end, settings, &actions)
        case .dependencyFailed(let failure):
            trouble = .dependency(failure)
            enter(
                .backoff(retryAt: now.instant), Transition(from: .starting, to: .backoff, tries: failures), &actions)
            giveUp(.withDependencies, &actions)
            actions.append(.log(.warn, "gave up: \(settings.name) entered FATAL state, \(failure.sentence)"))
        case .stop: stopUnstarted(wasBegun: false, settings, now, &actions)
        case .kill:
            endCleanUp(&actions)
            stopUnstarted(wasBegun: false, settings, now, &actions)
        case .postpone, .forked, .spawned, .spawnFailed, .exited, .hurry, .giveUp, .ready, .extend, .fail,
            .signalFailed, .tick, .groupEnded:
            break
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
            guard !settings.isOneShot else {
                phase = .working(pid: pid)
                return
            }
            guard settings.notify == nil else {
                let limit = settings.startTimeout
                phase = .announcing(pid: pid, failAt: limit > 0 ? now.instant + limit : nil)
                return
            }
            phase = .starting(pid: pid, confirmAt: now.instant + settings.startSeconds)
            if settings.startSeconds <= 0 { confirm(pid, settings, &actions) }
        case .spawnFailed(let failure): startFailed(failure, settings, now, &actions)
        case .stop where pid == 0, .kill where pid == 0:
            actions.append(.cancelSpawn)
            stopUnstarted(wasBegun: event == .stop, settings, now, &actions)
        case .stop:
            // Nothing of the program runs yet, and the child may hang where only SIGKILL gets through.
            let killAt = now.instant + min(settings.stopWaitSeconds, Self.unexecutedWaitSeconds)
            enter(
                .stopping(Stop(pid: pid, sent: Stop.onlyOne, until: killAt)),
                Transition(from: .starting, to: .stopping, pid: pid), &actions)
            // It may not have its own process group yet.
            signal(pid, settings.stopSignal, group: false, settings, &actions)
        case .kill: kill(pid, group: false, settings, now, &actions)
        case .start, .postpone, .dependencyFailed, .exited, .hurry, .giveUp, .ready, .extend, .fail, .signalFailed,
            .hookEnded, .tick, .groupEnded:
            break
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
        case .fail(let why): fail(pid, why, settings, now, &actions)
        case .kill: kill(pid, group: settings.killAsGroup, settings, now, &actions)
        case .start, .postpone, .dependencyFailed, .forked, .spawned, .spawnFailed, .hurry, .giveUp, .ready, .extend,
            .signalFailed, .hookEnded, .groupEnded:
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
        case .fail(let why): fail(pid, why, settings, now, &actions)
        case .hookEnded(let kind, let end): hookEnded(kind, end, settings, &actions)
        case .kill: kill(pid, group: settings.killAsGroup, settings, now, &actions)
        case .start, .postpone, .dependencyFailed, .forked, .spawned, .spawnFailed, .hurry, .giveUp, .ready, .extend,
            .signalFailed, .tick, .groupEnded:
            break
        }
    }

    private mutating func handleBackoff(
        _ event: Event, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .start, .postpone: begin(event, settings, now, &actions)
        case .hookEnded(let kind, let end): hookEnded(kind, end, settings, &actions)
        case .stop:
            actions.append(.log(.debug, "Attempted to kill \(settings.name), which is in BACKOFF state."))
            enter(.stopped, Transition(from: .backoff, to: .stopped), &actions)
        case .giveUp: giveUp(.none, &actions)
        case .kill:
            endCleanUp(&actions)
            giveUp(.none, &actions)
        case .dependencyFailed, .forked, .spawned, .spawnFailed, .exited, .hurry, .ready, .extend, .fail,
            .signalFailed, .tick, .groupEnded:
            break
        }
    }

    private mutating func handleStopping(
        _ event: Event, _ stop: Stop, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .tick: if now.instant >= stop.until { insist(stop, settings, now, &actions) }
        case .exited(let status): stopped(status, pid: stop.pid, settings, now, &actions)
        case .spawnFailed(let failure): stopped(failure, pid: stop.pid, settings, now, &actions)
        case .signalFailed(let reason):
            actions.append(.log(.critical, "unknown problem killing \(settings.name) (\(stop.pid)): \(reason)"))
            enter(.unknown(pid: stop.pid), Transition(from: .stopping, to: .unknown, pid: stop.pid), &actions)
        case .extend(let until): phase = .stopping(stop.extended(until))
        case .hurry(let killBy):
            var stop = stop
            stop.hurry(killBy, settings, now.instant)
            phase = .stopping(stop)
        case .kill:
            var stop = stop
            stop.sent = Stop.killed
            insist(stop, settings, now, &actions)
        case .hookEnded(let kind, let end):
            let isCommand = kind == .stop && hook == .stop
            hookEnded(kind, end, settings, &actions)
            // It was to replace the first signal.
            if isCommand, stop.sent == 0, !end.result.isSuccess { sendFirst(stop, settings, now, &actions) }
        case .spawned: phase = .stopping(stop.executed(settings.stopWaitSeconds, now.instant))
        case .start, .postpone, .dependencyFailed, .forked, .stop, .giveUp, .ready, .fail, .groupEnded: break
        }
    }

    private mutating func handleExited(
        _ event: Event, _ restartAt: Instant?, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .start, .postpone:
            // Before its time, or not at all without a request.
            if restartAt.map({ now.instant < $0 }) ?? true { pace = RestartPace() }
            begin(event, settings, now, &actions)
        case .stop:
            if restartAt != nil { stayDown(settings, &actions) }
        case .hookEnded(let kind, let end): hookEnded(kind, end, settings, &actions)
        case .kill: endCleanUp(&actions)
        case .dependencyFailed, .forked, .spawned, .spawnFailed, .exited, .hurry, .giveUp, .ready, .extend, .fail,
            .signalFailed, .tick, .groupEnded:
            break
        }
    }

    private mutating func handleFatal(
        _ event: Event, _ recovery: Recovery, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .start, .postpone:
            pace = RestartPace()
            begin(event, settings, now, &actions)
        case .stop:
            if recovery != .none { stayDown(settings, &actions) }
        case .hookEnded(let kind, let end): hookEnded(kind, end, settings, &actions)
        case .kill: endCleanUp(&actions)
        case .dependencyFailed, .forked, .spawned, .spawnFailed, .exited, .hurry, .giveUp, .ready, .extend, .fail,
            .signalFailed, .tick, .groupEnded:
            break
        }
    }
}

// What several phases have in common.
extension ProcessMachine {
    /// Resets the machine to its initial state, except for its settings: as if it had never been started.
    mutating func begin(
        _ event: Event, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        trouble = nil
        exitStatus = nil
        let transition = Transition(from: state, to: .starting, tries: failures)
        if event == .postpone {
            enter(.waiting, transition, &actions)
        } else {
            started = now
            // Before the publication, at which requests look.
            phase = mustPrepare(settings) ? .preparing : .spawning(pid: 0)
            enter(phase, transition, &actions)
            prepare(settings, now, &actions)
        }
    }

    /// It was to be started, and there is no child yet.
    ///
    /// - Parameter wasBegun: more than a wait for others.
    mutating func stopUnstarted(
        wasBegun: Bool, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        enter(
            .stopping(Stop(pid: 0, sent: 0, until: now.instant)), Transition(from: .starting, to: .stopping), &actions)
        ended = now
        let line = Action.log(.info, "stopped: \(settings.name) (before it was started)")
        leave(HookContext(reason: .stop, tries: failures), line, hasRun: wasBegun, settings, now, &actions)
    }

    /// The start failed before its program ran.
    @inline(never)
    mutating func startFailed(
        _ failure: StartError, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        trouble = .notStarted(failure)
        actions.append(.log(.info, failure.line(settings.name)))
        backOff(now, pid: 0, settings, nil, reason: .spawn, &actions)
    }

    mutating func confirm(_ pid: Int32, _ settings: ProcessSettings, _ actions: inout [Action]) {
        // If a check decides whether it works, its first success does.
        if !settings.restartsWhenUnhealthy { failures = 0 }
        enter(.running(pid: pid), Transition(from: .starting, to: .running, pid: pid), &actions)
        let why =
            settings.notify != nil
            ? "it is ready"
            : "process has stayed up for > than \(settings.startSeconds) seconds (startsecs)"
        actions.append(.log(.info, "success: \(settings.name) entered RUNNING state, \(why)"))
        afterStart(pid, settings, &actions)
    }

    mutating func exitedTooQuickly(
        _ status: ExitStatus, pid: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        exitStatus = nil
        trouble = settings.notify == nil ? .exitedTooQuickly : .exitedUnready
        let line = Action.log(.warn, "exited: \(settings.name) (\(status.description); not expected)")
        backOff(
            now, pid: pid, settings, line, reason: EndReason(status), status: status,
            isHopeless: forbidsRestart(status, settings), &actions)
    }

    private mutating func exited(
        _ status: ExitStatus, pid: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        failures = 0
        exitStatus = status
        let expected = Self.isExpected(status, settings)
        if !expected { trouble = .badExitCode(status.supervisordCode) }
        enterExited(status, expected, from: .running, pid: pid, settings, now, &actions)
        let text = "exited: \(settings.name) (\(status.description); \(expected ? "" : "not ")expected)"
        actions.append(.log(expected ? .info : .warn, text))
        endCompany(&actions)
        afterEnd(HookContext(pid: pid, reason: EndReason(status), status: status), settings, &actions)
    }

    mutating func enterExited(
        _ status: ExitStatus, _ isExpected: Bool, from state: ProcessState, pid: Int32, _ settings: ProcessSettings,
        _ now: Moment, _ actions: inout [Action]
    ) {
        let isRestarted = restarts(settings, isExpected: isExpected)
        enter(
            .exited(restartAt: isRestarted ? pace.afterExit(now.instant, since: started?.instant, settings) : nil),
            Transition(from: state, to: .exited, expected: isExpected, pid: pid, status: status), &actions)
    }

    /// The failure after `startretries` is the last.
    @inline(never)
    mutating func backOff(
        _ now: Moment, from state: ProcessState = .starting, pid: Int32, _ settings: ProcessSettings, _ line: Action?,
        reason: EndReason, status: ExitStatus? = nil, isHopeless: Bool = false, _ actions: inout [Action]
    ) {
        failures &+= 1
        let context = HookContext(pid: pid, reason: reason, status: status, tries: failures)
        let isForever = settings.startRetries == ProcessSettings.forever
        enter(
            .backoff(retryAt: pace.afterFailure(failures, now.instant, settings)),
            Transition(from: state, to: .backoff, tries: failures, pid: pid), &actions)
        if let line { actions.append(line) }
        afterEnd(context, settings, &actions)
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

    @inline(never)
    func signal(
        _ pid: Int32, _ signal: Signal, group: Bool, _ settings: ProcessSettings, _ actions: inout [Action]
    ) {
        let whom = group ? "process group " : ""
        actions.append(.log(.debug, "killing \(settings.name) (pid \(pid)) \(whom)with signal \(signal.name)"))
        actions.append(.signal(pid: pid, signal, group: group))
    }

    @inline(never)
    mutating func enter(_ next: Phase, _ transition: Transition, _ actions: inout [Action]) {
        phase = next
        actions.append(.publish(transition))
    }

    /// It would have been started again.
    private mutating func stayDown(_ settings: ProcessSettings, _ actions: inout [Action]) {
        actions.append(.log(.debug, "\(settings.name) is not restarted."))
        enter(.stopped, Transition(from: state, to: .stopped), &actions)
    }

    mutating func stopped(
        _ status: ExitStatus, pid: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        ended = now
        exitStatus = status
        let level: LogLevel = Self.isExpected(status, settings) ? .info : .warn
        let line = Action.log(level, "stopped: \(settings.name) (\(status.description))")
        leave(HookContext(pid: pid, reason: .stop, status: status, tries: failures), line, settings, now, &actions)
    }

    /// Its start had not finished when it was stopped.
    mutating func stopped(
        _ failure: StartError, pid: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        ended = now
        let line = Action.log(.info, "stopped: \(settings.name) (\(failure.sentence))")
        leave(HookContext(pid: pid, reason: .stop, tries: failures), line, settings, now, &actions)
    }
}
