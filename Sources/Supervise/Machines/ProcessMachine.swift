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
// With `notify=` a program is RUNNING when it says that it is ready, instead of after `startsecs`. One that init ends
// by itself (it isn't ready in time, its watchdog is overdue, it is unhealthy) is STOPPING until it is gone, and then
// BACKOFF, EXITED or FATAL.
//
// `start` comes from autostart, a request or a restart; the Supervisor decides whether it may. The machine asks for a
// spawn by an action and stays STARTING until it learns the result, however long that takes: `forked` when there is a
// child, then `spawned` when the child has executed its program, or `spawnFailed` instead of either. With
// `pre_start_hook`, it asks for that first. Hooks are in ProcessMachine+Hooks.
//
// A program that exits within a second of its start, again and again, is slowed down: after three such exits in a row
// it starts once a second. supervisord has the same brake, in its main loop, which turns once a second.

/// One process of a group: its configuration, its state and what is known of its last run.
public struct ProcessMachine: Sendable {
    public enum Event: Equatable, Sendable {
        /// Spawn it. Only in a state in which nothing runs.
        case start
        /// Start it later: what it depends on isn't ready.
        case postpone
        /// What it waits for can't be had any more.
        case dependencyFailed(DependencyFailure)
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
        /// A shutdown has less time for its stop, which is under way, than `stopwaitsecs`.
        case hurry(killBy: Instant)
        /// A shutdown has no time left: SIGKILL, whatever it was sent before.
        case kill
        /// The shutdown found it waiting for a retry.
        case giveUp
        /// It says that it is ready.
        case ready
        /// It asks for more time to start, or to stop.
        case extend(Instant)
        /// End it: it is up, but it doesn't work.
        case fail(ForcedEnd)
        /// The stop signal or SIGKILL could not be delivered, for another reason than that the process is gone.
        case signalFailed(reason: String)
        /// The result of `.runHook`. After `.cancelHook` it comes later, too, and says that it was cancelled.
        indirect case hookEnded(HookKind, HookEnd)
        /// The result of `.look`, if the group of this number is empty.
        case groupEnded(Int32)
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
        /// Run this command; there is one at a time.
        case runHook(HookKind, HookContext)
        /// End it.
        case cancelHook(HookKind)
        /// Send the signal to the group of this number, whose leader is gone, and report if it is empty.
        case look(group: Int32, Signal?)
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

    /// Why init ends a process that nobody wants to stop.
    public enum ForcedEnd: UInt8, Equatable, Sendable {
        /// It was not ready within `start_timeout`.
        case notReady
        /// It has not said in time that it is alive.
        case watchdog
        /// Its health check has failed too often.
        case unhealthy
    }

    enum Phase: Equatable, Sendable {
        case stopped
        /// For what it depends on.
        case waiting
        /// For `pre_start_hook`, and for what is left of the run before: hooks, a process group.
        case preparing
        /// The pid is 0 while no child is there.
        case spawning(pid: Int32)
        case starting(pid: Int32, confirmAt: Instant)
        /// Until it says that it is ready. nil: however long that takes.
        case announcing(pid: Int32, failAt: Instant?)
        /// A one-shot, until it exits.
        case working(pid: Int32)
        case running(pid: Int32)
        case backoff(retryAt: Instant)
        /// It is to stop: for `pre_stop_hook`, and for the hook before that.
        case preStopping(Stop)
        case stopping(Stop)
        /// As `stopping`, but it may be started again.
        case ending(Stop, ForcedEnd)
        /// The process is gone, or there was none (0), and its hooks are not done.
        case unwinding(Stop)
        /// With a time, it starts again at that time.
        case exited(restartAt: Instant?)
        /// `start_condition` has said no.
        case skipped
        case fatal(Recovery)
        case unknown(pid: Int32)
    }

    /// A stop that is under way.
    struct Stop: Equatable, Sendable {
        /// 0 if there was no child.
        let pid: Int32
        /// How many of its signals were sent: SIGKILL follows the last one.
        var sent: UInt8
        /// When the next one is due.
        var until: Instant
        /// Milliseconds for each hook and signal, where a shutdown has no more; 0: what their own keys say.
        var share: UInt32 = 0

        /// `sent`: there is no time left, not even for hooks.
        static let killed = UInt8.max
        /// `sent`: only one signal is sent before SIGKILL.
        static let onlyOne = UInt8.max - 1
    }

    /// What ends FATAL, besides a request.
    enum Recovery: Equatable, Sendable {
        case none
        case at(Instant)
        /// When what it depends on is ready.
        case withDependencies
    }

    var phase = Phase.stopped
    /// What runs for it now.
    var hook: HookKind?
    /// What `post_stop_hook` is told, when the hook before it is over. Boxed: few programs have it.
    var cleanUp: CleanUp?
    /// What is left of the last run's process group.
    var rest: Rest?
    var pace = RestartPace()
    /// Grace period of a child that has not executed its program yet, instead of a longer `stopwaitsecs`.
    static let unexecutedWaitSeconds = 1
    /// Failed starts in a row: supervisord's `backoff`.
    public internal(set) var failures = 0
    /// When it was last started and stopped.
    public internal(set) var started: Moment?
    public internal(set) var ended: Moment?
    /// Of the last run; nil while it runs, and after an exit before `startsecs`.
    public internal(set) var exitStatus: ExitStatus?
    /// nil when all is well.
    public internal(set) var trouble: ProcessError?

    /// Why the last start failed or the last exit was unexpected; empty when all is well.
    public var spawnError: String { trouble?.sentence ?? "" }

    public init() {}

