import Testing

@testable import Supervise

/// Every cell of the life of a process with hooks that concerns them. The others are in ProcessMachineTableTests.
@Suite struct HookTableTests {
    typealias Event = ProcessMachine.Event
    typealias Base = ProcessMachineTableTests

    static let settings = ProcessSettings(
        "web",
        [
            .startsecs: .int(5), .startretries: .int(3), .startCondition: .text("if"), .preStartHook: .text("pre"),
            .postStartHook: .text("up"),
            .preStopHook: .text("down"), .postStopHook: .text("post"),
        ])

    static let success = HookEnd(.ended(.exited(code: 0)))
    static let failure = HookEnd(.ended(.exited(code: 3)), lastLine: "no database")

    static func after(_ events: Event...) -> ProcessMachine {
        var machine = ProcessMachine()
        var actions: [ProcessMachine.Action] = []
        for event in events {
            let now = event == .tick ? Base.later : Base.start
            machine.handle(event, settings, now: now, into: &actions)
        }
        return machine
    }

    static let begun: [Event] = [
        .start, .hookEnded(.startCondition, success), .hookEnded(.preStart, success), .forked(pid: 7), .spawned(pid: 7),
    ]

    static func began(_ events: Event...) -> ProcessMachine {
        var machine = ProcessMachine()
        var actions: [ProcessMachine.Action] = []
        for event in begun + events {
            let now = event == .tick ? Base.later : Base.start
            machine.handle(event, settings, now: now, into: &actions)
        }
        return machine
    }

    static let died = Event.exited(.exited(code: 1))
    static let upHook = Event.hookEnded(.postStart, success)

    static let states: [(name: String, state: ProcessMachine)] = [
        ("stopped", ProcessMachine()),
        ("waiting", after(.postpone)),
        ("deciding", after(.start)),
        ("skipped", after(.start, .hookEnded(.startCondition, HookEnd(.ended(.exited(code: 254)))))),
        ("preparing", after(.start, .hookEnded(.startCondition, success))),
        ("preparing after a run", began(died, .start)),
        ("preparing, both to come", began(.tick, died, .start)),
        ("queued", after(.start, .hookEnded(.startCondition, success), .hookEnded(.preStart, success))),
        ("starting", began()),
        ("running, hook", began(.tick)),
        ("running", began(.tick, upHook)),
        ("backoff, hook", began(died)),
        ("exited, hook", began(.tick, upHook, died)),
        ("exited, both", began(.tick, died)),
        ("exited", began(.tick, upHook, died, .hookEnded(.postStop, success))),
        ("fatal, hook", began(died, .giveUp)),
        ("pre-stopping", began(.tick, upHook, .stop)),
        ("pre-stopping, both", began(.tick, .stop)),
        ("stopping", began(.tick, upHook, .stop, .hookEnded(.preStop, success))),
        ("stopping in a hurry", began(.tick, upHook, .stop, .stop)),
        ("cancelled", after(.start, .hookEnded(.startCondition, success), .stop)),
        ("cancelled early", after(.start, .stop)),
        ("unwinding", began(.tick, upHook, .stop, .hookEnded(.preStop, success), died)),
        ("pre-stopping in time", began(.tick, upHook, .stop, .hurry(killBy: Base.later.instant))),
        (
            "unwinding in time",
            began(
                .tick, upHook, .stop, .hurry(killBy: Base.later.instant), .hookEnded(.preStop, success), died)
        ),
        (
            "unwinding, out of time",
            began(.tick, upHook, .stop, .hookEnded(.preStop, success), died, .kill)
        ),
        ("unwinding, both", began(.tick, upHook, .stop, died)),
        ("unknown", began(.tick, .stop, .stop, .signalFailed(reason: "EPERM"))),
    ]

