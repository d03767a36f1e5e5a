// Hooks: commands before a start, after it, before a stop, and after each end.
//
//   STARTING: preparing --pre_start_hook succeeds--> spawning ...
//   RUNNING: post_start_hook beside the program
//   STOPPING: preStopping --pre_stop_hook ends--> stopping --exited--> unwinding --post_stop_hook ends--> STOPPED
//   EXITED, BACKOFF, FATAL: post_stop_hook meanwhile
//
// One hook of a process runs at a time. A stop or an exit cancels `post_start_hook`, and `post_stop_hook` follows when that
// is gone. The next start waits for `post_stop_hook`. A second `stop` ends `pre_stop_hook`. All hooks have time limits of their own, so these phases
// have no deadline, except in a shutdown with a budget.

extension ProcessMachine {
    /// What `post_stop_hook` will be told.
    indirect enum CleanUp: Equatable, Sendable {
        case pending(HookContext)
    }

    /// It runs, will by itself, or its hooks do.
    var isUp: Bool { !state.isStopped || hook != nil }

    /// A start has begun, and there is no child because a hook runs, or what is left of the run before.
    public var isPreparing: Bool { phase == .preparing }

    /// The process is gone, and a hook runs before it is STOPPED.
    var isUnwinding: Bool {
        if case .unwinding = phase { return true }
        return false
    }

    /// What `status` says while a hook decides when it goes on; else empty.
    var activity: String {
        if isEnding { return spawnError }
        if let hook, pid == 0 || isStopping { return "\(hook.key) runs" }
        return isPreparing ? "waiting for its old process group to end" : ""
    }

