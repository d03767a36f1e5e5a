// The life of one supervised process, from the first start to the last exit.
//
//   STOPPED --start--> STARTING --startsecs passed--> RUNNING --exit--> EXITED --(autorestart)--> STARTING
//                       |   ^                          |
//          exit, or it  |   | a second later, then     | stop                       stop
//     can't be spawned  v   | two, then three, ...     v                            v
//                      BACKOFF --retries used up--> FATAL      STARTING, RUNNING --> STOPPING --exit--> STOPPED
//
// `backoff_delay` and its relatives give the pauses before restarts, also after RUNNING; `fatal_retry_secs` leads from
// FATAL back to STARTING.
//
// `start` comes from autostart, a request or a restart; the Supervisor decides whether it may. The machine asks for a
// spawn by an action and stays STARTING until it learns the result, however long that takes: `forked` when there is a
// child, then `spawned` when the child has executed its program, or `spawnFailed` instead of either.
//
// A program that exits within a second of its start, again and again, is slowed down: after three such exits in a row
// it starts once a second. supervisord has the same brake, in its main loop, which turns once a second.

/// One process of a group: its configuration, its state and what is known of its last run.
public struct ProcessMachine: Sendable {
    public enum Event: Equatable, Sendable {
        /// Spawn it. Only in a state in which nothing runs.
        case start
        /// There is a child, on its way to its program.
        case forked(pid: Int32)
        /// The child has executed its program.
        case spawned(pid: Int32)
        /// The spawn failed. If there was a child, it is dead or was given up.
        case spawnFailed(StartError)
        /// The kernel reports that the child is gone.
        case exited(ExitStatus)
        /// A request to stop it.
        case stop
        /// The shutdown found it waiting for a retry.
        case giveUp
        /// The stop signal or SIGKILL could not be delivered, for another reason than that the process is gone.
        case signalFailed(reason: String)
        /// Time has passed; see `deadline`.
        case tick
    }

    public enum Action: Equatable, Sendable {
        case spawn
        /// Cancel the spawn that was requested; there is no child yet.
        case cancelSpawn
        /// `group`: to the whole process group, whose number is the pid.
        case signal(pid: Int32, Signal, group: Bool)
        case publish(Transition)
        case log(LogLevel, String)
    }

    /// A change of state, as PROCESS_STATE events tell it.
    public struct Transition: Equatable, Sendable {
        public var from: ProcessState
        public var to: ProcessState
        /// EXITED: the code is one of `exitcodes`.
        public var expected = true
        /// STARTING and BACKOFF: the number of earlier tries.
        public var tries = 0
        /// 0 if there is no process.
        public var pid: Int32 = 0
        /// EXITED: how it ended.
        public var status: ExitStatus?
    }

    fileprivate enum Phase: Equatable, Sendable {
        case stopped
        /// The pid is 0 while no child is there.
        case spawning(pid: Int32)
        case starting(pid: Int32, confirmAt: Instant)
        case running(pid: Int32)
        case backoff(retryAt: Instant)
        case stopping(pid: Int32, killAt: Instant)
        /// With a time, it starts again at that time.
        case exited(restartAt: Instant?)
        /// With a time, it starts again at that time.
        case fatal(retryAt: Instant?)
        case unknown(pid: Int32)
    }

    private var phase = Phase.stopped
    private var pace = RestartPace()
    /// Grace period of a child that has not executed its program yet, instead of a longer `stopwaitsecs`.
    private static let unexecutedWaitSeconds = 1
    /// Failed starts in a row: supervisord's `backoff`.
    public private(set) var failures = 0
    /// When it was last started and stopped.
    public private(set) var started: Moment?
    public private(set) var ended: Moment?
    /// Of the last run; nil while it runs, and after an exit before `startsecs`.
    public private(set) var exitStatus: ExitStatus?
    /// nil when all is well.
    public private(set) var trouble: ProcessError?

