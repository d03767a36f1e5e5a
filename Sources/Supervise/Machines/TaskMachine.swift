// A task: a short-lived command that init runs for a program, such as a hook or a health check.
//
//   ready --start--> spawning --spawned--> running --exited--> over
//                        |                    | it takes too long, or isn't wanted any more
//                        v                    v
//                   (SIGKILL)           terminating --a second later--> killing --everybody is gone--> over
//
// When a task exits by itself, the processes that it leaves behind live on. When it is ended, so is its whole process
// group, and the task is over once the group is empty. Only then may another of its kind start.

/// How a task ended.
public struct TaskResult: Equatable, Sendable {
    public enum Cause: Equatable, Sendable {
        case ended(ExitStatus)
        case timedOut
        /// It was cancelled.
        case cancelled
        case notStarted(StartError)
    }

    public let cause: Cause
    /// It could not be killed: a process of its group sleeps in the kernel.
    public let isLeftBehind: Bool

    public var isSuccess: Bool { cause == .ended(.exited(code: 0)) }
}

public struct TaskMachine: Equatable, Sendable {
    public enum Event: Equatable, Sendable {
        case start
        /// There is a child, on its way to the command.
        case forked(pid: Int32)
        /// The child has executed the command.
        case spawned
        /// The spawn failed. If there was a child, it is dead or was given up.
        case spawnFailed(StartError)
        /// The child is gone.
        case exited(ExitStatus)
        /// The result of `.look`, if the group is empty.
        case groupEnded
        /// Its result is not wanted any more.
        case cancel
        /// Time has passed; see `deadline`.
        case tick
    }

    public enum Action: Equatable, Sendable {
        case spawn
        /// Cancel the spawn that was requested; there is no child yet.
        case cancelSpawn
        /// `group`: to the whole process group, whose number is the pid.
        case signal(pid: Int32, Signal, group: Bool)
        /// Find out whether the group of this number still has members.
        case look(group: Int32)
        case finished(TaskResult)
    }

    /// A group that is being ended. The number stays reserved until its last member is reaped.
    public struct Group: Equatable, Sendable {
        public fileprivate(set) var pid: Int32
        fileprivate var cause: TaskResult.Cause
        /// The child itself is reaped, so that only looking shows the other members.
        fileprivate var isLeaderGone = false
        fileprivate var lookAt: Instant?
    }

    public enum State: Equatable, Sendable {
        case ready
        /// The pid is 0 while no child is there.
        case spawning(pid: Int32, timeoutAt: Instant)
        case running(pid: Int32, timeoutAt: Instant)
        /// SIGTERM was sent.
        case terminating(Group, killAt: Instant)
        /// SIGKILL was sent, and is sent with each look.
        case killing(Group, leaveAt: Instant)
        /// The child was killed on its way to the command.
        case aborting(pid: Int32, TaskResult.Cause, killAt: Instant)
        case over(TaskResult)
    }

    /// From SIGTERM to SIGKILL.
    static let graceSeconds = 1
    /// From the first SIGKILL until the wait ends. SIGKILL takes effect at once, except on processes that sleep in the
    /// kernel.
    static let killSeconds = 5
    /// Between two looks at a group whose members are other processes' children.
    static let lookMilliseconds = 50

    public private(set) var state = State.ready
    private let timeoutSeconds: Int

    /// - Parameter timeoutSeconds: from the start to SIGTERM, > 0.
    public init(timeoutSeconds: Int) {
        self.timeoutSeconds = max(timeoutSeconds, 1)
    }

    /// 0 when there is no child.
    public var pid: Int32 {
        switch state {
        case .spawning(let pid, _), .running(let pid, _), .aborting(let pid, _, _): pid
        case .terminating(let group, _), .killing(let group, _): group.isLeaderGone ? 0 : group.pid
        case .ready, .over: 0
        }
    }

    /// The spawn was requested, and there is no child yet.
    public var awaitsSpawn: Bool {
        if case .spawning(0, _) = state { return true }
        return false
    }

    public var isOver: Bool {
        if case .over = state { return true }
        return false
    }

    /// When `.tick` next matters; nil when only an event can move the machine.
    public var deadline: Instant? {
        switch state {
        case .ready, .over: nil
        case .spawning(_, let timeoutAt), .running(_, let timeoutAt): timeoutAt
        case .terminating(let group, let killAt): min(group.lookAt ?? killAt, killAt)
        case .killing(let group, let leaveAt): min(group.lookAt ?? leaveAt, leaveAt)
        case .aborting(_, _, let killAt): killAt
        }
    }