    @inline(never)
    mutating func handlePreparing(
        _ event: Event, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .hookEnded(let kind, let end):
            guard hook == kind else { return }
            hookEnded(kind, end, settings, &actions)
            switch kind {
            case .startCondition: conditionEnded(end, settings, now, &actions)
            case .preStart:
                if end.result.isSuccess { return spawn(now, &actions) }
                startFailed(StartError(.step, end.sentence(.preStart, settings)), settings, now, &actions)
            // One of the run before.
            case .postStart, .preStop, .postStop, .reload, .stop: prepare(settings, now, &actions)
            }
        case .stop, .kill:
            if hook == .preStart || hook == .startCondition, let hook { actions.append(.cancelHook(hook)) }
            stopUnstarted(wasBegun: hook == .preStart && event == .stop, settings, now, &actions)
            if event == .kill, case .unwinding(let stop) = phase {
                handleUnwinding(.kill, stop, settings, now, &actions)
            }
        case .start, .postpone, .dependencyFailed, .forked, .spawned, .spawnFailed, .exited, .hurry, .giveUp, .ready,
            .extend, .fail, .signalFailed, .tick, .groupEnded:
            break
        }
    }

    @inline(never)
    mutating func handlePreStopping(
        _ event: Event, _ stop: Stop, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .hookEnded(let kind, let end):
            guard hook == kind else { return }
            hookEnded(kind, end, settings, &actions)
            if kind == .preStop || !beforeStop(stop.pid, settings, &actions) {
                stopNow(stop, settings, now, &actions)
            }
        // The hook may do more than stop the program.
        case .exited(let status): stopped(status, pid: stop.pid, settings, now, &actions)
        // There is no time for it.
        case .stop: skipHook(stop, settings, now, &actions)
        case .tick: if stop.share > 0, now.instant >= stop.until { skipHook(stop, settings, now, &actions) }
        case .hurry(let killBy):
            var stop = stop
            stop.until = killBy
            stop.hurry(killBy, settings, now.instant, before: settings.hasHook(.stop) ? 1 : 0)
            phase = .preStopping(stop)
        case .kill:
            if hook == .preStop { actions.append(.cancelHook(.preStop)) }
            var stop = stop
            stop.sent = Stop.killed
            insist(stop, settings, now, &actions)
        case .start, .postpone, .dependencyFailed, .forked, .spawned, .spawnFailed, .giveUp, .ready, .extend, .fail,
            .signalFailed, .groupEnded:
            break
        }
    }

    private mutating func skipHook(
        _ stop: Stop, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        if hook == .preStop { actions.append(.cancelHook(.preStop)) }
        stopNow(stop, settings, now, &actions)
    }

    @inline(never)
    mutating func handleUnwinding(
        _ event: Event, _ stop: Stop, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .hookEnded(let kind, let end):
            hookEnded(kind, end, settings, &actions)
            guard hook == nil else { return }
            enter(.stopped, Transition(from: .stopping, to: .stopped, pid: stop.pid), &actions)
        case .hurry(let killBy):
            guard stop.sent != Stop.killed else { return }
            phase = .unwinding(Stop(pid: stop.pid, sent: 0, until: killBy, share: 1))
        case .tick where stop.share > 0 && now.instant >= stop.until, .kill:
            guard stop.sent != Stop.killed else { return }
            endCleanUp(&actions)
            // It was still running when the program had ended.
            if hook == .preStop || hook == .stop, let hook { actions.append(.cancelHook(hook)) }
            phase = .unwinding(Stop(pid: stop.pid, sent: Stop.killed, until: now.instant))
        case .start, .postpone, .dependencyFailed, .forked, .spawned, .spawnFailed, .exited, .stop, .giveUp, .ready,
            .extend, .fail, .signalFailed, .tick, .groupEnded:
            break
        }
    }

    /// Nobody waits for `post_stop_hook` any more.
    mutating func endCleanUp(_ actions: inout [Action]) {
        cleanUp = nil
        if hook == .postStop { actions.append(.cancelHook(.postStop)) }
    }

    // MARK: What several phases have in common

    func mustPrepare(_ settings: ProcessSettings) -> Bool {
        hook != nil || rest != nil || settings.hasHook(.startCondition) || settings.hasHook(.preStart)
    }

    /// Runs what has to succeed before the program is started; then starts it.
    ///
    /// - Parameter previous: what has succeeded.
    @inline(never)
    mutating func prepare(
        _ settings: ProcessSettings, after previous: HookKind? = nil, _ now: Moment, _ actions: inout [Action]
    ) {
        if hook != nil || rest != nil {
            phase = .preparing
            awaitRest(now.instant, &actions)
        } else if previous == nil, settings.hasHook(.startCondition) {
            prepare(by: .startCondition, &actions)
        } else if settings.hasHook(.preStart) {
            prepare(by: .preStart, &actions)
        } else {
            spawn(now, &actions)
        }
    }

    private mutating func prepare(by kind: HookKind, _ actions: inout [Action]) {
        phase = .preparing
        run(kind, HookContext(tries: failures), &actions)
    }

    private mutating func spawn(_ now: Moment, _ actions: inout [Action]) {
        started = now
        phase = .spawning(pid: 0)
        actions.append(.spawn)
    }

    @inline(never)
    private mutating func run(_ kind: HookKind, _ context: HookContext, _ actions: inout [Action]) {
        hook = kind
        actions.append(.runHook(kind, context))
    }

    /// The program is RUNNING.
    mutating func afterStart(_ pid: Int32, _ settings: ProcessSettings, _ actions: inout [Action]) {
        if settings.hasHook(.postStart) { run(.postStart, HookContext(pid: pid), &actions) }
    }

    /// The program is being stopped, or has exited: what runs beside it is of no use any more.
    func endCompany(_ actions: inout [Action]) {
        if hook == .postStart { actions.append(.cancelHook(.postStart)) }
    }

    /// Whether a hook decides when the stop signal, or what replaces it, follows.
    mutating func beforeStop(_ pid: Int32, _ settings: ProcessSettings, _ actions: inout [Action]) -> Bool {
        guard settings.hasHook(.preStop) else { return hook != nil && settings.hasHook(.stop) }
        if hook == nil { run(.preStop, HookContext(pid: pid, reason: .stop), &actions) }
        return true
    }

    /// Whether a command replaces the first stop signal.
    @inline(never)
    mutating func runStopCommand(_ pid: Int32, _ settings: ProcessSettings, _ actions: inout [Action]) -> Bool {
        // One that is being cancelled leaves it no time.
        guard settings.hasHook(.stop), hook == nil else { return false }
        run(.stop, HookContext(pid: pid, reason: .stop), &actions)
        return true
    }

    /// The run is over, and `post_stop_hook` runs, or follows the hook that is being ended.
    mutating func afterEnd(_ context: HookContext, _ settings: ProcessSettings, _ actions: inout [Action]) {
        guard settings.hasHook(.postStop) else { return }
        if hook == nil { run(.postStop, context, &actions) } else { cleanUp = .pending(context) }
    }

    /// It was stopped, and is STOPPED when its hooks are done.
    ///
    /// - Parameters:
    ///   - line: what the log says about the end.
    ///   - hasRun: there is something to clean up.
    @inline(never)
    mutating func leave(
        _ context: HookContext, _ line: Action, hasRun: Bool = true, _ settings: ProcessSettings, _ now: Moment,
        _ actions: inout [Action]
    ) {
        let before = state
        var isKilled = false
        if case .stopping(let stop) = phase { isKilled = stop.sent == Stop.killed }
        // Everybody has given up an UNKNOWN process, and everything may be over when it ends.
        if hasRun, !isKilled, before != .unknown { afterEnd(context, settings, &actions) }
        if hook == nil || before == .unknown {
            enter(.stopped, Transition(from: before, to: .stopped, pid: context.pid), &actions)
        } else {
            phase = .unwinding(unwinding(context.pid, now.instant))
        }
        actions.append(line)
    }

    /// The hooks have as much time as a signal had.
    private func unwinding(_ pid: Int32, _ now: Instant) -> Stop {
        guard case .stopping(let stop) = phase, stop.share > 0 else { return Stop(pid: pid, sent: 0, until: now) }
        return Stop(pid: pid, sent: 0, until: now.advanced(milliseconds: Int(stop.share)), share: stop.share)
    }

    /// Its end means something only for a start that waits for it.
    @inline(never)
    mutating func hookEnded(
        _ kind: HookKind, _ end: HookEnd, _ settings: ProcessSettings, _ actions: inout [Action]
    ) {
        guard hook == kind else { return }
        hook = nil
        switch (kind, end.result.cause) {
        case (.postStart, .ended), (.postStart, .timedOut), (.postStart, .notStarted), (.preStop, .ended),
            (.preStop, .timedOut), (.preStop, .cancelled), (.preStop, .notStarted), (.postStop, .ended),
            (.postStop, .timedOut), (.postStop, .cancelled), (.postStop, .notStarted), (.stop, .ended),
            (.stop, .timedOut), (.stop, .cancelled), (.stop, .notStarted):
            if !end.result.isSuccess {
                actions.append(.log(.warn, "\(settings.name): \(end.sentence(kind, settings))"))
            }
        // The start fails with a line, and what was cancelled has not failed.
        case (.startCondition, .ended), (.startCondition, .timedOut), (.startCondition, .cancelled),
            (.startCondition, .notStarted), (.preStart, .ended), (.preStart, .timedOut), (.preStart, .cancelled),
            (.preStart, .notStarted), (.postStart, .cancelled):
            break
        // The supervisor runs it: it has no part in a start or a stop.
        case (.reload, .ended), (.reload, .timedOut), (.reload, .cancelled), (.reload, .notStarted): break
        }
        guard case .pending(let context)? = cleanUp else { return }
        cleanUp = nil
        // Its settings may be others by now.
        if settings.hasHook(.postStop) { run(.postStop, context, &actions) }
    }
}
