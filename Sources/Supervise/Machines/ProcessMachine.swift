// The life of one supervised process, from the first start to the last exit.
//
//   STOPPED --start--> STARTING --startsecs passed--> RUNNING --exit--> EXITED --(autorestart)--> STARTING
//                       |   ^                          |
//          exit, or it  |   | a second later, then     | stop                       stop
//     can't be spawned  v   | two, then three, ...     v                            v
//                      BACKOFF --retries used up--> FATAL      STARTING, RUNNING --> STOPPING --exit--> STOPPED
//
// `start` comes from autostart, a request or a restart; the Supervisor decides whether it may. The machine
// asks for a spawn by an action, and is told at once whether it worked: a process is never in between two
// turns of the loop.

/// One process of a group: its configuration, its state and what is remembered of its last run.
public struct ProcessMachine: Sendable {
    public enum Event: Equatable, Sendable {
        /// Spawn it. Only in a state in which nothing runs.
        case start
        /// The spawn that was asked for worked.
        case spawned(pid: Int32)
        /// It didn't: `reason` is a sentence for the log and for `spawnerr`.
        case spawnFailed(reason: String)
        /// The kernel says that the child is gone.
        case exited(ExitStatus)
        /// Somebody wants it stopped.
        case stop
        /// Shutdown found it waiting for a retry.
        case giveUp
        /// The stop signal or SIGKILL could not be delivered, for another reason than that it is gone.
        case signalFailed(reason: String)
        /// Time has passed; see `deadline`.
        case tick
    }

    public enum Action: Equatable, Sendable {
        case spawn
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
        /// STARTING and BACKOFF: how often it was tried before.
        public var tries = 0
        /// 0 where no process is.
        public var pid: Int32 = 0
        /// EXITED: how it ended.
        public var status: ExitStatus?
    }

    fileprivate enum Phase: Equatable, Sendable {
        case stopped
        case spawning
        case starting(pid: Int32, confirmAt: Instant)
        case running(pid: Int32)
        case backoff(retryAt: Instant)
        case stopping(pid: Int32, killAt: Instant)
        case exited
        case fatal
        case unknown(pid: Int32)
    }

