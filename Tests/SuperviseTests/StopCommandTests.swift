import Testing

@testable import Supervise

/// `stop_command`: instead of the first stop signal.
@Suite struct StopCommandTests {
    private func world(_ own: KeyValues = [:], rules: ShutdownRules? = nil) -> World {
        let values: KeyValues = [
            .stopCommand: .text("quit"), .stopwaitsecs: .int(4), .stopsignal: .signals([.terminate, .interrupt]),
        ]
        let world = World([World.program("web", values.overridden(by: own, unless: .process))])
        if let rules { world.supervisor.shutdownRules = rules }
        world.dieOnSignal = false
        world.pass(seconds: 2)
        return world
    }

    private func stop(_ world: World) { world.ask(.stop(.named("web"), wait: true), as: 1) }

    @Test func itStopsTheProgram() {
        let world = world()
        stop(world)
        #expect(world.hooks == ["stop_command web (stop)"] && world.state("web") == .stopping)
        world.endHook()
        world.pass(seconds: 1)
        world.exit("web")
        #expect(world.state("web") == .stopped && world.signals.isEmpty && world.replies[1] == .true)
    }

    @Test func signalsFollowWithinStopwaitsecs() {
        let world = world()
        stop(world)
        world.endHook()
        world.pass(milliseconds: 3999)
        #expect(world.signals.isEmpty)
        world.pass(milliseconds: 1)
        #expect(world.signals == ["SIGTERM web"])
        world.pass(seconds: 8)
        #expect(world.signals == ["SIGTERM web", "SIGINT web", "SIGKILL web"] && world.state("web") == .stopped)
    }

    @Test func oneThatTakesTooLongIsEnded() {
        let world = world()
        stop(world)
        world.pass(seconds: 4)
        #expect(world.signals == ["SIGTERM web"])
        #expect(world.hooks == ["stop_command web (stop)", "cancel stop_command web"])
        world.exit("web")
        // Its group may still run.
        #expect(world.state("web") == .stopping)
        world.endHook(.cancelled)
        #expect(world.state("web") == .stopped)
    }

    @Test(arguments: [
        TaskResult.Cause.ended(.exited(code: 3)), .notStarted(StartError(.step, "no such file")),
        .ended(.signalled(.kill, core: false)),
    ])
    func oneThatFails(_ cause: TaskResult.Cause) {
        let world = world()
        stop(world)
        world.endHook(cause)
        #expect(world.signals == ["SIGTERM web"])
        #expect(world.log.contains { $0.hasPrefix("web: stop_command ") })
        // The time starts over: this is a signal like any other.
        world.pass(milliseconds: 3999)
        #expect(world.signals.count == 1)
        world.pass(milliseconds: 1)
        #expect(world.signals.count == 2)
    }

    @Test func itIsTheHookThatRuns() {
        let world = world([.preStopHook: .text("pre"), .postStopHook: .text("post"), .postStartHook: .text("up")])
        stop(world)
        #expect(world.hooks == ["post_start_hook web", "cancel post_start_hook web"])
        world.endHook(.cancelled)
        #expect(world.hooks.last == "pre_stop_hook web (stop)")
        world.endHook()
        #expect(world.hooks.last == "stop_command web (stop)")
        // The program is faster than its command.
        world.exit("web")
        #expect(world.state("web") == .stopping)
        world.endHook()
        #expect(world.hooks.last == "post_stop_hook web (stop)")
        world.endHook()
        #expect(world.state("web") == .stopped && world.signals.isEmpty)
    }

    @Test func itWaitsForTheHookBefore() {
        let world = world([.postStartHook: .text("up")])
        stop(world)
        #expect(world.hooks == ["post_start_hook web", "cancel post_start_hook web"] && world.signals.isEmpty)
        world.endHook(.cancelled)
        #expect(world.hooks.last == "stop_command web (stop)" && world.signals.isEmpty)
    }

    @Test func aShutdownDividesItsTime() {
        var rules = ShutdownRules()
        rules.timeout = 10
        let world = world([.stopwaitsecs: .int(60)], rules: rules)
        world.tell(.terminate)
        var sent: [String] = []
        for tenth in 0...100 where world.finished == nil {
            for signal in world.signals { sent.append("\(tenth) \(signal)") }
            world.signals = []
            world.pass(milliseconds: 100)
            if world.hooks.count == 2, !world.runningHooks.isEmpty { world.endHook(.cancelled) }
        }
        // Seven seconds: a third each for the command and for two signals.
        #expect(world.hooks == ["stop_command web (stop)", "cancel stop_command web"])
        #expect(sent == ["24 SIGTERM web", "47 SIGINT web"] && world.signals == ["SIGKILL web"])
        #expect(world.finished == .shutdown)
    }

