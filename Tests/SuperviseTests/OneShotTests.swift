import Testing

@testable import Supervise

/// The life of a one-shot, and what others make of it.
@Suite struct OneShotTests {
    typealias Event = ProcessMachine.Event

    static let settings = ProcessSettings(
        "job", [.type: .text("oneshot"), .exitcodes: .ints([0, 2]), .startretries: .int(1)])

    static func after(_ events: Event...) -> ProcessMachine {
        var machine = ProcessMachine()
        var actions: [ProcessMachine.Action] = []
        for event in events {
            machine.handle(event, settings, now: ProcessMachineTableTests.start, into: &actions)
        }
        return machine
    }

    static let states: [(name: String, state: ProcessMachine)] = [
        ("on its way", after(.start, .forked(pid: 7))),
        ("working", after(.start, .forked(pid: 7), .spawned(pid: 7))),
        ("completed", after(.start, .forked(pid: 7), .spawned(pid: 7), .exited(.exited(code: 2)))),
        ("failed", after(.start, .forked(pid: 7), .spawned(pid: 7), .exited(.exited(code: 1)))),
    ]

    static let events: [(String, Event)] = [
        ("start", .start), ("postpone", .postpone), ("spawned", .spawned(pid: 7)),
        ("spawnFailed", .spawnFailed(ProcessMachineTableTests.failure)), ("exits well", .exited(.exited(code: 2))),
        ("exits badly", .exited(.exited(code: 1))), ("is killed", .exited(.signalled(.kill, core: false))),
        ("stop", .stop), ("kill", .kill), ("hurry", .hurry(killBy: ProcessMachineTableTests.later.instant)),
        ("giveUp", .giveUp), ("signalFailed", .signalFailed(reason: "EPERM")), ("tick", .tick),
    ]

    static func outcome(_ machine: ProcessMachine, _ event: Event) -> String {
        var machine = machine
        var actions: [ProcessMachine.Action] = []
        machine.handle(event, settings, now: ProcessMachineTableTests.later, into: &actions)
        var words: [String] = []
        for action in actions {
            switch action {
            case .spawn: words.append("spawn")
            case .signal(let pid, let signal, _): words.append("\(signal.name) to \(pid)")
            case .publish(let transition): words.append(transition.to.name)
            case .cancelSpawn, .log, .runHook, .cancelHook, .look: break
            }
        }
        return summary(words)
    }

    @Test func everyCell() {
        MachineTable(
            """
            on its way | start        | -
            on its way | postpone     | -
            on its way | spawned      | -
            on its way | spawnFailed  | BACKOFF
            on its way | exits well   | -
            on its way | exits badly  | -
            on its way | is killed    | -
            on its way | stop         | STOPPING, SIGTERM to 7
            on its way | kill         | STOPPING, SIGKILL to 7
            on its way | hurry        | -
            on its way | giveUp       | -
            on its way | signalFailed | -
            on its way | tick         | -
            working    | start        | -
            working    | postpone     | -
            working    | spawned      | -
            working    | spawnFailed  | -
            working    | exits well   | RUNNING, EXITED
            working    | exits badly  | BACKOFF
            working    | is killed    | BACKOFF
            working    | stop         | STOPPING, SIGTERM to 7
            working    | kill         | STOPPING, SIGKILL to 7
            working    | hurry        | -
            working    | giveUp       | -
            working    | signalFailed | -
            working    | tick         | -
            completed  | start        | STARTING, spawn
            completed  | postpone     | STARTING
            completed  | spawned      | -
            completed  | spawnFailed  | -
            completed  | exits well   | -
            completed  | exits badly  | -
            completed  | is killed    | -
            completed  | stop         | -
            completed  | kill         | -
            completed  | hurry        | -
            completed  | giveUp       | -
            completed  | signalFailed | -
            completed  | tick         | -
            failed     | start        | STARTING, spawn
            failed     | postpone     | STARTING
            failed     | spawned      | -
            failed     | spawnFailed  | -
            failed     | exits well   | -
            failed     | exits badly  | -
            failed     | is killed    | -
            failed     | stop         | STOPPED
            failed     | kill         | FATAL
            failed     | hurry        | -
            failed     | giveUp       | FATAL
            failed     | signalFailed | -
            failed     | tick         | -
            """
        ).check(states: Self.states, events: Self.events, outcome: Self.outcome)
    }

