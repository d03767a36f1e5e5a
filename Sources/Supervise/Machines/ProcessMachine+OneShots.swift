// A job that runs once, and a start that a condition has ruled out.

extension ProcessMachine {
    /// It is EXITED because `start_condition` has said no.
    public var isSkipped: Bool { phase == .skipped }

    /// A one-shot is STARTING until it exits: then it has succeeded, or the start has failed.
    @inline(never)
    mutating func handleWorking(
        _ event: Event, _ pid: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .exited(let status):
            ended = now
            exitStatus = status
            if Self.isExpected(status, settings) {
                completed(status, pid: pid, settings, &actions)
            } else {
                failed(status, pid: pid, settings, now, &actions)
            }
        case .stop: stop(pid, settings, now, &actions)
        case .kill: kill(pid, group: settings.killAsGroup, settings, now, &actions)
        case .start, .postpone, .dependencyFailed, .forked, .spawned, .spawnFailed, .hurry, .giveUp, .ready, .extend,
            .fail, .signalFailed, .hookEnded, .tick, .groupEnded:
            break
        }
    }

    @inline(never)
    mutating func handleSkipped(
        _ event: Event, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .start, .postpone:
            pace = RestartPace()
            begin(event, settings, now, &actions)
        case .dependencyFailed, .forked, .spawned, .spawnFailed, .exited, .stop, .hurry, .kill, .giveUp, .ready,
            .extend, .fail, .signalFailed, .hookEnded, .tick, .groupEnded:
            break
        }
    }

    private mutating func completed(
        _ status: ExitStatus, pid: Int32, _ settings: ProcessSettings, _ actions: inout [Action]
    ) {
        failures = 0
        // supervisord knows no way from STARTING to EXITED but this one.
        enter(.running(pid: pid), Transition(from: .starting, to: .running, pid: pid), &actions)
        enter(
            .exited(restartAt: nil),
            Transition(from: .running, to: .exited, expected: true, pid: pid, status: status), &actions)
        actions.append(.log(.info, "completed: \(settings.name) (\(status.description))"))
        afterEnd(HookContext(pid: pid, reason: EndReason(status), status: status), settings, &actions)
    }

    private mutating func failed(
        _ status: ExitStatus, pid: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        trouble = .badExitCode(status.supervisordCode)
        let line = Action.log(.warn, "failed: \(settings.name) (\(status.description); not expected)")
        backOff(
            now, pid: pid, settings, line, reason: EndReason(status), status: status,
            isHopeless: forbidsRestart(status, settings), &actions)
    }

    /// What the end of `start_condition` decides.
    mutating func conditionEnded(
        _ end: HookEnd, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        if end.result.isSuccess { return prepare(settings, after: .startCondition, now, &actions) }
        guard case .ended(.exited(let code)) = end.result.cause, code < Self.failureOfCondition else {
            return startFailed(StartError(.step, end.sentence(.startCondition, settings)), settings, now, &actions)
        }
        failures = 0
        ended = now
        enter(.skipped, Transition(from: .starting, to: .exited), &actions)
        actions.append(.log(.info, "skipped: \(settings.name) (start_condition: exit status \(code))"))
    }

    /// Exit codes of `start_condition` from this one on are failures.
    ///
    /// - Source: `ExecCondition=` of systemd.
    private static let failureOfCondition: Int32 = 255
}
