import Testing

@testable import Supervise

/// A restart waits for what is left of the old process group, where the group is stopped as one.
@Suite struct RestTests {
    private func world(_ own: KeyValues = [:]) -> World {
        let values: KeyValues = [
            .stopasgroup: .bool(true), .killasgroup: .bool(true), .autorestart: .autoRestart(.always),
            .stopwaitsecs: .int(4),
        ]
        let world = World([World.program("web", values.overridden(by: own, unless: .process))])
        world.leavesOthers = ["web"]
        world.pass(seconds: 2)
        return world
    }

    private func description(_ world: World) -> String? {
        world.id("web").map { world.supervisor.members[$0.slot].machine.activity }
    }

    private func deadline(_ world: World) -> Instant? { world.supervisor.deadline(now: world.now.instant) }

    @Test func anEmptyGroupDelaysNothing() {
        let world = world()
        world.leavesOthers = []
        world.exit("web")
        #expect(world.live.count == 1 && world.signals.isEmpty)
        world.pass(seconds: 1)
        #expect(world.state("web") == .running)
        #expect(world.supervisor.deadline(now: world.now.instant) == nil, "nobody looks any more")
    }

    @Test func autorestartTellsTheOthersAndWaits() {
        let world = world()
        world.exit("web")
        #expect(world.state("web") == .starting && world.live.isEmpty)
        #expect(description(world) == "waiting for its old process group to end")
        world.pass(milliseconds: 10)
        #expect(world.signals == ["SIGTERM others of web"])
        world.pass(milliseconds: 3900)
        #expect(world.signals == ["SIGTERM others of web"] && world.live.isEmpty)
        world.pass(milliseconds: 400)
        #expect(world.signals == ["SIGTERM others of web", "SIGKILL others of web"])
        #expect(world.live.count == 1 && world.log.contains { $0.contains("sending SIGKILL to the rest") })
        world.pass(seconds: 1)
        #expect(world.state("web") == .running)
    }

    @Test func theyMayEndByThemselves() {
        let world = world()
        world.exit("web")
        world.pass(milliseconds: 1500)
        #expect(world.live.isEmpty)
        world.leavesOthers = []
        world.pass(milliseconds: 200)
        #expect(world.live.count == 1 && world.signals == ["SIGTERM others of web"])
    }

    /// The looks are far apart by then, but somebody has seen the last member die.
    @Test func theDeathOfTheLastOneIsEnough() {
        let world = world()
        world.exit("web")
        world.pass(milliseconds: 1500)
        world.leavesOthers = []
        #expect(deadline(world).map { $0 > world.now.instant } ?? false)
        world.supervisor.orphansEnded(world.now.instant)
        #expect(deadline(world) == world.now.instant)
        world.tell(.tick)
        #expect(world.live.count == 1)
        // Nobody waits any more.
        world.supervisor.orphansEnded(world.now.instant)
        #expect(deadline(world) != world.now.instant)
    }

    @Test func whoWasStoppedIsNotToldAgain() {
        let world = world()
        world.ask(.stop(.named("web"), wait: true), as: 1)
        #expect(world.state("web") == .stopped && world.replies[1] == .true)
        world.ask(.start(.named("web"), wait: true), as: 2)
        #expect(world.state("web") == .starting && world.live.isEmpty && world.replies[2] == nil)
        world.pass(milliseconds: 3900)
        #expect(world.signals == ["SIGTERM web group"])
        world.pass(seconds: 2)
        #expect(world.signals == ["SIGTERM web group", "SIGKILL others of web"])
        #expect(world.state("web") == .running && world.replies[2] == .true)
    }

    @Test func withKillasgroupAloneTheyGetOnlySIGKILL() {
        let world = world([.stopasgroup: .bool(false)])
        world.exit("web")
        world.pass(seconds: 5)
        #expect(world.signals == ["SIGKILL others of web"] && world.live.count == 1)
    }

    @Test func otherProgramsDoNotWait() {
        let world = world([.stopasgroup: .bool(false), .killasgroup: .bool(false)])
        world.exit("web")
        #expect(world.live.count == 1 && world.signals.isEmpty)
    }

    @Test func stopWorksAtOnce() {
        let world = world()
        world.exit("web")
        world.ask(.stop(.named("web"), wait: true), as: 1)
        #expect(world.state("web") == .stopped && world.replies[1] == .true)
        world.pass(seconds: 100)
        #expect(world.live.isEmpty && world.signals.isEmpty)
        #expect(world.supervisor.deadline(now: world.now.instant) == nil)
        // The number may belong to somebody else by now.
        world.ask(.start(.named("web"), wait: true), as: 2)
        #expect(world.live.count == 1)
    }

    @Test func whoCannotBeKilledDoesNotStopItForever() {
        let world = world()
        world.othersHeed = []
        world.exit("web")
        world.pass(seconds: 9)
        #expect(world.live.isEmpty)
        world.pass(seconds: 1)
        #expect(world.live.count == 1)
        #expect(world.log.contains("web doesn't wait any longer for its old process group"))
    }