    /// Why the last start failed or the last exit was unexpected; empty when all is well.
    public var spawnError: String { trouble?.sentence ?? "" }

    public init() {}

    public var state: ProcessState {
        switch phase {
        case .stopped: .stopped
        case .spawning, .starting: .starting
        case .running: .running
        case .backoff: .backoff
        case .stopping: .stopping
        case .exited: .exited
        case .fatal: .fatal
        case .unknown: .unknown
        }
    }

    /// 0 when there is no process.
    public var pid: Int32 {
        switch phase {
        case .spawning(let pid), .starting(let pid, _), .running(let pid), .stopping(let pid, _), .unknown(let pid): pid
        case .stopped, .backoff, .exited, .fatal: 0
        }
    }

    /// When `.tick` next matters; nil when only an event can move the machine.
    public var deadline: Instant? {
        switch phase {
        case .starting(_, let confirmAt): confirmAt
        case .backoff(let retryAt): retryAt
        case .stopping(_, let killAt): killAt
        case .exited(let restartAt): restartAt
        case .fatal(let retryAt): retryAt
        case .stopped, .spawning, .running, .unknown: nil
        }
    }

    /// It exited by itself, its policy restarts it, and it is time.
    public func wantsRestart(at now: Instant) -> Bool {
        if case .exited(let restartAt?) = phase { return now >= restartAt }
        return false
    }

    /// It exited or failed, and will start again: `stop` prevents that.
    public var awaitsRestart: Bool {
        switch phase {
        case .exited(let restartAt): restartAt != nil
        case .fatal(let retryAt): retryAt != nil
        case .stopped, .spawning, .starting, .running, .backoff, .stopping, .unknown: false
        }
    }

    private func restarts(_ settings: ProcessSettings) -> Bool {
        if forbidsRestart(exitStatus, settings) { return false }
        guard settings.policy(afterExit: Self.isExpected(exitStatus, settings)) == .restart else { return false }
        return switch settings.autorestart {
        case .always: true
        case .never: false
        case .unexpected: !Self.isExpected(exitStatus, settings)
        }
    }

    /// Its exit code says that another try would be in vain.
    private func forbidsRestart(_ status: ExitStatus?, _ settings: ProcessSettings) -> Bool {
        guard case .exited(let code) = status else { return false }
        return settings.noRestartExitCodes.contains(Int(code))
    }

    /// It exited by itself, as expected, and its policy doesn't restart it: a job that is done.
    public func isDone(_ settings: ProcessSettings) -> Bool {
        phase == .exited(restartAt: nil) && Self.isExpected(exitStatus, settings)
    }

    /// It was never started, and its policy starts it automatically.
    public func wantsAutostart(_ settings: ProcessSettings) -> Bool {
        phase == .stopped && started == nil && settings.autostart
    }

    /// A retry is due: the Supervisor sends `.start` if it may.
    public func wantsRetry(at now: Instant) -> Bool {
        switch phase {
        case .backoff(let retryAt), .fatal(let retryAt?): now >= retryAt
        case .stopped, .spawning, .starting, .running, .stopping, .exited, .fatal, .unknown: false
        }
    }

    /// The spawn was requested, and there is no child yet.
    public var awaitsSpawn: Bool { phase == .spawning(pid: 0) }

    /// There is a child, and requests may signal it.
    public var isSignallable: Bool { pid != 0 && state.isSignallable }

    /// The process is being stopped, and its stdin may not be written to.
    public var isStopping: Bool {
        if case .stopping = phase { return true }
        return false
    }

