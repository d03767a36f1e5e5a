import Testing

@testable import Supervise

/// Health checks, with a clock that the test moves and results that it chooses.
@Suite struct HealthTests {
    static let good = HealthResult(isSuccess: true)
    static let bad = HealthResult(isSuccess: false, problem: "exit status 1")

    static func world(_ own: KeyValues = [:], others: [GroupSettings] = []) -> World {
        let check: KeyValues = [.healthcheckCommand: .text("true")]
        let world = World([World.program("web", check.overridden(by: own, unless: .process))] + others)
        world.pass(milliseconds: 0)
        return world
    }

    /// The running check ends.
    static func end(_ world: World, _ result: HealthResult?) throws {
        #expect(world.checks == ["web"])
        world.checks = []
        world.tell(.checked(try #require(world.id("web")), result))
    }

    /// Checks end with these results as soon as they begin, one second after the other.
    static func run(_ world: World, _ results: [Bool], every milliseconds: Int = 1000) throws {
        for result in results {
            while world.checks.isEmpty { world.pass(milliseconds: milliseconds) }
            try end(world, result ? good : bad)
        }
    }

    static func health(_ world: World) -> Health? {
        world.id("web").flatMap { world.supervisor.health(of: $0) }
    }

    @Test func checksNeverOverlap() throws {
        let world = Self.world()
        #expect(world.checks == ["web"], "the first one comes at once")
        world.pass(seconds: 100)
        try Self.end(world, Self.bad)
        world.pass(milliseconds: 999)
        #expect(world.checks.isEmpty)
        world.pass(milliseconds: 1)
        try Self.end(world, Self.good)
        #expect(Self.health(world) == .healthy)
        world.pass(milliseconds: 9999)
        #expect(world.checks.isEmpty)
        world.pass(milliseconds: 1)
        #expect(world.checks == ["web"])
    }

    @Test func failuresInARowMakeItUnhealthy() throws {
        let world = Self.world()
        try Self.run(world, [true, false, false, true, false, false])
        #expect(Self.health(world) == .healthy)
        try Self.run(world, [false])
        #expect(Self.health(world) == .unhealthy)
        #expect(world.state("web") == .running)
        try Self.run(world, [false, true])
        #expect(Self.health(world) == .healthy)
        #expect(
            world.log.filter { $0.hasPrefix("web is") }
                == ["web is healthy", "web is unhealthy: exit status 1 (3 failures in a row)", "web is healthy"])
    }

    @Test func theStartPeriodForgives() throws {
        let world = Self.world([.healthcheckStartPeriod: .int(60), .healthcheckRetries: .int(1)])
        try Self.run(world, Array(repeating: false, count: 55))
        #expect(Self.health(world) == .starting)
        // The first success ends it.
        try Self.run(world, [true, false])
        #expect(Self.health(world) == .unhealthy)
    }

    @Test func readyIsTheFirstSuccessAndHealthyTheLast() throws {
        let ready = World.program(
            "ready", [.dependsOn: .dependencies([Dependency("web", nil, .ready)]), .startsecs: .int(0)])
        let fit = World.program(
            "fit", [.dependsOn: .dependencies([Dependency("web", nil, .healthy)]), .startsecs: .int(0)])
        let world = Self.world([.healthcheckRetries: .int(1)], others: [ready, fit])
        world.pass(seconds: 5)
        #expect(world.state("web") == .running)
        #expect(world.state("ready") == .starting && world.state("fit") == .starting)
        try Self.end(world, Self.good)
        world.pass(milliseconds: 0)
        #expect(world.state("ready") == .running && world.state("fit") == .running)
        world.ask(.stop(.named("ready"), wait: false), as: 1)
        world.ask(.stop(.named("fit"), wait: false), as: 2)
        try Self.run(world, [false])
        world.ask(.start(.named("ready"), wait: false), as: 3)
        world.ask(.start(.named("fit"), wait: false), as: 4)
        #expect(world.state("ready") == .running)
        let id = try #require(world.id("fit"))
        #expect(world.supervisor.awaited(id.slot) == "web to be healthy")
    }

    @Test func requestsWaitForIt() throws {
        let world = Self.world()
        world.ask(.wait(["web"], [WaitGoal.healthy]), as: 1)
        world.ask(.wait(["web"], [WaitGoal.ready]), as: 2)
        world.pass(seconds: 2)
        #expect(world.state("web") == .running)
        #expect(world.replies.isEmpty)
        try Self.end(world, Self.good)
        #expect(world.replyCounts == [1: 1, 2: 1])
        let plain = World([World.program("plain")])
        plain.ask(.wait(["plain"], [WaitGoal.healthy]), as: 3)
        #expect(plain.replyCounts == [3: 1], "without a check nobody will ever say so")
    }

    @Test func aRestartGoesThroughTheBackoff() throws {
        let world = Self.world([
            .healthcheckAction: .healthAction(.restart), .healthcheckRetries: .int(1), .startretries: .int(2),
            .autorestart: .autoRestart(.never),
        ])
        world.pass(seconds: 2)
        for failures in 1...2 {
            try Self.run(world, [false])
            #expect(world.state("web") == .backoff)
            // It doesn't loop fast.
            world.pass(milliseconds: failures * 1000 - 1)
            #expect(world.state("web") == .backoff)
            world.pass(milliseconds: 1)
            #expect(world.state("web") == .starting)
            world.pass(seconds: 2)
            #expect(world.state("web") == .running)
        }
        try Self.run(world, [false])
        #expect(world.state("web") == .fatal, "it doesn't loop for ever, although it was RUNNING each time")
        #expect(world.log.contains("stopping web: it was unhealthy"))
    }

    @Test func aSuccessForgivesEarlierFailures() throws {
        let world = Self.world([
            .healthcheckAction: .healthAction(.restart), .healthcheckRetries: .int(1), .startretries: .int(1),
        ])
        for _ in 0..<5 {
            try Self.run(world, [true, false])
            #expect(world.state("web") == .backoff)
        }
    }

    @Test func otherActions() throws {
        let stopped = Self.world([.healthcheckAction: .healthAction(.stop), .healthcheckRetries: .int(1)])
        try Self.run(stopped, [false])
        #expect(stopped.state("web") == .stopped)
        let ended = Self.world([.healthcheckAction: .healthAction(.shutdown), .healthcheckRetries: .int(1)])
        try Self.run(ended, [false])
        #expect(ended.finished == .shutdown)
        #expect(ended.cause?.code == 1)
        #expect(
            ended.cause?.sentence
                == "web is unhealthy (its health check has failed too often; healthcheck_action=shutdown)")
    }

