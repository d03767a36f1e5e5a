import Testing

@testable import Supervise

/// Every cell of a task's life.
@Suite struct TaskMachineTableTests {
    typealias Event = TaskMachine.Event

    static let start = Instant(nanoseconds: 1_000_000_000_000)
    static let timeout = 30
    static let failure = StartError(.step, "couldn't")

    static func after(_ events: (Event, Int)...) -> TaskMachine {
        var machine = TaskMachine(timeoutSeconds: timeout)
        var actions: [TaskMachine.Action] = []
        for (event, seconds) in events { machine.handle(event, now: start + seconds, into: &actions) }
        return machine
    }

    static let states: [(name: String, state: TaskMachine)] = [
        ("ready", after()),
        ("queued", after((.start, 0))),
        ("spawning", after((.start, 0), (.forked(pid: 7), 0))),
        ("running", after((.start, 0), (.forked(pid: 7), 0), (.spawned, 0))),
        ("terminating", after((.start, 0), (.forked(pid: 7), 0), (.spawned, 0), (.tick, 30))),
        (
            "terminating the rest",
            after((.start, 0), (.forked(pid: 7), 0), (.spawned, 0), (.tick, 30), (.exited(.exited(code: 0)), 30))
        ),
        ("killing", after((.start, 0), (.forked(pid: 7), 0), (.spawned, 0), (.tick, 30), (.tick, 31))),
        (
            "killing the rest",
            after(
                (.start, 0), (.forked(pid: 7), 0), (.spawned, 0), (.tick, 30), (.exited(.exited(code: 0)), 30),
                (.tick, 31))
        ),
        ("aborting", after((.start, 0), (.forked(pid: 7), 0), (.cancel, 1))),
        ("over", after((.start, 0), (.forked(pid: 7), 0), (.spawned, 0), (.exited(.exited(code: 3)), 1))),
    ]

    static let events: [Event] = [
        .start, .forked(pid: 8), .spawned, .spawnFailed(failure), .exited(.exited(code: 3)), .groupEnded, .cancel,
        .tick,
    ]

    /// A new event must get a name here, and then a row for each state.
    static func name(_ event: Event) -> String {
        switch event {
        case .start: "start"
        case .forked: "forked"
        case .spawned: "spawned"
        case .spawnFailed: "spawnFailed"
        case .exited: "exited"
        case .groupEnded: "groupEnded"
        case .cancel: "cancel"
        case .tick: "tick"
        }
    }

    static func name(_ machine: TaskMachine) -> String {
        switch machine.state {
        case .ready: "ready"
        case .spawning(let pid, _): "spawning \(pid)"
        case .running: "running"
        case .terminating: machine.pid == 0 ? "terminating the rest" : "terminating"
        case .killing: machine.pid == 0 ? "killing the rest" : "killing"
        case .aborting: "aborting"
        case .over(let result): name(result)
        }
    }

    static func name(_ result: TaskResult) -> String {
        let what =
            switch result.cause {
            case .ended(let status): status.description
            case .timedOut: "timed out"
            case .cancelled: "cancelled"
            case .notStarted: "not started"
            }
        return what + (result.isLeftBehind ? ", left behind" : "")
    }

    /// - Parameter seconds: since the start; the default is after all deadlines.
    static func outcome(_ machine: TaskMachine, _ event: Event, at seconds: Int = 60) -> String {
        var machine = machine
        let before = name(machine)
        var actions: [TaskMachine.Action] = []
        machine.handle(event, now: start + seconds, into: &actions)
        var words = name(machine) == before ? [] : [name(machine)]
        for action in actions {
            switch action {
            case .spawn: words.append("spawn")
            case .cancelSpawn: words.append("cancelSpawn")
            case .signal(let pid, let signal, let group):
                words.append("\(signal.name) to \(group ? "group " : "")\(pid)")
            case .look(let group): words.append("look for \(group)")
            case .finished(let result):
                words.append("finished")
                #expect(machine.state == .over(result) && machine.deadline == nil && machine.pid == 0)
            }
        }
        return summary(words)
    }

    @Test func everyCell() {
        MachineTable(Self.table).check(
            states: Self.states, events: Self.events.map { (Self.name($0), $0) },
            outcome: { Self.outcome($0, $1) })
    }