    static let events: [(String, Event)] = [
        ("start", .start), ("spawned", .spawned(pid: 7)), ("spawnFailed", .spawnFailed(Base.failure)),
        ("exited", died), ("stop", .stop), ("hurry", .hurry(killBy: Base.start.instant)), ("kill", .kill),
        ("tick", .tick), ("start_condition holds", .hookEnded(.startCondition, success)),
        ("start_condition doesn't hold", .hookEnded(.startCondition, HookEnd(.ended(.exited(code: 1))))),
        ("start_condition fails", .hookEnded(.startCondition, HookEnd(.ended(.exited(code: 255))))),
        ("pre_start_hook succeeds", .hookEnded(.preStart, success)),
        ("pre_start_hook fails", .hookEnded(.preStart, failure)),
        ("post_start_hook ends", upHook), ("post_start_hook fails", .hookEnded(.postStart, failure)),
        ("pre_stop_hook ends", .hookEnded(.preStop, success)), ("pre_stop_hook fails", .hookEnded(.preStop, failure)),
        ("post_stop_hook ends", .hookEnded(.postStop, success)),
    ]

    static func outcome(_ machine: ProcessMachine, _ event: Event) -> String { outcome(machine, event, settings) }

    static func outcome(_ machine: ProcessMachine, _ event: Event, _ settings: ProcessSettings) -> String {
        var machine = machine
        var actions: [ProcessMachine.Action] = []
        machine.handle(event, settings, now: Base.later, into: &actions)
        var words: [String] = []
        for action in actions {
            switch action {
            case .spawn: words.append("spawn")
            case .cancelSpawn: words.append("cancelSpawn")
            case .signal(let pid, let signal, _): words.append("\(signal.name) to \(pid)")
            case .publish(let transition): words.append(transition.to.name)
            case .log(let level, _): if level >= .warn { words.append("warning") }
            case .runHook(let kind, let context):
                words.append("\(kind.key)\(context.reason.map { "(\($0.word) \(context.pid))" } ?? "")")
            case .cancelHook(let kind): words.append("cancel \(kind.key)")
            case .look(_, let signal): words.append(signal.map { "\($0.name) to the rest" } ?? "look")
            }
        }
        return summary(words)
    }

    @Test func everyCell() {
        MachineTable(Self.table).check(states: Self.states, events: Self.events, outcome: Self.outcome)
    }