    /// - Parameter settings: those of this process; its group shares them with the configuration.
    public mutating func handle(
        _ event: Event, _ settings: ProcessSettings, now: Moment, into actions: inout [Action]
    ) {
        switch (phase, event) {
        case (.exited(let restartAt), .start):
            // Before its time, or not at all without a request.
            if restartAt.map({ now.instant < $0 }) ?? true { pace = RestartPace() }
            start(now, &actions)
        case (.stopped, .start), (.fatal, .start):
            pace = RestartPace()
            start(now, &actions)
        case (.backoff, .start):
            start(now, &actions)

        // Again, if it was tried once more in another way.
        case (.spawning, .forked(let pid)):
            phase = .spawning(pid: pid)

        case (.spawning, .spawned(let pid)):
            actions.append(.log(.info, "spawned: '\(settings.name)' with pid \(pid)"))
            phase = .starting(pid: pid, confirmAt: now.instant + settings.startSeconds)
            if settings.startSeconds <= 0 { confirm(pid, settings, &actions) }

        case (.spawning, .spawnFailed(let failure)):
            trouble = .notStarted(failure)
            actions.append(.log(.info, failure.line(settings.name)))
            backOff(now, pid: 0, settings, nil, &actions)

        case (.spawning(0), .stop):
            enter(.stopping(pid: 0, killAt: now.instant), Transition(from: .starting, to: .stopping), &actions)
            actions.append(.cancelSpawn)
            ended = now
            enter(.stopped, Transition(from: .stopping, to: .stopped), &actions)
            actions.append(.log(.info, "stopped: \(settings.name) (before it was started)"))

        case (.spawning(let pid), .stop):
            // Nothing of the program runs yet, and the child may hang where only SIGKILL gets through.
            let killAt = now.instant + min(settings.stopWaitSeconds, Self.unexecutedWaitSeconds)
            enter(.stopping(pid: pid, killAt: killAt), Transition(from: .starting, to: .stopping, pid: pid), &actions)
            // It may not have its own process group yet.
            signal(pid, settings.stopSignal, group: false, settings, &actions)

        case (.starting(let pid, let confirmAt), .tick) where now.instant >= confirmAt:
            confirm(pid, settings, &actions)

        case (.starting(let pid, let confirmAt), .exited(let status)):
            ended = now
            if now.instant < confirmAt {
                exitedTooQuickly(status, pid: pid, settings, now, &actions)
            } else {
                enter(.running(pid: pid), Transition(from: .starting, to: .running, pid: pid), &actions)
                exited(status, pid: pid, settings, now, &actions)
            }

        case (.running(let pid), .exited(let status)):
            ended = now
            exited(status, pid: pid, settings, now, &actions)

        case (.starting(let pid, _), .stop), (.running(let pid), .stop):
            let killAt = now.instant + settings.stopWaitSeconds
            enter(.stopping(pid: pid, killAt: killAt), Transition(from: state, to: .stopping, pid: pid), &actions)
            signal(pid, settings.stopSignal, group: settings.stopAsGroup, settings, &actions)

        case (.stopping(let pid, let killAt), .tick) where now.instant >= killAt:
            actions.append(.log(.warn, "killing '\(settings.name)' (\(pid)) with SIGKILL"))
            phase = .stopping(pid: pid, killAt: now.instant + max(settings.stopWaitSeconds, 1))
            signal(pid, .kill, group: settings.killAsGroup, settings, &actions)

        case (.stopping(let pid, _), .exited(let status)), (.unknown(let pid), .exited(let status)):
            ended = now
            exitStatus = status
            enter(.stopped, Transition(from: state, to: .stopped, pid: pid), &actions)
            let level: LogLevel = Self.isExpected(status, settings) ? .info : .warn
            actions.append(.log(level, "stopped: \(settings.name) (\(status.description))"))

        case (.stopping(let pid, _), .spawnFailed(let failure)), (.unknown(let pid), .spawnFailed(let failure)):
            // Its start had not finished when it was stopped.
            ended = now
            enter(.stopped, Transition(from: state, to: .stopped, pid: pid), &actions)
            actions.append(.log(.info, "stopped: \(settings.name) (\(failure.sentence))"))

        case (.stopping(let pid, _), .signalFailed(let reason)):
            actions.append(.log(.critical, "unknown problem killing \(settings.name) (\(pid)): \(reason)"))
            enter(.unknown(pid: pid), Transition(from: .stopping, to: .unknown, pid: pid), &actions)

        case (.backoff, .stop):
            actions.append(.log(.debug, "Attempted to kill \(settings.name), which is in BACKOFF state."))
            enter(.stopped, Transition(from: .backoff, to: .stopped), &actions)

        case (.exited(.some), .stop):
            actions.append(.log(.debug, "\(settings.name) is not restarted."))
            enter(.stopped, Transition(from: .exited, to: .stopped), &actions)

        case (.fatal(.some), .stop):
            actions.append(.log(.debug, "\(settings.name) is not restarted."))
            enter(.stopped, Transition(from: .fatal, to: .stopped), &actions)

        case (.backoff, .giveUp):
            giveUp(retryAt: nil, &actions)

        // Meaningless or too late, listed on purpose: nothing happens.
        case (.backoff, .tick), (.backoff, .forked), (.backoff, .spawned), (.backoff, .spawnFailed),
            (.backoff, .exited),
            (.backoff, .signalFailed):
            break
        case (.spawning, .start), (.spawning, .exited), (.spawning, .giveUp),
            (.spawning, .signalFailed), (.spawning, .tick):
            break
        case (.starting, .start), (.starting, .forked), (.starting, .spawned), (.starting, .spawnFailed),
            (.starting, .giveUp), (.starting, .signalFailed), (.starting, .tick):
            break
        case (.running, .start), (.running, .forked), (.running, .spawned), (.running, .spawnFailed),
            (.running, .giveUp), (.running, .signalFailed), (.running, .tick):
            break
        case (.stopping, .start), (.stopping, .forked), (.stopping, .spawned), (.stopping, .stop), (.stopping, .giveUp),
            (.stopping, .tick):
            break
        case (.unknown, .start), (.unknown, .forked), (.unknown, .spawned), (.unknown, .stop),
            (.unknown, .giveUp), (.unknown, .signalFailed), (.unknown, .tick):
            break
        case (.stopped, .forked), (.stopped, .spawned), (.stopped, .spawnFailed), (.stopped, .exited),
            (.stopped, .stop),
            (.stopped, .giveUp), (.stopped, .signalFailed), (.stopped, .tick):
            break
        case (.exited, .forked), (.exited, .spawned), (.exited, .spawnFailed), (.exited, .exited), (.exited, .stop),
            (.exited, .giveUp), (.exited, .signalFailed), (.exited, .tick):
            break
        case (.fatal, .forked), (.fatal, .spawned), (.fatal, .spawnFailed), (.fatal, .exited), (.fatal, .stop),
            (.fatal, .giveUp), (.fatal, .signalFailed), (.fatal, .tick):
            break
        }
    }

    /// Resets the machine to its initial state, except for its settings: as if it had never been started.
    private mutating func start(_ now: Moment, _ actions: inout [Action]) {
        trouble = nil
        exitStatus = nil
        started = now
        enter(.spawning(pid: 0), Transition(from: state, to: .starting, tries: failures), &actions)
        actions.append(.spawn)
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
        giveUp(retryAt: again > 0 && !isHopeless ? now.instant + again : nil, &actions)
        let why =
            isHopeless ? "its exit status is one of no_restart_exitcodes" : "too many start retries too quickly"
        actions.append(.log(.info, "gave up: \(settings.name) entered FATAL state, \(why)"))
    }

    private mutating func giveUp(retryAt: Instant?, _ actions: inout [Action]) {
        failures = 0
        enter(.fatal(retryAt: retryAt), Transition(from: .backoff, to: .fatal), &actions)
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

    private static func isExpected(_ status: ExitStatus?, _ settings: ProcessSettings) -> Bool {
        guard let status else { return false }
        return settings.exitCodes.contains(status.supervisordCode)
    }
}
