import Testing

@testable import Supervise

/// Tasks on a machine where anything happens: spawns are slow or fail, commands leave processes in their groups, ignore
/// signals, or sleep in the kernel.
struct SimulatedTask {
    let seed: UInt64
    var dice: Dice
    var machine: TaskMachine
    var now = Instant(nanoseconds: 0)
    var step = 0
    var isQueued = false
    /// init's child; 0 if there is none, or if it has been reaped.
    var leader: Int32 = 0
    var isUnderway = false
    /// The number of other processes in its group.
    var others = 0
    /// No signal ends it.
    let isAsleep: Bool
    /// It ignores SIGTERM.
    let isStubborn: Bool
    var result: TaskResult?
    let timeout: Int

    init(seed: UInt64) {
        self.seed = seed
        dice = Dice(seed: seed)
        timeout = dice.among([1, 5, 30])
        isAsleep = dice.percent(5)
        isStubborn = dice.percent(30)
        machine = TaskMachine(timeoutSeconds: timeout)
    }

    func violation(_ rule: String) -> Violation { Violation(seed: seed, step: step, rule: "task: \(rule)") }

    mutating func run() throws {
        try tell(.start)
        let isHurried = dice.percent(20)
        while result == nil {
            step += 1
            // Even in the worst case, the timeout, the grace period and the kill are over by then.
            if now.nanoseconds > Int64(timeout + 20) * 1_000_000_000 { throw violation("it never ends") }
            switch dice.below(10) {
            case 0..<3: try pass(milliseconds: dice.among([1, 50, 400, 2000]))
            case 3..<5: try progress()
            case 5: try dies(dice.percent(30))
            case 6: if others > 0, !isAsleep, dice.percent(30) { others -= 1 }
            case 7: if isHurried, dice.percent(20) { try tell(.cancel) }
            default: try tell(.tick)
            }
            if result == nil, machine.deadline == nil { throw violation("it waits for no time") }
        }
        if machine.deadline != nil || machine.pid != 0 || isQueued { throw violation("something is left of it") }
    }

    private mutating func tell(_ event: TaskMachine.Event) throws {
        var actions: [TaskMachine.Action] = []
        machine.handle(event, now: now, into: &actions)
        for action in actions { try perform(action) }
    }

    private mutating func perform(_ action: TaskMachine.Action) throws {
        switch action {
        case .spawn: isQueued = true
        case .cancelSpawn:
            if !isQueued { throw violation("a start is cancelled that nobody waits for") }
            isQueued = false
        case .signal(let pid, let signal, let group):
            if pid != 7 || leader == 0 && !group { throw violation("a signal goes to somebody who is dead") }
            if isUnderway, group { throw violation("a child without a group is signalled as one") }
            if isAsleep || isStubborn && signal != .kill { return }
            if group { others = 0 }
            // It dies later.
            if leader != 0, dice.percent(50) { try dies(true) }
        case .look(let group):
            if group != 7 || leader != 0 { throw violation("it looks for others while its child is there") }
            if others == 0 { try tell(.groupEnded) }
        case .finished(let result):
            if self.result != nil { throw violation("it finishes twice") }
            self.result = result
            switch result.cause {
            case .ended, .notStarted: break
            case .timedOut, .cancelled:
                if !result.isLeftBehind, leader != 0 || others > 0 { throw violation("it is over before its group is") }
            }
        }
    }

    private mutating func pass(milliseconds: Int) throws {
        let end = now.advanced(milliseconds: milliseconds)
        while result == nil, let deadline = machine.deadline, deadline <= end {
            now = max(now, deadline)
            let before = machine
            try tell(.tick)
            if machine == before { throw violation("a deadline passes and means nothing") }
        }
        now = max(now, end)
    }

    private mutating func progress() throws {
        if isQueued, dice.percent(60) {
            isQueued = false
            if dice.percent(10) { return try tell(.spawnFailed(StartError(.resource, "no luck"))) }
            leader = 7
            isUnderway = true
            return try tell(.forked(pid: 7))
        }
        guard isUnderway, dice.percent(60) else { return }
        isUnderway = false
        if dice.percent(15) {
            leader = 0
            return try tell(.spawnFailed(StartError(.step, "no luck in the child")))
        }
        others = dice.below(3)
        try tell(.spawned)
    }

    /// The result of the start is reported before the death, unless the child is killed before.
    private mutating func dies(_ isSure: Bool) throws {
        guard leader != 0, isSure, !isAsleep else { return }
        if isUnderway {
            isUnderway = false
            if case .spawning = machine.state { try tell(.spawned) }
        }
        guard leader != 0 else { return }
        leader = 0
        try tell(.exited(dice.percent(50) ? .exited(code: Int32(dice.below(3))) : .signalled(.kill, core: false)))
    }
}