    static let table = """
        stopped                 | start                        | STARTING, start_condition
        stopped                 | spawned                      | -
        stopped                 | spawnFailed                  | -
        stopped                 | exited                       | -
        stopped                 | stop                         | -
        stopped                 | hurry                        | -
        stopped                 | kill                         | -
        stopped                 | tick                         | -
        stopped                 | start_condition holds        | -
        stopped                 | start_condition doesn't hold | -
        stopped                 | start_condition fails        | -
        stopped                 | pre_start_hook succeeds      | -
        stopped                 | pre_start_hook fails         | -
        stopped                 | post_start_hook ends         | -
        stopped                 | post_start_hook fails        | -
        stopped                 | pre_stop_hook ends           | -
        stopped                 | pre_stop_hook fails          | -
        stopped                 | post_stop_hook ends          | -
        waiting                 | start                        | start_condition
        waiting                 | spawned                      | -
        waiting                 | spawnFailed                  | -
        waiting                 | exited                       | -
        waiting                 | stop                         | STOPPING, STOPPED
        waiting                 | hurry                        | -
        waiting                 | kill                         | STOPPING, STOPPED
        waiting                 | tick                         | -
        waiting                 | start_condition holds        | -
        waiting                 | start_condition doesn't hold | -
        waiting                 | start_condition fails        | -
        waiting                 | pre_start_hook succeeds      | -
        waiting                 | pre_start_hook fails         | -
        waiting                 | post_start_hook ends         | -
        waiting                 | post_start_hook fails        | -
        waiting                 | pre_stop_hook ends           | -
        waiting                 | pre_stop_hook fails          | -
        waiting                 | post_stop_hook ends          | -
        deciding                | start                        | -
        deciding                | spawned                      | -
        deciding                | spawnFailed                  | -
        deciding                | exited                       | -
        deciding                | stop                         | cancel start_condition, STOPPING
        deciding                | hurry                        | -
        deciding                | kill                         | cancel start_condition, STOPPING
        deciding                | tick                         | -
        deciding                | start_condition holds        | pre_start_hook
        deciding                | start_condition doesn't hold | EXITED
        deciding                | start_condition fails        | BACKOFF, post_stop_hook(spawn 0)
        deciding                | pre_start_hook succeeds      | -
        deciding                | pre_start_hook fails         | -
        deciding                | post_start_hook ends         | -
        deciding                | post_start_hook fails        | -
        deciding                | pre_stop_hook ends           | -
        deciding                | pre_stop_hook fails          | -
        deciding                | post_stop_hook ends          | -
        skipped                 | start                        | STARTING, start_condition
        skipped                 | spawned                      | -
        skipped                 | spawnFailed                  | -
        skipped                 | exited                       | -
        skipped                 | stop                         | -
        skipped                 | hurry                        | -
        skipped                 | kill                         | -
        skipped                 | tick                         | -
        skipped                 | start_condition holds        | -
        skipped                 | start_condition doesn't hold | -
        skipped                 | start_condition fails        | -
        skipped                 | pre_start_hook succeeds      | -
        skipped                 | pre_start_hook fails         | -
        skipped                 | post_start_hook ends         | -
        skipped                 | post_start_hook fails        | -
        skipped                 | pre_stop_hook ends           | -
        skipped                 | pre_stop_hook fails          | -
        skipped                 | post_stop_hook ends          | -
        preparing               | start                        | -
        preparing               | spawned                      | -
        preparing               | spawnFailed                  | -
        preparing               | exited                       | -
        preparing               | stop                         | cancel pre_start_hook, STOPPING
        preparing               | hurry                        | -
        preparing               | kill                         | cancel pre_start_hook, STOPPING
        preparing               | tick                         | -
        preparing               | start_condition holds        | -
        preparing               | start_condition doesn't hold | -
        preparing               | start_condition fails        | -
        preparing               | pre_start_hook succeeds      | spawn
        preparing               | pre_start_hook fails         | BACKOFF, post_stop_hook(spawn 0)
        preparing               | post_start_hook ends         | -
        preparing               | post_start_hook fails        | -
        preparing               | pre_stop_hook ends           | -
        preparing               | pre_stop_hook fails          | -
        preparing               | post_stop_hook ends          | -
        preparing after a run   | start                        | -
        preparing after a run   | spawned                      | -
        preparing after a run   | spawnFailed                  | -
        preparing after a run   | exited                       | -
        preparing after a run   | stop                         | STOPPING
        preparing after a run   | hurry                        | -
        preparing after a run   | kill                         | STOPPING, cancel post_stop_hook
        preparing after a run   | tick                         | -
        preparing after a run   | start_condition holds        | -
        preparing after a run   | start_condition doesn't hold | -
        preparing after a run   | start_condition fails        | -
        preparing after a run   | pre_start_hook succeeds      | -
        preparing after a run   | pre_start_hook fails         | -
        preparing after a run   | post_start_hook ends         | -
        preparing after a run   | post_start_hook fails        | -
        preparing after a run   | pre_stop_hook ends           | -
        preparing after a run   | pre_stop_hook fails          | -
        preparing after a run   | post_stop_hook ends          | start_condition
        preparing, both to come | start                        | -
        preparing, both to come | spawned                      | -
        preparing, both to come | spawnFailed                  | -
        preparing, both to come | exited                       | -
        preparing, both to come | stop                         | STOPPING
        preparing, both to come | hurry                        | -
        preparing, both to come | kill                         | STOPPING
        preparing, both to come | tick                         | -
        preparing, both to come | start_condition holds        | -
        preparing, both to come | start_condition doesn't hold | -
        preparing, both to come | start_condition fails        | -
        preparing, both to come | pre_start_hook succeeds      | -
        preparing, both to come | pre_start_hook fails         | -
        preparing, both to come | post_start_hook ends         | post_stop_hook(exit 7)
        preparing, both to come | post_start_hook fails        | warning, post_stop_hook(exit 7)
        preparing, both to come | pre_stop_hook ends           | -
        preparing, both to come | pre_stop_hook fails          | -
        preparing, both to come | post_stop_hook ends          | -
        queued                  | start                        | -
        queued                  | spawned                      | -
        queued                  | spawnFailed                  | BACKOFF, post_stop_hook(spawn 0)
        queued                  | exited                       | -
        queued                  | stop                         | cancelSpawn, STOPPING, post_stop_hook(stop 0)
        queued                  | hurry                        | -
        queued                  | kill                         | cancelSpawn, STOPPING, STOPPED
        queued                  | tick                         | -
        queued                  | start_condition holds        | -
        queued                  | start_condition doesn't hold | -
        queued                  | start_condition fails        | -
        queued                  | pre_start_hook succeeds      | -
        queued                  | pre_start_hook fails         | -
        queued                  | post_start_hook ends         | -
        queued                  | post_start_hook fails        | -
        queued                  | pre_stop_hook ends           | -
        queued                  | pre_stop_hook fails          | -
        queued                  | post_stop_hook ends          | -
        starting                | start                        | -
        starting                | spawned                      | -
        starting                | spawnFailed                  | -
        starting                | exited                       | RUNNING, EXITED, warning, post_stop_hook(exit 7)
        starting                | stop                         | STOPPING, pre_stop_hook(stop 7)
        starting                | hurry                        | -
        starting                | kill                         | STOPPING, warning, SIGKILL to 7
        starting                | tick                         | RUNNING, post_start_hook
        starting                | start_condition holds        | -
        starting                | start_condition doesn't hold | -
        starting                | start_condition fails        | -
        starting                | pre_start_hook succeeds      | -
        starting                | pre_start_hook fails         | -
        starting                | post_start_hook ends         | -
        starting                | post_start_hook fails        | -
        starting                | pre_stop_hook ends           | -
        starting                | pre_stop_hook fails          | -
        starting                | post_stop_hook ends          | -
        running, hook           | start                        | -
        running, hook           | spawned                      | -
        running, hook           | spawnFailed                  | -
        running, hook           | exited                       | EXITED, warning, cancel post_start_hook
        running, hook           | stop                         | STOPPING, cancel post_start_hook
        running, hook           | hurry                        | -
        running, hook           | kill                         | STOPPING, cancel post_start_hook, warning, SIGKILL to 7
        running, hook           | tick                         | -
        running, hook           | start_condition holds        | -
        running, hook           | start_condition doesn't hold | -
        running, hook           | start_condition fails        | -
        running, hook           | pre_start_hook succeeds      | -
        running, hook           | pre_start_hook fails         | -
        running, hook           | post_start_hook ends         | -
        running, hook           | post_start_hook fails        | warning
        running, hook           | pre_stop_hook ends           | -
        running, hook           | pre_stop_hook fails          | -
        running, hook           | post_stop_hook ends          | -
        running                 | start                        | -
        running                 | spawned                      | -
        running                 | spawnFailed                  | -
        running                 | exited                       | EXITED, warning, post_stop_hook(exit 7)
        running                 | stop                         | STOPPING, pre_stop_hook(stop 7)
        running                 | hurry                        | -
        running                 | kill                         | STOPPING, warning, SIGKILL to 7
        running                 | tick                         | -
        running                 | start_condition holds        | -
        running                 | start_condition doesn't hold | -
        running                 | start_condition fails        | -
        running                 | pre_start_hook succeeds      | -
        running                 | pre_start_hook fails         | -
        running                 | post_start_hook ends         | -
        running                 | post_start_hook fails        | -
        running                 | pre_stop_hook ends           | -
        running                 | pre_stop_hook fails          | -
        running                 | post_stop_hook ends          | -
        backoff, hook           | start                        | STARTING
        backoff, hook           | spawned                      | -
        backoff, hook           | spawnFailed                  | -
        backoff, hook           | exited                       | -
        backoff, hook           | stop                         | STOPPED
        backoff, hook           | hurry                        | -
        backoff, hook           | kill                         | cancel post_stop_hook, FATAL
        backoff, hook           | tick                         | -
        backoff, hook           | start_condition holds        | -
        backoff, hook           | start_condition doesn't hold | -
        backoff, hook           | start_condition fails        | -
        backoff, hook           | pre_start_hook succeeds      | -
        backoff, hook           | pre_start_hook fails         | -
        backoff, hook           | post_start_hook ends         | -
        backoff, hook           | post_start_hook fails        | -
        backoff, hook           | pre_stop_hook ends           | -
        backoff, hook           | pre_stop_hook fails          | -
        backoff, hook           | post_stop_hook ends          | -
        exited, hook            | start                        | STARTING
        exited, hook            | spawned                      | -
        exited, hook            | spawnFailed                  | -
        exited, hook            | exited                       | -
        exited, hook            | stop                         | STOPPED
        exited, hook            | hurry                        | -
        exited, hook            | kill                         | cancel post_stop_hook
        exited, hook            | tick                         | -
        exited, hook            | start_condition holds        | -
        exited, hook            | start_condition doesn't hold | -
        exited, hook            | start_condition fails        | -
        exited, hook            | pre_start_hook succeeds      | -
        exited, hook            | pre_start_hook fails         | -
        exited, hook            | post_start_hook ends         | -
        exited, hook            | post_start_hook fails        | -
        exited, hook            | pre_stop_hook ends           | -
        exited, hook            | pre_stop_hook fails          | -
        exited, hook            | post_stop_hook ends          | -
        exited, both            | start                        | STARTING
        exited, both            | spawned                      | -
        exited, both            | spawnFailed                  | -
        exited, both            | exited                       | -
        exited, both            | stop                         | STOPPED
        exited, both            | hurry                        | -
        exited, both            | kill                         | -
        exited, both            | tick                         | -
        exited, both            | start_condition holds        | -
        exited, both            | start_condition doesn't hold | -
        exited, both            | start_condition fails        | -
        exited, both            | pre_start_hook succeeds      | -
        exited, both            | pre_start_hook fails         | -
        exited, both            | post_start_hook ends         | post_stop_hook(exit 7)
        exited, both            | post_start_hook fails        | warning, post_stop_hook(exit 7)
        exited, both            | pre_stop_hook ends           | -
        exited, both            | pre_stop_hook fails          | -
        exited, both            | post_stop_hook ends          | -
        exited                  | start                        | STARTING, start_condition
        exited                  | spawned                      | -
        exited                  | spawnFailed                  | -
        exited                  | exited                       | -
        exited                  | stop                         | STOPPED
        exited                  | hurry                        | -
        exited                  | kill                         | -
        exited                  | tick                         | -
        exited                  | start_condition holds        | -
        exited                  | start_condition doesn't hold | -
        exited                  | start_condition fails        | -
        exited                  | pre_start_hook succeeds      | -
        exited                  | pre_start_hook fails         | -
        exited                  | post_start_hook ends         | -
        exited                  | post_start_hook fails        | -
        exited                  | pre_stop_hook ends           | -
        exited                  | pre_stop_hook fails          | -
        exited                  | post_stop_hook ends          | -
        fatal, hook             | start                        | STARTING
        fatal, hook             | spawned                      | -
        fatal, hook             | spawnFailed                  | -
        fatal, hook             | exited                       | -
        fatal, hook             | stop                         | -
        fatal, hook             | hurry                        | -
        fatal, hook             | kill                         | cancel post_stop_hook
        fatal, hook             | tick                         | -
        fatal, hook             | start_condition holds        | -
        fatal, hook             | start_condition doesn't hold | -
        fatal, hook             | start_condition fails        | -
        fatal, hook             | pre_start_hook succeeds      | -
        fatal, hook             | pre_start_hook fails         | -
        fatal, hook             | post_start_hook ends         | -
        fatal, hook             | post_start_hook fails        | -
        fatal, hook             | pre_stop_hook ends           | -
        fatal, hook             | pre_stop_hook fails          | -
        fatal, hook             | post_stop_hook ends          | -
        pre-stopping            | start                        | -
        pre-stopping            | spawned                      | -
        pre-stopping            | spawnFailed                  | -
        pre-stopping            | exited                       | warning
        pre-stopping            | stop                         | cancel pre_stop_hook, SIGTERM to 7
        pre-stopping            | hurry                        | -
        pre-stopping            | kill                         | cancel pre_stop_hook, warning, SIGKILL to 7
        pre-stopping            | tick                         | -
        pre-stopping            | start_condition holds        | -
        pre-stopping            | start_condition doesn't hold | -
        pre-stopping            | start_condition fails        | -
        pre-stopping            | pre_start_hook succeeds      | -
        pre-stopping            | pre_start_hook fails         | -
        pre-stopping            | post_start_hook ends         | -
        pre-stopping            | post_start_hook fails        | -
        pre-stopping            | pre_stop_hook ends           | SIGTERM to 7
        pre-stopping            | pre_stop_hook fails          | warning, SIGTERM to 7
        pre-stopping            | post_stop_hook ends          | -
        pre-stopping, both      | start                        | -
        pre-stopping, both      | spawned                      | -
        pre-stopping, both      | spawnFailed                  | -
        pre-stopping, both      | exited                       | warning
        pre-stopping, both      | stop                         | SIGTERM to 7
        pre-stopping, both      | hurry                        | -
        pre-stopping, both      | kill                         | warning, SIGKILL to 7
        pre-stopping, both      | tick                         | -
        pre-stopping, both      | start_condition holds        | -
        pre-stopping, both      | start_condition doesn't hold | -
        pre-stopping, both      | start_condition fails        | -
        pre-stopping, both      | pre_start_hook succeeds      | -
        pre-stopping, both      | pre_start_hook fails         | -
        pre-stopping, both      | post_start_hook ends         | pre_stop_hook(stop 7)
        pre-stopping, both      | post_start_hook fails        | warning, pre_stop_hook(stop 7)
        pre-stopping, both      | pre_stop_hook ends           | -
        pre-stopping, both      | pre_stop_hook fails          | -
        pre-stopping, both      | post_stop_hook ends          | -
        stopping                | start                        | -
        stopping                | spawned                      | -
        stopping                | spawnFailed                  | post_stop_hook(stop 7)
        stopping                | exited                       | post_stop_hook(stop 7), warning
        stopping                | stop                         | -
        stopping                | hurry                        | -
        stopping                | kill                         | warning, SIGKILL to 7
        stopping                | tick                         | warning, SIGKILL to 7
        stopping                | start_condition holds        | -
        stopping                | start_condition doesn't hold | -
        stopping                | start_condition fails        | -
        stopping                | pre_start_hook succeeds      | -
        stopping                | pre_start_hook fails         | -
        stopping                | post_start_hook ends         | -
        stopping                | post_start_hook fails        | -
        stopping                | pre_stop_hook ends           | -
        stopping                | pre_stop_hook fails          | -
        stopping                | post_stop_hook ends          | -
        stopping in a hurry     | start                        | -
        stopping in a hurry     | spawned                      | -
        stopping in a hurry     | spawnFailed                  | -
        stopping in a hurry     | exited                       | warning
        stopping in a hurry     | stop                         | -
        stopping in a hurry     | hurry                        | -
        stopping in a hurry     | kill                         | warning, SIGKILL to 7
        stopping in a hurry     | tick                         | warning, SIGKILL to 7
        stopping in a hurry     | start_condition holds        | -
        stopping in a hurry     | start_condition doesn't hold | -
        stopping in a hurry     | start_condition fails        | -
        stopping in a hurry     | pre_start_hook succeeds      | -
        stopping in a hurry     | pre_start_hook fails         | -
        stopping in a hurry     | post_start_hook ends         | -
        stopping in a hurry     | post_start_hook fails        | -
        stopping in a hurry     | pre_stop_hook ends           | -
        stopping in a hurry     | pre_stop_hook fails          | warning
        stopping in a hurry     | post_stop_hook ends          | -
        cancelled               | start                        | -
        cancelled               | spawned                      | -
        cancelled               | spawnFailed                  | -
        cancelled               | exited                       | -
        cancelled               | stop                         | -
        cancelled               | hurry                        | -
        cancelled               | kill                         | -
        cancelled               | tick                         | -
        cancelled               | start_condition holds        | -
        cancelled               | start_condition doesn't hold | -
        cancelled               | start_condition fails        | -
        cancelled               | pre_start_hook succeeds      | post_stop_hook(stop 0)
        cancelled               | pre_start_hook fails         | post_stop_hook(stop 0)
        cancelled               | post_start_hook ends         | -
        cancelled               | post_start_hook fails        | -
        cancelled               | pre_stop_hook ends           | -
        cancelled               | pre_stop_hook fails          | -
        cancelled               | post_stop_hook ends          | -
        cancelled early         | start                        | -
        cancelled early         | spawned                      | -
        cancelled early         | spawnFailed                  | -
        cancelled early         | exited                       | -
        cancelled early         | stop                         | -
        cancelled early         | hurry                        | -
        cancelled early         | kill                         | -
        cancelled early         | tick                         | -
        cancelled early         | start_condition holds        | STOPPED
        cancelled early         | start_condition doesn't hold | STOPPED
        cancelled early         | start_condition fails        | STOPPED
        cancelled early         | pre_start_hook succeeds      | -
        cancelled early         | pre_start_hook fails         | -
        cancelled early         | post_start_hook ends         | -
        cancelled early         | post_start_hook fails        | -
        cancelled early         | pre_stop_hook ends           | -
        cancelled early         | pre_stop_hook fails          | -
        cancelled early         | post_stop_hook ends          | -
        unwinding               | start                        | -
        unwinding               | spawned                      | -
        unwinding               | spawnFailed                  | -
        unwinding               | exited                       | -
        unwinding               | stop                         | -
        unwinding               | hurry                        | -
        unwinding               | kill                         | cancel post_stop_hook
        unwinding               | tick                         | -
        unwinding               | start_condition holds        | -
        unwinding               | start_condition doesn't hold | -
        unwinding               | start_condition fails        | -
        unwinding               | pre_start_hook succeeds      | -
        unwinding               | pre_start_hook fails         | -
        unwinding               | post_start_hook ends         | -
        unwinding               | post_start_hook fails        | -
        unwinding               | pre_stop_hook ends           | -
        unwinding               | pre_stop_hook fails          | -
        unwinding               | post_stop_hook ends          | STOPPED
        pre-stopping in time    | start                        | -
        pre-stopping in time    | spawned                      | -
        pre-stopping in time    | spawnFailed                  | -
        pre-stopping in time    | exited                       | warning
        pre-stopping in time    | stop                         | cancel pre_stop_hook, SIGTERM to 7
        pre-stopping in time    | hurry                        | -
        pre-stopping in time    | kill                         | cancel pre_stop_hook, warning, SIGKILL to 7
        pre-stopping in time    | tick                         | cancel pre_stop_hook, SIGTERM to 7
        pre-stopping in time    | start_condition holds        | -
        pre-stopping in time    | start_condition doesn't hold | -
        pre-stopping in time    | start_condition fails        | -
        pre-stopping in time    | pre_start_hook succeeds      | -
        pre-stopping in time    | pre_start_hook fails         | -
        pre-stopping in time    | post_start_hook ends         | -
        pre-stopping in time    | post_start_hook fails        | -
        pre-stopping in time    | pre_stop_hook ends           | SIGTERM to 7
        pre-stopping in time    | pre_stop_hook fails          | warning, SIGTERM to 7
        pre-stopping in time    | post_stop_hook ends          | -
        unwinding in time       | start                        | -
        unwinding in time       | spawned                      | -
        unwinding in time       | spawnFailed                  | -
        unwinding in time       | exited                       | -
        unwinding in time       | stop                         | -
        unwinding in time       | hurry                        | -
        unwinding in time       | kill                         | cancel post_stop_hook
        unwinding in time       | tick                         | cancel post_stop_hook
        unwinding in time       | start_condition holds        | -
        unwinding in time       | start_condition doesn't hold | -
        unwinding in time       | start_condition fails        | -
        unwinding in time       | pre_start_hook succeeds      | -
        unwinding in time       | pre_start_hook fails         | -
        unwinding in time       | post_start_hook ends         | -
        unwinding in time       | post_start_hook fails        | -
        unwinding in time       | pre_stop_hook ends           | -
        unwinding in time       | pre_stop_hook fails          | -
        unwinding in time       | post_stop_hook ends          | STOPPED
        unwinding, out of time  | start                        | -
        unwinding, out of time  | spawned                      | -
        unwinding, out of time  | spawnFailed                  | -
        unwinding, out of time  | exited                       | -
        unwinding, out of time  | stop                         | -
        unwinding, out of time  | hurry                        | -
        unwinding, out of time  | kill                         | -
        unwinding, out of time  | tick                         | -
        unwinding, out of time  | start_condition holds        | -
        unwinding, out of time  | start_condition doesn't hold | -
        unwinding, out of time  | start_condition fails        | -
        unwinding, out of time  | pre_start_hook succeeds      | -
        unwinding, out of time  | pre_start_hook fails         | -
        unwinding, out of time  | post_start_hook ends         | -
        unwinding, out of time  | post_start_hook fails        | -
        unwinding, out of time  | pre_stop_hook ends           | -
        unwinding, out of time  | pre_stop_hook fails          | -
        unwinding, out of time  | post_stop_hook ends          | STOPPED
        unwinding, both         | start                        | -
        unwinding, both         | spawned                      | -
        unwinding, both         | spawnFailed                  | -
        unwinding, both         | exited                       | -
        unwinding, both         | stop                         | -
        unwinding, both         | hurry                        | -
        unwinding, both         | kill                         | cancel pre_stop_hook
        unwinding, both         | tick                         | -
        unwinding, both         | start_condition holds        | -
        unwinding, both         | start_condition doesn't hold | -
        unwinding, both         | start_condition fails        | -
        unwinding, both         | pre_start_hook succeeds      | -
        unwinding, both         | pre_start_hook fails         | -
        unwinding, both         | post_start_hook ends         | -
        unwinding, both         | post_start_hook fails        | -
        unwinding, both         | pre_stop_hook ends           | post_stop_hook(stop 7)
        unwinding, both         | pre_stop_hook fails          | warning, post_stop_hook(stop 7)
        unwinding, both         | post_stop_hook ends          | -
        unknown                 | start                        | -
        unknown                 | spawned                      | -
        unknown                 | spawnFailed                  | STOPPED
        unknown                 | exited                       | STOPPED, warning
        unknown                 | stop                         | -
        unknown                 | hurry                        | -
        unknown                 | kill                         | -
        unknown                 | tick                         | -
        unknown                 | start_condition holds        | -
        unknown                 | start_condition doesn't hold | -
        unknown                 | start_condition fails        | -
        unknown                 | pre_start_hook succeeds      | -
        unknown                 | pre_start_hook fails         | -
        unknown                 | post_start_hook ends         | -
        unknown                 | post_start_hook fails        | warning
        unknown                 | pre_stop_hook ends           | -
        unknown                 | pre_stop_hook fails          | -
        unknown                 | post_stop_hook ends          | -
        """
}