    @Test func itHasNoDeadline() {
        let working = Self.after(.start, .forked(pid: 7), .spawned(pid: 7))
        #expect(working.deadline == nil)
        #expect(working.state == .starting)
        #expect(working.wasExecuted)
    }

    /// With the default keys of a program, one exit code decides about itself and about who waits.
    @Test(arguments: [(0, "EXITED", "RUNNING"), (3, "FATAL", "FATAL")])
    func dependents(code: Int32, job: String, web: String) {
        let depends = KeyValue.dependencies([Dependency("job", "job", .ready, [])])
        let world = World([
            World.program("job", [.type: .text("oneshot"), .startretries: .int(0)]),
            World.program("web", [.dependsOn: depends, .startsecs: .int(0)]),
        ])
        world.pass(seconds: 100)
        #expect(world.state("job") == .starting)
        #expect(world.awaited("web") == "job to be ready")
        world.exit("job", .exited(code: code))
        world.pass(seconds: 1)
        #expect(world.state("job")?.name == job)
        #expect(world.state("web")?.name == web)
    }

    /// What a job that is done needed stops after those that depend on the job: they depend on it, too.
    @Test func aShutdownAfterIt() {
        func needs(_ name: String) -> KeyValue { .dependencies([Dependency(name, name, .ready, [])]) }
        let world = World([
            World.program("db"), World.program("job", [.type: .text("oneshot"), .dependsOn: needs("db")]),
            World.program("web", [.dependsOn: needs("job")]),
        ])
        world.pass(seconds: 5)
        world.exit("job")
        world.pass(seconds: 5)
        #expect(world.state("web") == .running)
        world.dieOnSignal = false
        world.tell(.end(.shutdown(nil)))
        #expect(world.signals == ["SIGTERM web"])
        world.exit("web")
        #expect(world.signals == ["SIGTERM web", "SIGTERM db"])
        world.exit("db")
        #expect(world.finished == .shutdown)
    }

    /// A request is answered when the job has ended.
    @Test(arguments: [(0, true), (3, false)]) func aStartWaits(code: Int32, succeeds: Bool) {
        let world = World([
            World.program("job", [.type: .text("oneshot"), .startretries: .int(0), .autostart: .bool(false)])
        ])
        world.ask(.start(.named("job"), wait: true), as: 1)
        world.pass(seconds: 100)
        #expect(world.replies[1] == nil)
        world.exit("job", .exited(code: code))
        #expect((world.replies[1] == .true) == succeeds)
        #expect(world.replyCounts[1] == 1)
    }

    /// A program that its condition has ruled out is ready for everybody.
    @Test func skipped() {
        let depends = KeyValue.dependencies([Dependency("cache", "cache", .completed, [])])
        let world = World([
            World.program("cache", [.startCondition: .text("false"), .autorestart: .autoRestart(.always)]),
            World.program("web", [.dependsOn: depends, .startsecs: .int(0)]),
        ])
        world.pass(seconds: 1)
        #expect(world.awaited("web") == "cache to complete")
        world.endHook(.ended(.exited(code: 1)))
        world.pass(seconds: 100)
        #expect(
            world.transitions.prefix(4) == [
                "cache STOPPED>STARTING", "web STOPPED>STARTING", "cache STARTING>EXITED", "web STARTING>RUNNING",
            ])
        #expect(world.state("cache") == .exited)
        #expect(world.log.contains("skipped: cache (start_condition: exit status 1)"))
    }
}