    private var phase = Phase.stopped
    /// Starts in a row that failed: supervisord's `backoff`.
    public private(set) var failures = 0
    /// When it was last started and stopped.
    public private(set) var started: Moment?
    public private(set) var ended: Moment?
    /// Of the last run; nil while it runs, and after an exit before `startsecs`.
    public private(set) var exitStatus: ExitStatus?
    /// Why the last start failed or the last exit was unexpected; empty when all is well.
    public private(set) var spawnError = ""

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
        case .starting(let pid, _), .running(let pid), .stopping(let pid, _), .unknown(let pid): pid
        case .stopped, .spawning, .backoff, .exited, .fatal: 0
        }
    }

    /// When `.tick` next matters; nil when only an event can move the machine.
    public var deadline: Instant? {
        switch phase {
        case .starting(_, let confirmAt): confirmAt
        case .backoff(let retryAt): retryAt
        case .stopping(_, let killAt): killAt
        case .stopped, .spawning, .running, .exited, .fatal, .unknown: nil
        }
    }

    /// It ended by itself and its policy wants it back.
    public func wantsRestart(_ settings: ProcessSettings) -> Bool {
        guard phase == .exited else { return false }
        switch settings.autorestart {
        case .always: return true
        case .never: return false
        case .unexpected: return !Self.isExpected(exitStatus, settings)
        }
    }

    /// It ended by itself, as expected, and its policy leaves it so: a job that is done.
    public func isDone(_ settings: ProcessSettings) -> Bool {
        phase == .exited && !wantsRestart(settings) && Self.isExpected(exitStatus, settings)
    }

    /// It was never started and its policy wants it up.
    public func wantsAutostart(_ settings: ProcessSettings) -> Bool {
        phase == .stopped && started == nil && settings.autostart
    }

    /// A retry is due: the Supervisor sends `.start` if it may.
    public func wantsRetry(at now: Instant) -> Bool {
        if case .backoff(let retryAt) = phase { return now >= retryAt }
        return false
    }

    /// The process is being stopped and may not be written to.
    public var isStopping: Bool {
        if case .stopping = phase { return true }
        return false
    }

    /// - Parameter settings: those of this process; they stand in its group, shared with the configuration.
    public mutating func handle(
        _ event: Event, _ settings: ProcessSettings, now: Moment, into actions: inout [Action]
    ) {
        switch (phase, event) {
        case (.stopped, .start), (.exited, .start), (.fatal, .start), (.backoff, .start):
            start(now, &actions)

        case (.spawning, .spawned(let pid)):
            actions.append(.log(.info, "spawned: '\(settings.name)' with pid \(pid)"))
            phase = .starting(pid: pid, confirmAt: now.instant + settings.startSeconds)
            if settings.startSeconds <= 0 { confirm(pid, settings, &actions) }

        case (.spawning, .spawnFailed(let reason)):
            spawnError = reason
            // supervisord's own sentences name the program where they have to. It has none for what goes wrong in the child.
            let isChildSide = Text(reason).hasPrefix("couldn't")
            actions.append(.log(.info, isChildSide ? "spawnerr: \(settings.name): \(reason)" : "spawnerr: \(reason)"))
            backOff(now, pid: 0, settings, nil, &actions)

        case (.starting(let pid, let confirmAt), .tick) where now.instant >= confirmAt:
            confirm(pid, settings, &actions)

        case (.starting(let pid, let confirmAt), .exited(let status)):
            ended = now
            if now.instant < confirmAt {
                exitedTooQuickly(status, pid: pid, settings, now, &actions)
            } else {
                enter(.running(pid: pid), Transition(from: .starting, to: .running, pid: pid), &actions)
                exited(status, pid: pid, settings, &actions)
            }

        case (.running(let pid), .exited(let status)):
            ended = now
            exited(status, pid: pid, settings, &actions)

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

        case (.stopping(let pid, _), .signalFailed(let reason)):
            actions.append(.log(.critical, "unknown problem killing \(settings.name) (\(pid)): \(reason)"))
            enter(.unknown(pid: pid), Transition(from: .stopping, to: .unknown, pid: pid), &actions)

        case (.backoff, .stop):
            actions.append(.log(.debug, "Attempted to kill \(settings.name), which is in BACKOFF state."))
            enter(.stopped, Transition(from: .backoff, to: .stopped), &actions)

        case (.backoff, .giveUp):
            giveUp(&actions)

        // Meaningless or too late, listed on purpose: nothing happens.
        case (.backoff, .tick), (.backoff, .spawned), (.backoff, .spawnFailed), (.backoff, .exited),
            (.backoff, .signalFailed):
            break
        case (.spawning, .start), (.spawning, .exited), (.spawning, .stop), (.spawning, .giveUp),
            (.spawning, .signalFailed), (.spawning, .tick):
            break
        case (.starting, _), (.running, _), (.stopping, _), (.unknown, _):
            break
        case (.stopped, _), (.exited, _), (.fatal, _):
            break
        }
    }

    /// Puts the machine where a newly made one is, but for its settings: as if it had never been started.
    private mutating func start(_ now: Moment, _ actions: inout [Action]) {
        spawnError = ""
        exitStatus = nil
        started = now
        enter(.spawning, Transition(from: state, to: .starting, tries: failures), &actions)
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
        spawnError = "Exited too quickly (process log may have details)"
        let line = Action.log(.warn, "exited: \(settings.name) (\(status.description); not expected)")
        backOff(now, pid: pid, settings, line, &actions)
    }

    private mutating func exited(
        _ status: ExitStatus, pid: Int32, _ settings: ProcessSettings, _ actions: inout [Action]
    ) {
        failures = 0
        exitStatus = status
        let expected = Self.isExpected(status, settings)
        if !expected { spawnError = "Bad exit code \(status.supervisordCode)" }
        enter(
            .exited, Transition(from: .running, to: .exited, expected: expected, pid: pid, status: status), &actions)
        let text = "exited: \(settings.name) (\(status.description); \(expected ? "" : "not ")expected)"
        actions.append(.log(expected ? .info : .warn, text))
    }

    /// The n-th failure in a row is waited out for n seconds; the one after `startretries` is the last.
    private mutating func backOff(
        _ now: Moment, pid: Int32, _ settings: ProcessSettings, _ line: Action?, _ actions: inout [Action]
    ) {
        failures += 1
        enter(
            .backoff(retryAt: now.instant + failures),
            Transition(from: .starting, to: .backoff, tries: failures, pid: pid), &actions)
        if let line { actions.append(line) }
        if failures > settings.startRetries {
            giveUp(&actions)
            actions.append(
                .log(.info, "gave up: \(settings.name) entered FATAL state, too many start retries too quickly"))
        }
    }

    private mutating func giveUp(_ actions: inout [Action]) {
        failures = 0
        enter(.fatal, Transition(from: .backoff, to: .fatal), &actions)
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