    public mutating func handle(_ event: Event, now: Instant, into actions: inout [Action]) {
        switch state {
        case .ready:
            switch event {
            case .start:
                state = .spawning(pid: 0, timeoutAt: now + timeoutSeconds)
                actions.append(.spawn)
            case .cancel: finish(.cancelled, &actions)
            case .forked, .spawned, .spawnFailed, .exited, .groupEnded, .tick: break
            }
        case .spawning(let pid, let timeoutAt):
            switch event {
            // Again, if it was tried once more in another way.
            case .forked(let pid): state = .spawning(pid: pid, timeoutAt: timeoutAt)
            case .spawned: state = .running(pid: pid, timeoutAt: timeoutAt)
            case .spawnFailed(let failure): finish(.notStarted(failure), &actions)
            case .cancel: abort(pid, .cancelled, now, &actions)
            case .tick: if now >= timeoutAt { abort(pid, .timedOut, now, &actions) }
            // That it has executed the command is reported before its death.
            case .start, .exited, .groupEnded: break
            }
        case .running(let pid, let timeoutAt):
            switch event {
            case .exited(let status): finish(.ended(status), &actions)
            case .cancel: terminate(pid, .cancelled, now, &actions)
            case .tick: if now >= timeoutAt { terminate(pid, .timedOut, now, &actions) }
            case .start, .forked, .spawned, .spawnFailed, .groupEnded: break
            }
        case .terminating(let group, let killAt):
            switch event {
            case .exited: state = .terminating(look(leaderless(group), now, &actions), killAt: killAt)
            case .groupEnded: finish(group.cause, &actions)
            case .tick where now >= killAt:
                actions.append(.signal(pid: group.pid, .kill, group: true))
                state = .killing(look(group, now, &actions), leaveAt: now + Self.killSeconds)
            case .tick: state = .terminating(lookIfDue(group, now, &actions), killAt: killAt)
            case .start, .forked, .spawned, .spawnFailed, .cancel: break
            }
        case .killing(let group, let leaveAt):
            switch event {
            case .exited: state = .killing(look(leaderless(group), now, &actions), leaveAt: leaveAt)
            case .groupEnded: finish(group.cause, &actions)
            case .tick where now >= leaveAt: finish(group.cause, isLeftBehind: true, &actions)
            case .tick:
                // It must also hit what was forked since the last one.
                if let lookAt = group.lookAt, now >= lookAt {
                    actions.append(.signal(pid: group.pid, .kill, group: true))
                }
                state = .killing(lookIfDue(group, now, &actions), leaveAt: leaveAt)
            case .start, .forked, .spawned, .spawnFailed, .cancel: break
            }
        case .aborting(let pid, let cause, let killAt):
            switch event {
            case .spawnFailed: finish(cause, &actions)
            // If it executed the command before, it may have left other processes in its group.
            case .exited:
                let group = look(leaderless(Group(pid: pid, cause: cause)), now, &actions)
                state = .killing(group, leaveAt: now + Self.killSeconds)
            // It executed the command at the last moment: now it has a group.
            case .spawned:
                actions.append(.signal(pid: pid, .kill, group: true))
                let group = look(Group(pid: pid, cause: cause), now, &actions)
                state = .killing(group, leaveAt: now + Self.killSeconds)
            case .tick:
                guard now >= killAt else { break }
                actions.append(.signal(pid: pid, .kill, group: false))
                state = .aborting(pid: pid, cause, killAt: now + 1)
            case .start, .forked, .groupEnded, .cancel: break
            }
        case .over:
            switch event {
            case .start, .forked, .spawned, .spawnFailed, .exited, .groupEnded, .cancel, .tick: break
            }
        }
    }

    private mutating func finish(
        _ cause: TaskResult.Cause, isLeftBehind: Bool = false, _ actions: inout [Action]
    ) {
        let result = TaskResult(cause: cause, isLeftBehind: isLeftBehind)
        state = .over(result)
        actions.append(.finished(result))
    }

    /// Nothing of the command runs yet, and the child may hang where no other signal gets through.
    private mutating func abort(
        _ pid: Int32, _ cause: TaskResult.Cause, _ now: Instant, _ actions: inout [Action]
    ) {
        guard pid != 0 else {
            actions.append(.cancelSpawn)
            return finish(cause, &actions)
        }
        // It may not have its own process group yet.
        actions.append(.signal(pid: pid, .kill, group: false))
        state = .aborting(pid: pid, cause, killAt: now + 1)
    }

    private mutating func terminate(
        _ pid: Int32, _ cause: TaskResult.Cause, _ now: Instant, _ actions: inout [Action]
    ) {
        actions.append(.signal(pid: pid, .terminate, group: true))
        state = .terminating(Group(pid: pid, cause: cause), killAt: now + Self.graceSeconds)
    }

    private func leaderless(_ group: Group) -> Group {
        var group = group
        group.isLeaderGone = true
        return group
    }

    /// Only once the child is reaped: until then the group has a member.
    private func look(_ group: Group, _ now: Instant, _ actions: inout [Action]) -> Group {
        guard group.isLeaderGone else { return group }
        var group = group
        group.lookAt = now.advanced(milliseconds: Self.lookMilliseconds)
        actions.append(.look(group: group.pid))
        return group
    }

    private func lookIfDue(_ group: Group, _ now: Instant, _ actions: inout [Action]) -> Group {
        guard let lookAt = group.lookAt, now >= lookAt else { return group }
        return look(group, now, &actions)
    }
}