    static let table = """
        ready                | start       | spawning 0, spawn
        ready                | forked      | -
        ready                | spawned     | -
        ready                | spawnFailed | -
        ready                | exited      | -
        ready                | groupEnded  | -
        ready                | cancel      | cancelled, finished
        ready                | tick        | -
        queued               | start       | -
        queued               | forked      | spawning 8
        queued               | spawned     | running
        queued               | spawnFailed | not started, finished
        queued               | exited      | -
        queued               | groupEnded  | -
        queued               | cancel      | cancelled, cancelSpawn, finished
        queued               | tick        | timed out, cancelSpawn, finished
        spawning             | start       | -
        spawning             | forked      | spawning 8
        spawning             | spawned     | running
        spawning             | spawnFailed | not started, finished
        spawning             | exited      | -
        spawning             | groupEnded  | -
        spawning             | cancel      | aborting, SIGKILL to 7
        spawning             | tick        | aborting, SIGKILL to 7
        running              | start       | -
        running              | forked      | -
        running              | spawned     | -
        running              | spawnFailed | -
        running              | exited      | exit status 3, finished
        running              | groupEnded  | -
        running              | cancel      | terminating, SIGTERM to group 7
        running              | tick        | terminating, SIGTERM to group 7
        terminating          | start       | -
        terminating          | forked      | -
        terminating          | spawned     | -
        terminating          | spawnFailed | -
        terminating          | exited      | terminating the rest, look for 7
        terminating          | groupEnded  | timed out, finished
        terminating          | cancel      | -
        terminating          | tick        | killing, SIGKILL to group 7
        terminating the rest | start       | -
        terminating the rest | forked      | -
        terminating the rest | spawned     | -
        terminating the rest | spawnFailed | -
        terminating the rest | exited      | look for 7
        terminating the rest | groupEnded  | timed out, finished
        terminating the rest | cancel      | -
        terminating the rest | tick        | killing the rest, SIGKILL to group 7, look for 7
        killing              | start       | -
        killing              | forked      | -
        killing              | spawned     | -
        killing              | spawnFailed | -
        killing              | exited      | killing the rest, look for 7
        killing              | groupEnded  | timed out, finished
        killing              | cancel      | -
        killing              | tick        | timed out, left behind, finished
        killing the rest     | start       | -
        killing the rest     | forked      | -
        killing the rest     | spawned     | -
        killing the rest     | spawnFailed | -
        killing the rest     | exited      | look for 7
        killing the rest     | groupEnded  | timed out, finished
        killing the rest     | cancel      | -
        killing the rest     | tick        | timed out, left behind, finished
        aborting             | start       | -
        aborting             | forked      | -
        aborting             | spawned     | killing, SIGKILL to group 7
        aborting             | spawnFailed | cancelled, finished
        aborting             | exited      | killing the rest, look for 7
        aborting             | groupEnded  | -
        aborting             | cancel      | -
        aborting             | tick        | SIGKILL to 7
        over                 | start       | -
        over                 | forked      | -
        over                 | spawned     | -
        over                 | spawnFailed | -
        over                 | exited      | -
        over                 | groupEnded  | -
        over                 | cancel      | -
        over                 | tick        | -
        """

    @Test func nothingHappensBeforeItsTime() {
        for (name, machine) in Self.states {
            guard let deadline = machine.deadline else { continue }
            var early = machine
            var actions: [TaskMachine.Action] = []
            early.handle(.tick, now: deadline.advanced(nanoseconds: -1), into: &actions)
            #expect(actions == [] && early == machine, "\(name)")
        }
    }

    /// A group that no signal ends: it is checked and killed again and again, up to a limit.
    @Test func whatSleepsInTheKernelIsLeft() throws {
        var machine = Self.after(
            (.start, 0), (.forked(pid: 7), 0), (.spawned, 0), (.tick, 30), (.exited(.exited(code: 0)), 30))
        var all: [TaskMachine.Action] = []
        while let deadline = machine.deadline {
            var actions: [TaskMachine.Action] = []
            machine.handle(.tick, now: deadline, into: &actions)
            #expect(!actions.isEmpty, "a deadline means something")
            all += actions
        }
        #expect(all.last == .finished(TaskResult(cause: .timedOut, isLeftBehind: true)))
        #expect(all.filter { $0 == .signal(pid: 7, .kill, group: true) }.count > 10)
        #expect(all.filter { $0 == .look(group: 7) }.count > 10)
    }

    /// The timeout counts from the start, whenever the child appears.
    @Test func theTimeOfTheStartCounts() {
        let machine = Self.after((.start, 0), (.forked(pid: 7), 20), (.spawned, 25))
        #expect(machine.deadline == Self.start + Self.timeout)
    }
}