    public var state: ProcessState {
        switch phase {
        case .stopped: .stopped
        case .waiting, .preparing, .spawning, .starting, .announcing, .working: .starting
        case .running: .running
        case .backoff: .backoff
        case .preStopping, .stopping, .ending, .unwinding: .stopping
        case .exited, .skipped: .exited
        case .fatal: .fatal
        case .unknown: .unknown
        }
    }

    /// 0 when there is no process.
    public var pid: Int32 {
        switch phase {
        case .spawning(let pid), .starting(let pid, _), .announcing(let pid, _), .working(let pid), .running(let pid),
            .unknown(let pid):
            pid
        case .preStopping(let stop), .stopping(let stop), .ending(let stop, _): stop.pid
        case .stopped, .waiting, .preparing, .unwinding, .backoff, .exited, .skipped, .fatal: 0
        }
    }

    /// When `.tick` next matters; nil when only an event can move the machine.
    public var deadline: Instant? {
        @inline(never) get { rest == nil ? deadlineOfPhase : deadlineWithRest }
    }

    private var deadlineWithRest: Instant? {
        guard case .group(let group)? = rest else { return deadlineOfPhase }
        return min(group.lookAt, deadlineOfPhase ?? group.lookAt)
    }

    private var deadlineOfPhase: Instant? {
        switch phase {
        case .starting(_, let confirmAt): confirmAt
        case .backoff(let retryAt): retryAt
        case .announcing(_, let failAt): failAt
        case .stopping(let stop), .ending(let stop, _): stop.until
        case .preStopping(let stop), .unwinding(let stop): stop.share > 0 ? stop.until : nil
        case .exited(let restartAt): restartAt
        case .fatal(.at(let retryAt)): retryAt
        case .stopped, .waiting, .preparing, .spawning, .working, .running, .skipped, .fatal(.none),
            .fatal(.withDependencies), .unknown:
            nil
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
        case .fatal(.at), .ending: true
        case .stopped, .waiting, .preparing, .spawning, .starting, .announcing, .working, .running, .backoff,
            .preStopping, .stopping, .unwinding, .skipped, .fatal(.none), .fatal(.withDependencies), .unknown:
            false
        }
    }

    /// A start was postponed: it waits for what it depends on.
    public var isWaiting: Bool { phase == .waiting }

    /// It is FATAL because of what it depends on, and starts when that is ready: `stop` prevents that.
    public var recoversWithDependencies: Bool { phase == .fatal(.withDependencies) }

    /// It has executed its program, and nobody wants it to end.
    public var isInService: Bool {
        switch phase {
        case .starting, .announcing, .running: true
        case .stopped, .waiting, .preparing, .spawning, .working, .backoff, .preStopping, .stopping, .ending,
            .unwinding, .exited, .skipped, .fatal, .unknown:
            false
        }
    }

    /// It works: what was before doesn't count any more.
    mutating func forgetFailures() {
        failures = 0
        pace = RestartPace()
    }

    /// Its present run, or its last one if it has exited by itself, has got as far as its program.
    public var wasExecuted: Bool {
        switch phase {
        case .starting, .announcing, .working, .running, .exited: true
        case .stopped, .waiting, .preparing, .spawning, .backoff, .preStopping, .stopping, .ending, .unwinding,
            .skipped, .fatal, .unknown:
            false
        }
    }

    func restarts(_ settings: ProcessSettings, isExpected: Bool) -> Bool {
        if forbidsRestart(exitStatus, settings) { return false }
        guard settings.policy(afterExit: isExpected) == .restart else { return false }
        return switch settings.autorestart {
        case .always: true
        case .never: false
        case .unexpected: !isExpected
        }
    }

    /// Its exit code says that another try would be in vain.
    func forbidsRestart(_ status: ExitStatus?, _ settings: ProcessSettings) -> Bool {
        guard case .exited(let code) = status else { return false }
        return settings.noRestartExitCodes.contains(Int(code))
    }

    /// It exited by itself, as expected, and its policy doesn't restart it: a job that is done.
    public func isDone(_ settings: ProcessSettings) -> Bool {
        phase == .exited(restartAt: nil) && exitedAsExpected(settings)
    }

    /// What a program does when its watchdog is overdue is a failure, whatever its exit code.
    func exitedAsExpected(_ settings: ProcessSettings) -> Bool {
        trouble != .ended(.watchdog) && Self.isExpected(exitStatus, settings)
    }

    /// A retry is due: the Supervisor sends `.start` if it may.
    public func wantsRetry(at now: Instant) -> Bool {
        switch phase {
        case .backoff(let retryAt), .fatal(.at(let retryAt)): now >= retryAt
        case .stopped, .waiting, .preparing, .spawning, .starting, .announcing, .working, .running, .preStopping,
            .stopping, .ending, .unwinding, .exited, .skipped, .fatal(.none), .fatal(.withDependencies), .unknown:
            false
        }
    }

    /// The spawn was requested, and there is no child yet.
    public var awaitsSpawn: Bool { phase == .spawning(pid: 0) }

    /// There is a child, and requests may signal it.
    public var isSignallable: Bool { pid != 0 && state.isSignallable }

    /// The process is being stopped, and its stdin may not be written to.
    public var isStopping: Bool { state == .stopping }

    /// init ends it by itself.
    public var isEnding: Bool {
        if case .ending = phase { return true }
        return false
    }

    /// It hasn't said yet that it is ready.
    public var isAnnouncing: Bool {
        if case .announcing = phase { return true }
        return false
    }

    static func isExpected(_ status: ExitStatus?, _ settings: ProcessSettings) -> Bool {
        guard let status else { return false }
        return settings.exitCodes.contains(status.supervisordCode)
    }
}
