import Testing

@testable import Supervise

/// Every cell of the life of a process. Log lines are left out, since they are prose.
@Suite struct ProcessMachineTableTests {
    typealias Event = ProcessMachine.Event

    static let settings = ProcessSettings("web", [.startsecs: .int(5), .startretries: .int(3)])
    static let start = Moment(instant: Instant(nanoseconds: 1_000_000_000_000), wall: 1_000_000)
    /// A time after all deadlines.
    static let later = Moment(instant: Instant(nanoseconds: 1_060_000_000_000), wall: 1_000_060)
    static let failure = StartError(.step, "couldn't")

    static func after(_ events: Event...) -> ProcessMachine {
        var machine = ProcessMachine()
        var actions: [ProcessMachine.Action] = []
        for event in events { machine.handle(event, settings, now: start, into: &actions) }
        return machine
    }

    /// A process that has stayed up for startsecs.
    static let running: ProcessMachine = {
        var machine = after(.start, .forked(pid: 7), .spawned(pid: 7))
        var actions: [ProcessMachine.Action] = []
        machine.handle(.tick, settings, now: later, into: &actions)
        return machine
    }()

    /// Given up, and started again after a while.
    static let fatal: ProcessMachine = {
        var machine = ProcessMachine()
        var actions: [ProcessMachine.Action] = []
        let settings = ProcessSettings("web", [.startretries: .int(0), .fatalRetrySecs: .int(10)])
        for event in [.start, .spawnFailed(failure)] as [Event] {
            machine.handle(event, settings, now: start, into: &actions)
        }
        return machine
    }()

    /// Says itself when it is ready.
    static let announcing: ProcessMachine = {
        var machine = ProcessMachine()
        var actions: [ProcessMachine.Action] = []
        let settings = ProcessSettings("web", [.notify: .notify(.systemd), .startTimeout: .int(10)])
        for event in [.start, .forked(pid: 7), .spawned(pid: 7)] as [Event] {
            machine.handle(event, settings, now: start, into: &actions)
        }
        return machine
    }()

    static func ending(_ why: ProcessMachine.ForcedEnd) -> ProcessMachine {
        var machine = ProcessMachine()
        var actions: [ProcessMachine.Action] = []
        let settings = ProcessSettings("web", [.startsecs: .int(0)])
        for event in [.start, .forked(pid: 7), .spawned(pid: 7), .fail(why)] as [Event] {
            machine.handle(event, settings, now: start, into: &actions)
        }
        return machine
    }

    static func after(running event: Event) -> ProcessMachine {
        var machine = running
        var actions: [ProcessMachine.Action] = []
        machine.handle(event, settings, now: later, into: &actions)
        return machine
    }

    static let states: [(name: String, state: ProcessMachine)] = [
        ("stopped", ProcessMachine()),
        ("waiting", after(.postpone)),
        ("queued", after(.start)),
        ("on its way", after(.start, .forked(pid: 7))),
        ("starting", after(.start, .forked(pid: 7), .spawned(pid: 7))),
        ("announcing", announcing),
        ("running", running),
        ("ending, overdue", ending(.watchdog)),
        ("ending, unhealthy", ending(.unhealthy)),
        ("backoff", after(.start, .spawnFailed(failure))),
        ("stopping", after(.start, .forked(pid: 7), .spawned(pid: 7), .stop)),
        ("stopping, on its way", after(.start, .forked(pid: 7), .stop)),
        ("exited, done", after(running: .exited(.exited(code: 0)))),
        ("exited, to be restarted", after(running: .exited(.exited(code: 1)))),
        ("fatal", after(.start, .spawnFailed(failure), .giveUp)),
        ("fatal, to be retried", fatal),
        ("fatal, as another is", after(.postpone, .dependencyFailed(DependencyFailure(name: "db", cause: .unknown)))),
        ("unknown", after(.start, .forked(pid: 7), .spawned(pid: 7), .stop, .signalFailed(reason: "EPERM"))),
    ]