    @Test func aStopCancelsACheck() throws {
        let world = Self.world()
        #expect(world.checks == ["web"])
        world.ask(.stop(.named("web"), wait: false), as: 1)
        #expect(world.checks.isEmpty)
        #expect(world.supervisor.deadline(now: world.now.instant) == nil)
        world.ask(.start(.named("web"), wait: false), as: 2)
        world.pass(milliseconds: 0)
        #expect(world.checks == ["web"])
        #expect(Self.health(world) == .starting)
    }

    @Test func whoSaysWhenItIsReadyIsCheckedFromThenOn() throws {
        let world = Self.world([.notify: .notify(.systemd)])
        world.pass(seconds: 5)
        #expect(world.checks.isEmpty)
        world.tell(.told(try #require(world.id("web")), NotifyMessage(isReady: true)))
        world.pass(milliseconds: 0)
        #expect(world.checks == ["web"])
    }

    @Test func fiveResultsAreKept() throws {
        let world = Self.world()
        try Self.run(world, [false, true, true, true, true, true, false])
        let slot = try #require(world.id("web")).slot
        #expect(world.supervisor.checkups[slot]?.results.map(\.isSuccess) == [true, true, true, true, false])
        #expect(world.supervisor.remark(slot) == "healthy (exit status 1)")
    }

    // MARK: The table

    static func after(_ events: HealthMachine.Event...) -> HealthMachine {
        var machine = HealthMachine()
        var actions: [HealthMachine.Action] = []
        for event in events { machine.handle(event, settings, now: Instant(nanoseconds: 0), into: &actions) }
        return machine
    }

    static let settings = HealthCheckSettings([.healthcheckCommand: .text("true"), .healthcheckRetries: .int(1)])!

    @Test func everyCell() {
        MachineTable(
            """
            idle        | began   | waiting
            idle        | ended   | -
            idle        | good    | -
            idle        | bad     | -
            idle        | nothing | -
            idle        | tick    | -
            waiting     | began   | -
            waiting     | ended   | idle
            waiting     | good    | -
            waiting     | bad     | -
            waiting     | nothing | -
            waiting     | tick    | check, busy
            checking    | began   | -
            checking    | ended   | cancel, idle
            checking    | good    | healthy, waiting
            checking    | bad     | unhealthy, waiting
            checking    | nothing | waiting
            checking    | tick    | -
            cancelling  | began   | busy
            cancelling  | ended   | -
            cancelling  | good    | idle
            cancelling  | bad     | idle
            cancelling  | nothing | idle
            cancelling  | tick    | -
            up again    | began   | -
            up again    | ended   | idle
            up again    | good    | waiting
            up again    | bad     | waiting
            up again    | nothing | waiting
            up again    | tick    | -
            """
        ).check(
            states: [
                ("idle", HealthMachine()), ("waiting", Self.after(.began)), ("checking", Self.after(.began, .tick)),
                ("cancelling", Self.after(.began, .tick, .ended)),
                ("up again", Self.after(.began, .tick, .ended, .began)),
            ],
            events: [
                ("began", .began), ("ended", .ended), ("good", .checked(Self.good)), ("bad", .checked(Self.bad)),
                ("nothing", .checked(nil)), ("tick", HealthMachine.Event.tick),
            ]
        ) { machine, event in
            var machine = machine
            let before = machine
            var actions: [HealthMachine.Action] = []
            machine.handle(event, Self.settings, now: Instant(nanoseconds: 1), into: &actions)
            var words: [String] = []
            for action in actions {
                switch action {
                case .check: words.append("check")
                case .cancel: words.append("cancel")
                case .changed(let health): words.append("\(health.name)")
                }
            }
            if machine != before { words.append(machine.deadline != nil ? "waiting" : machine.isUp ? "busy" : "idle") }
            return summary(words)
        }
    }
}