    /// The command would find nothing of the program.
    @Test func aStopBeforeTheProgramIsExecuted() {
        let settings = ProcessSettings("web", [.command: .text("/bin/web"), .stopCommand: .text("quit")])
        let now = Moment(instant: Instant(nanoseconds: 0), wall: 0)
        var machine = ProcessMachine()
        var before: [ProcessMachine.Action] = []
        machine.handle(.start, settings, now: now, into: &before)
        machine.handle(.forked(pid: 7), settings, now: now, into: &before)
        var actions: [ProcessMachine.Action] = []
        machine.handle(.stop, settings, now: now, into: &actions)
        #expect(actions.contains(.signal(pid: 7, .terminate, group: false)))
        #expect(!actions.contains { if case .runHook = $0 { true } else { false } })
    }

    @Test func initEndsProgramsBySignal() throws {
        let world = world([.notify: .notify(.systemd), .watchdogSecs: .int(1), .startTimeout: .int(1)])
        #expect(world.signals == ["SIGTERM web"] && world.hooks.isEmpty)
    }

    @Test func theKey() throws {
        let text = "[supervisord]\n[program:web]\ncommand=/bin/web\nstop_command=/bin/quit %(program_name)s\n"
        let settings = try FakeMachine(text + "stopwaitsecs=7\n").load().groups[0].processes[0]
        #expect(settings.hook(.stop) == HookSettings(command: "/bin/quit web", timeout: 7))
        #expect(settings.hook(.postStop) == nil)
        #expect(FakeMachine(text.replacingOccurrences(of: "quit", with: "'quit")).refusal() != nil)
    }

    // MARK: Every cell

    typealias Base = ProcessMachineTableTests
    static let settings = ProcessSettings(
        "web", [.stopCommand: .text("quit"), .startsecs: .int(0), .stopsignal: .signal(.quit)])

    static func after(_ events: ProcessMachine.Event...) -> ProcessMachine {
        var machine = ProcessMachine()
        var actions: [ProcessMachine.Action] = []
        let start: [ProcessMachine.Event] = [.start, .forked(pid: 7), .spawned(pid: 7), .stop]
        for event in start + events { machine.handle(event, settings, now: Base.start, into: &actions) }
        return machine
    }

    static let done = ProcessMachine.Event.hookEnded(.stop, HookEnd(.ended(.exited(code: 0))))
    static let failed = ProcessMachine.Event.hookEnded(.stop, HookEnd(.ended(.exited(code: 1))))
    static let died = ProcessMachine.Event.exited(.exited(code: 0))

    static let states: [(name: String, state: ProcessMachine)] = [
        ("command", after()),
        ("command is done", after(done)),
        ("signal", after(failed)),
        ("command outlives", after(died)),
    ]

    static let events: [(String, ProcessMachine.Event)] = [
        ("start", .start), ("exited", died), ("stop", .stop), ("hurry", .hurry(killBy: Base.start.instant)),
        ("kill", .kill), ("extend", .extend(Instant(nanoseconds: 2_000_000_000_000))),
        ("signalFailed", .signalFailed(reason: "EPERM")), ("tick", .tick), ("done", done), ("failed", failed),
        ("cancelled", .hookEnded(.stop, HookEnd(.cancelled))),
    ]

    static func outcome(_ machine: ProcessMachine, _ event: ProcessMachine.Event) -> String {
        HookTableTests.outcome(machine, event, settings)
    }

    @Test func everyCell() {
        MachineTable(Self.table).check(states: Self.states, events: Self.events, outcome: Self.outcome)
    }

    static let table = """
        command          | start        | -
        command          | exited       | -
        command          | stop         | -
        command          | hurry        | -
        command          | kill         | cancel stop_command, warning, SIGKILL to 7
        command          | extend       | -
        command          | signalFailed | warning, UNKNOWN
        command          | tick         | cancel stop_command, warning, SIGQUIT to 7
        command          | done         | -
        command          | failed       | warning, SIGQUIT to 7
        command          | cancelled    | warning, SIGQUIT to 7
        command is done  | start        | -
        command is done  | exited       | STOPPED
        command is done  | stop         | -
        command is done  | hurry        | -
        command is done  | kill         | warning, SIGKILL to 7
        command is done  | extend       | -
        command is done  | signalFailed | warning, UNKNOWN
        command is done  | tick         | warning, SIGQUIT to 7
        command is done  | done         | -
        command is done  | failed       | -
        command is done  | cancelled    | -
        signal           | start        | -
        signal           | exited       | STOPPED
        signal           | stop         | -
        signal           | hurry        | -
        signal           | kill         | warning, SIGKILL to 7
        signal           | extend       | -
        signal           | signalFailed | warning, UNKNOWN
        signal           | tick         | warning, SIGKILL to 7
        signal           | done         | -
        signal           | failed       | -
        signal           | cancelled    | -
        command outlives | start        | -
        command outlives | exited       | -
        command outlives | stop         | -
        command outlives | hurry        | -
        command outlives | kill         | cancel stop_command
        command outlives | extend       | -
        command outlives | signalFailed | -
        command outlives | tick         | -
        command outlives | done         | STOPPED
        command outlives | failed       | warning, STOPPED
        command outlives | cancelled    | warning, STOPPED
        """
}