    static let events: [Event] = [
        .start, .postpone, .dependencyFailed(DependencyFailure(name: "db", cause: .fatal("no"))), .forked(pid: 8),
        .spawned(pid: 7), .spawnFailed(failure), .exited(.exited(code: 1)), .stop, .hurry(killBy: later.instant), .kill,
        .giveUp, .ready, .extend(Instant(nanoseconds: 2_000_000_000_000)), .fail(.watchdog),
        .signalFailed(reason: "EPERM"), .hookEnded(.postStop, HookEnd(.timedOut)), .tick,
        .groupEnded(7),
    ]

    /// A new event must get a name here, and then a row for each state.
    static func name(_ event: Event) -> String {
        switch event {
        case .start: "start"
        case .postpone: "postpone"
        case .dependencyFailed: "dependencyFailed"
        case .forked: "forked"
        case .spawned: "spawned"
        case .spawnFailed: "spawnFailed"
        case .exited: "exited"
        case .stop: "stop"
        case .hurry: "hurry"
        case .kill: "kill"
        case .giveUp: "giveUp"
        case .ready: "ready"
        case .extend: "extend"
        case .fail: "fail"
        case .signalFailed: "signalFailed"
        case .hookEnded: "hookEnded"
        case .tick: "tick"
        case .groupEnded: "groupEnded"
        }
    }

    static func outcome(_ machine: ProcessMachine, _ event: Event) -> String {
        var machine = machine
        var actions: [ProcessMachine.Action] = []
        let (pid, deadline, isEnding) = (machine.pid, machine.deadline, machine.isEnding)
        machine.handle(event, settings, now: later, into: &actions)
        var words: [String] = []
        for action in actions {
            switch action {
            case .spawn: words.append("spawn")
            case .cancelSpawn: words.append("cancelSpawn")
            case .signal(let pid, let signal, let group):
                words.append("\(signal.name) to \(group ? "group " : "")\(pid)")
            case .publish(let transition): words.append(transition.to.name)
            case .runHook(let kind, _): words.append("run \(kind.key)")
            case .cancelHook(let kind): words.append("cancel \(kind.key)")
            case .look(_, let signal): words.append(signal.map { "\($0.name) to the rest" } ?? "look")
            case .log: break
            }
        }
        if words.isEmpty, machine.pid != pid { words.append("pid \(machine.pid)") }
        if words.isEmpty, machine.deadline != deadline { words.append("later") }
        if words.isEmpty, machine.isEnding != isEnding { words.append("for good") }
        return summary(words)
    }

    @Test func everyCell() {
        MachineTable(Self.table).check(
            states: Self.states, events: Self.events.map { (Self.name($0), $0) }, outcome: Self.outcome)
    }