    @Test func aShutdownDoesNotWait() {
        let world = world()
        world.exit("web")
        world.tell(.terminate)
        #expect(world.finished == .shutdown && world.live.isEmpty)
    }

    @Test func hooksOfTheNextRunComeAfterwards() {
        let world = world([.preStartHook: .text("pre"), .postStopHook: .text("post")])
        world.endHook()
        world.pass(seconds: 2)
        world.hooks = []
        world.exit("web")
        #expect(world.hooks == ["post_stop_hook web (exit)"])
        world.endHook()
        #expect(world.hooks.count == 1)
        world.leavesOthers = []
        world.pass(milliseconds: 10)
        #expect(world.hooks == ["post_stop_hook web (exit)", "pre_start_hook web"])
    }

    // MARK: Every cell

    typealias Base = ProcessMachineTableTests
    static let settings = ProcessSettings(
        "web", [.stopasgroup: .bool(true), .killasgroup: .bool(true), .startsecs: .int(0)])

    static func after(_ events: ProcessMachine.Event...) -> ProcessMachine {
        var machine = ProcessMachine()
        var actions: [ProcessMachine.Action] = []
        let start: [ProcessMachine.Event] = [.start, .forked(pid: 7), .spawned(pid: 7)]
        for event in start + events { machine.handle(event, settings, now: Base.start, into: &actions) }
        return machine
    }

    static let died = ProcessMachine.Event.exited(.exited(code: 1))

    static let states: [(name: String, state: ProcessMachine)] = [
        ("running", after()),
        ("exited", after(died)),
        ("exited, empty", after(died, .groupEnded(7))),
        ("stopped", after(.stop, died)),
        ("start waits", after(died, .start)),
        ("start waits after a stop", after(.stop, died, .start)),
    ]

    static let events: [(String, ProcessMachine.Event)] = [
        ("start", .start), ("exited", died), ("stop", .stop), ("kill", .kill), ("tick", .tick),
        ("groupEnded", .groupEnded(7)), ("another groupEnded", .groupEnded(8)),
    ]

    static func outcome(_ machine: ProcessMachine, _ event: ProcessMachine.Event) -> String {
        var machine = machine
        var actions: [ProcessMachine.Action] = []
        let hadRest = machine.rest != nil
        let now = Moment(instant: Base.start.instant + 2, wall: Base.start.wall + 2)
        machine.handle(event, settings, now: now, into: &actions)
        var words: [String] = []
        for action in actions {
            switch action {
            case .spawn: words.append("spawn")
            case .signal(let pid, let signal, let group):
                words.append("\(signal.name) to \(group ? "group " : "")\(pid)")
            case .publish(let transition): words.append(transition.to.name)
            case .look(_, let signal): words.append(signal.map { "\($0.name) to the rest" } ?? "look")
            case .cancelSpawn, .runHook, .cancelHook: words.append("?")
            case .log: break
            }
        }
        if hadRest, machine.rest == nil { words.append("forgotten") }
        return summary(words)
    }

    @Test func everyCell() {
        MachineTable(Self.table).check(states: Self.states, events: Self.events, outcome: Self.outcome)
    }

    static let table = """
        running                  | start              | -
        running                  | exited             | look, EXITED
        running                  | stop               | STOPPING, SIGTERM to group 7
        running                  | kill               | STOPPING, SIGKILL to group 7
        running                  | tick               | -
        running                  | groupEnded         | -
        running                  | another groupEnded | -
        exited                   | start              | STARTING, look
        exited                   | exited             | -
        exited                   | stop               | STOPPED
        exited                   | kill               | -
        exited                   | tick               | look
        exited                   | groupEnded         | forgotten
        exited                   | another groupEnded | -
        exited, empty            | start              | STARTING, spawn
        exited, empty            | exited             | -
        exited, empty            | stop               | STOPPED
        exited, empty            | kill               | -
        exited, empty            | tick               | -
        exited, empty            | groupEnded         | -
        exited, empty            | another groupEnded | -
        stopped                  | start              | STARTING, look
        stopped                  | exited             | -
        stopped                  | stop               | -
        stopped                  | kill               | -
        stopped                  | tick               | look
        stopped                  | groupEnded         | forgotten
        stopped                  | another groupEnded | -
        start waits              | start              | -
        start waits              | exited             | -
        start waits              | stop               | STOPPING, STOPPED
        start waits              | kill               | STOPPING, STOPPED
        start waits              | tick               | SIGTERM to the rest
        start waits              | groupEnded         | spawn, forgotten
        start waits              | another groupEnded | -
        start waits after a stop | start              | -
        start waits after a stop | exited             | -
        start waits after a stop | stop               | STOPPING, STOPPED
        start waits after a stop | kill               | STOPPING, STOPPED
        start waits after a stop | tick               | look
        start waits after a stop | groupEnded         | spawn, forgotten
        start waits after a stop | another groupEnded | -
        """
}