    static let table = """
        stopped                 | start            | STARTING, spawn
        stopped                 | postpone         | STARTING
        stopped                 | dependencyFailed | -
        stopped                 | forked           | -
        stopped                 | spawned          | -
        stopped                 | spawnFailed      | -
        stopped                 | exited           | -
        stopped                 | stop             | -
        stopped                 | hurry            | -
        stopped                 | kill             | -
        stopped                 | giveUp           | -
        stopped                 | ready            | -
        stopped                 | extend           | -
        stopped                 | fail             | -
        stopped                 | signalFailed     | -
        stopped                 | hookEnded        | -
        stopped                 | tick             | -
        stopped                 | groupEnded       | -
        waiting                 | start            | spawn
        waiting                 | postpone         | -
        waiting                 | dependencyFailed | BACKOFF, FATAL
        waiting                 | forked           | -
        waiting                 | spawned          | -
        waiting                 | spawnFailed      | -
        waiting                 | exited           | -
        waiting                 | stop             | STOPPING, STOPPED
        waiting                 | hurry            | -
        waiting                 | kill             | STOPPING, STOPPED
        waiting                 | giveUp           | -
        waiting                 | ready            | -
        waiting                 | extend           | -
        waiting                 | fail             | -
        waiting                 | signalFailed     | -
        waiting                 | hookEnded        | -
        waiting                 | tick             | -
        waiting                 | groupEnded       | -
        queued                  | start            | -
        queued                  | postpone         | -
        queued                  | dependencyFailed | -
        queued                  | forked           | pid 8
        queued                  | spawned          | pid 7
        queued                  | spawnFailed      | BACKOFF
        queued                  | exited           | -
        queued                  | stop             | cancelSpawn, STOPPING, STOPPED
        queued                  | hurry            | -
        queued                  | kill             | cancelSpawn, STOPPING, STOPPED
        queued                  | giveUp           | -
        queued                  | ready            | -
        queued                  | extend           | -
        queued                  | fail             | -
        queued                  | signalFailed     | -
        queued                  | hookEnded        | -
        queued                  | tick             | -
        queued                  | groupEnded       | -
        on its way              | start            | -
        on its way              | postpone         | -
        on its way              | dependencyFailed | -
        on its way              | forked           | pid 8
        on its way              | spawned          | later
        on its way              | spawnFailed      | BACKOFF
        on its way              | exited           | -
        on its way              | stop             | STOPPING, SIGTERM to 7
        on its way              | hurry            | -
        on its way              | kill             | STOPPING, SIGKILL to 7
        on its way              | giveUp           | -
        on its way              | ready            | -
        on its way              | extend           | -
        on its way              | fail             | -
        on its way              | signalFailed     | -
        on its way              | hookEnded        | -
        on its way              | tick             | -
        on its way              | groupEnded       | -
        starting                | start            | -
        starting                | postpone         | -
        starting                | dependencyFailed | -
        starting                | forked           | -
        starting                | spawned          | -
        starting                | spawnFailed      | -
        starting                | exited           | RUNNING, EXITED
        starting                | stop             | STOPPING, SIGTERM to 7
        starting                | hurry            | -
        starting                | kill             | STOPPING, SIGKILL to 7
        starting                | giveUp           | -
        starting                | ready            | -
        starting                | extend           | -
        starting                | fail             | STOPPING, SIGABRT to 7
        starting                | signalFailed     | -
        starting                | hookEnded        | -
        starting                | tick             | RUNNING
        starting                | groupEnded       | -
        announcing              | start            | -
        announcing              | postpone         | -
        announcing              | dependencyFailed | -
        announcing              | forked           | -
        announcing              | spawned          | -
        announcing              | spawnFailed      | -
        announcing              | exited           | BACKOFF
        announcing              | stop             | STOPPING, SIGTERM to 7
        announcing              | hurry            | -
        announcing              | kill             | STOPPING, SIGKILL to 7
        announcing              | giveUp           | -
        announcing              | ready            | RUNNING
        announcing              | extend           | later
        announcing              | fail             | STOPPING, SIGABRT to 7
        announcing              | signalFailed     | -
        announcing              | hookEnded        | -
        announcing              | tick             | STOPPING, SIGTERM to 7
        announcing              | groupEnded       | -
        running                 | start            | -
        running                 | postpone         | -
        running                 | dependencyFailed | -
        running                 | forked           | -
        running                 | spawned          | -
        running                 | spawnFailed      | -
        running                 | exited           | EXITED
        running                 | stop             | STOPPING, SIGTERM to 7
        running                 | hurry            | -
        running                 | kill             | STOPPING, SIGKILL to 7
        running                 | giveUp           | -
        running                 | ready            | -
        running                 | extend           | -
        running                 | fail             | STOPPING, SIGABRT to 7
        running                 | signalFailed     | -
        running                 | hookEnded        | -
        running                 | tick             | -
        running                 | groupEnded       | -
        ending, overdue         | start            | -
        ending, overdue         | postpone         | -
        ending, overdue         | dependencyFailed | -
        ending, overdue         | forked           | -
        ending, overdue         | spawned          | -
        ending, overdue         | spawnFailed      | -
        ending, overdue         | exited           | EXITED
        ending, overdue         | stop             | for good
        ending, overdue         | hurry            | for good
        ending, overdue         | kill             | SIGKILL to 7
        ending, overdue         | giveUp           | -
        ending, overdue         | ready            | -
        ending, overdue         | extend           | later
        ending, overdue         | fail             | -
        ending, overdue         | signalFailed     | UNKNOWN
        ending, overdue         | hookEnded        | -
        ending, overdue         | tick             | SIGKILL to 7
        ending, overdue         | groupEnded       | -
        ending, unhealthy       | start            | -
        ending, unhealthy       | postpone         | -
        ending, unhealthy       | dependencyFailed | -
        ending, unhealthy       | forked           | -
        ending, unhealthy       | spawned          | -
        ending, unhealthy       | spawnFailed      | -
        ending, unhealthy       | exited           | BACKOFF
        ending, unhealthy       | stop             | for good
        ending, unhealthy       | hurry            | for good
        ending, unhealthy       | kill             | SIGKILL to 7
        ending, unhealthy       | giveUp           | -
        ending, unhealthy       | ready            | -
        ending, unhealthy       | extend           | later
        ending, unhealthy       | fail             | -
        ending, unhealthy       | signalFailed     | UNKNOWN
        ending, unhealthy       | hookEnded        | -
        ending, unhealthy       | tick             | SIGKILL to 7
        ending, unhealthy       | groupEnded       | -
        backoff                 | start            | STARTING, spawn
        backoff                 | postpone         | STARTING
        backoff                 | dependencyFailed | -
        backoff                 | forked           | -
        backoff                 | spawned          | -
        backoff                 | spawnFailed      | -
        backoff                 | exited           | -
        backoff                 | stop             | STOPPED
        backoff                 | hurry            | -
        backoff                 | kill             | FATAL
        backoff                 | giveUp           | FATAL
        backoff                 | ready            | -
        backoff                 | extend           | -
        backoff                 | fail             | -
        backoff                 | signalFailed     | -
        backoff                 | hookEnded        | -
        backoff                 | tick             | -
        backoff                 | groupEnded       | -
        stopping                | start            | -
        stopping                | postpone         | -
        stopping                | dependencyFailed | -
        stopping                | forked           | -
        stopping                | spawned          | -
        stopping                | spawnFailed      | STOPPED
        stopping                | exited           | STOPPED
        stopping                | stop             | -
        stopping                | hurry            | -
        stopping                | kill             | SIGKILL to 7
        stopping                | giveUp           | -
        stopping                | ready            | -
        stopping                | extend           | later
        stopping                | fail             | -
        stopping                | signalFailed     | UNKNOWN
        stopping                | hookEnded        | -
        stopping                | tick             | SIGKILL to 7
        stopping                | groupEnded       | -
        stopping, on its way    | start            | -
        stopping, on its way    | postpone         | -
        stopping, on its way    | dependencyFailed | -
        stopping, on its way    | forked           | -
        stopping, on its way    | spawned          | later
        stopping, on its way    | spawnFailed      | STOPPED
        stopping, on its way    | exited           | STOPPED
        stopping, on its way    | stop             | -
        stopping, on its way    | hurry            | -
        stopping, on its way    | kill             | SIGKILL to 7
        stopping, on its way    | giveUp           | -
        stopping, on its way    | ready            | -
        stopping, on its way    | extend           | later
        stopping, on its way    | fail             | -
        stopping, on its way    | signalFailed     | UNKNOWN
        stopping, on its way    | hookEnded        | -
        stopping, on its way    | tick             | SIGKILL to 7
        stopping, on its way    | groupEnded       | -
        exited, done            | start            | STARTING, spawn
        exited, done            | postpone         | STARTING
        exited, done            | dependencyFailed | -
        exited, done            | forked           | -
        exited, done            | spawned          | -
        exited, done            | spawnFailed      | -
        exited, done            | exited           | -
        exited, done            | stop             | -
        exited, done            | hurry            | -
        exited, done            | kill             | -
        exited, done            | giveUp           | -
        exited, done            | ready            | -
        exited, done            | extend           | -
        exited, done            | fail             | -
        exited, done            | signalFailed     | -
        exited, done            | hookEnded        | -
        exited, done            | tick             | -
        exited, done            | groupEnded       | -
        exited, to be restarted | start            | STARTING, spawn
        exited, to be restarted | postpone         | STARTING
        exited, to be restarted | dependencyFailed | -
        exited, to be restarted | forked           | -
        exited, to be restarted | spawned          | -
        exited, to be restarted | spawnFailed      | -
        exited, to be restarted | exited           | -
        exited, to be restarted | stop             | STOPPED
        exited, to be restarted | hurry            | -
        exited, to be restarted | kill             | -
        exited, to be restarted | giveUp           | -
        exited, to be restarted | ready            | -
        exited, to be restarted | extend           | -
        exited, to be restarted | fail             | -
        exited, to be restarted | signalFailed     | -
        exited, to be restarted | hookEnded        | -
        exited, to be restarted | tick             | -
        exited, to be restarted | groupEnded       | -
        fatal                   | start            | STARTING, spawn
        fatal                   | postpone         | STARTING
        fatal                   | dependencyFailed | -
        fatal                   | forked           | -
        fatal                   | spawned          | -
        fatal                   | spawnFailed      | -
        fatal                   | exited           | -
        fatal                   | stop             | -
        fatal                   | hurry            | -
        fatal                   | kill             | -
        fatal                   | giveUp           | -
        fatal                   | ready            | -
        fatal                   | extend           | -
        fatal                   | fail             | -
        fatal                   | signalFailed     | -
        fatal                   | hookEnded        | -
        fatal                   | tick             | -
        fatal                   | groupEnded       | -
        fatal, to be retried    | start            | STARTING, spawn
        fatal, to be retried    | postpone         | STARTING
        fatal, to be retried    | dependencyFailed | -
        fatal, to be retried    | forked           | -
        fatal, to be retried    | spawned          | -
        fatal, to be retried    | spawnFailed      | -
        fatal, to be retried    | exited           | -
        fatal, to be retried    | stop             | STOPPED
        fatal, to be retried    | hurry            | -
        fatal, to be retried    | kill             | -
        fatal, to be retried    | giveUp           | -
        fatal, to be retried    | ready            | -
        fatal, to be retried    | extend           | -
        fatal, to be retried    | fail             | -
        fatal, to be retried    | signalFailed     | -
        fatal, to be retried    | hookEnded        | -
        fatal, to be retried    | tick             | -
        fatal, to be retried    | groupEnded       | -
        fatal, as another is    | start            | STARTING, spawn
        fatal, as another is    | postpone         | STARTING
        fatal, as another is    | dependencyFailed | -
        fatal, as another is    | forked           | -
        fatal, as another is    | spawned          | -
        fatal, as another is    | spawnFailed      | -
        fatal, as another is    | exited           | -
        fatal, as another is    | stop             | STOPPED
        fatal, as another is    | hurry            | -
        fatal, as another is    | kill             | -
        fatal, as another is    | giveUp           | -
        fatal, as another is    | ready            | -
        fatal, as another is    | extend           | -
        fatal, as another is    | fail             | -
        fatal, as another is    | signalFailed     | -
        fatal, as another is    | hookEnded        | -
        fatal, as another is    | tick             | -
        fatal, as another is    | groupEnded       | -
        unknown                 | start            | -
        unknown                 | postpone         | -
        unknown                 | dependencyFailed | -
        unknown                 | forked           | -
        unknown                 | spawned          | -
        unknown                 | spawnFailed      | STOPPED
        unknown                 | exited           | STOPPED
        unknown                 | stop             | -
        unknown                 | hurry            | -
        unknown                 | kill             | -
        unknown                 | giveUp           | -
        unknown                 | ready            | -
        unknown                 | extend           | -
        unknown                 | fail             | -
        unknown                 | signalFailed     | -
        unknown                 | hookEnded        | -
        unknown                 | tick             | -
        unknown                 | groupEnded       | -
        """
}
