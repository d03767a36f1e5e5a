import Testing

@testable import Supervise

/// Events beside supervisord's: health, readiness, substates.
@Suite struct DetailTests {
    private func expect(_ world: World, _ expected: [String], _ location: SourceLocation = #_sourceLocation) {
        #expect(world.details == expected, sourceLocation: location)
        world.details = []
    }

    @Test func readiness() {
        let world = World([World.program("web")])
        world.pass(seconds: 1)
        expect(world, ["web READINESS_READY"])
        world.exit("web", .exited(code: 1))
        expect(world, ["web READINESS_NOT_READY"])
        world.pass(seconds: 2)
        expect(world, ["web READINESS_READY"])
        world.ask(.stop(.named("web"), wait: true), as: 1)
        expect(world, ["web READINESS_NOT_READY"])
        // Nobody is ready then.
        world.ask(.start(.named("web"), wait: true), as: 2)
        world.pass(seconds: 1)
        world.details = []
        world.tell(.terminate)
        expect(world, [])
    }

    @Test func health() throws {
        let world = World([World.program("web", [.healthcheckCommand: .text("true"), .healthcheckRetries: .int(1)])])
        world.pass(seconds: 1)
        func check(_ isSuccess: Bool) throws {
            let id = try #require(world.supervisor.process(named: "web"))
            world.checks = []
            world.tell(.checked(id, HealthResult(isSuccess: isSuccess, problem: isSuccess ? "" : "exit status 3")))
        }
        expect(world, [])
        try check(true)
        expect(world, ["web HEALTH_HEALTHY", "web READINESS_READY"])
        world.pass(seconds: 10)
        try check(true)
        expect(world, [])
        world.pass(seconds: 10)
        try check(false)
        expect(world, ["web HEALTH_UNHEALTHY: exit status 3", "web READINESS_NOT_READY: unhealthy (exit status 3)"])
    }

    @Test func substates() {
        let job: KeyValues = [.type: .text("oneshot")]
        let world = World([
            World.program("job", job),
            World.program("web", [.dependsOn: .dependencies([Dependency("job", nil, .completed)])]),
            World.program("skip", [.startCondition: .text("no"), .autostart: .bool(false)]),
            World.program("off", [.enabled: .bool(false), .autostart: .bool(false)]),
        ])
        world.pass(milliseconds: 0)
        expect(world, ["web SUBSTATE_WAITING: job to complete"])
        world.exit("job")
        expect(world, ["job SUBSTATE_COMPLETED", "job READINESS_READY"])
        world.pass(seconds: 1)
        expect(world, ["web READINESS_READY"])
        world.ask(.start(.named("skip"), wait: true), as: 1)
        world.endHook(.ended(.exited(code: 1)))
        expect(world, ["skip SUBSTATE_SKIPPED", "skip READINESS_READY"])
        world.ask(.start(.named("off"), wait: true), as: 2)
        world.pass(seconds: 1)
        world.ask(.stop(.named("off"), wait: true), as: 3)
        expect(world, ["off READINESS_READY", "off READINESS_NOT_READY", "off SUBSTATE_DISABLED"])
    }

    @Test func namesAndFamilies() {
        func count(_ name: String) -> Int { EventType.allCases.count { $0.isBelow(name) } }
        #expect(count("EVENT") == 20 && count("REEVE") == 9 && EventType.allCases.count == 29)
        #expect(count("REEVE_HEALTH") == 3 && count("REEVE_READINESS") == 2 && count("REEVE_SUBSTATE") == 4)
        #expect(EventType.allCases.allSatisfy { $0.isOurs == "\($0.name)".hasPrefix("REEVE_") })
    }

    @Test func thePayload() {
        func text(_ remark: String) -> String {
            String(decoding: Payload.detail(remark, pid: 7, process: "w", group: "g"), as: UTF8.self)
        }
        #expect(text("") == "processname:w groupname:g pid:7")
        #expect(text("why") == "processname:w groupname:g pid:7\nwhy")
    }

    @Test func drains() {
        let world = World([])
        #expect(world.supervisor.drainLeft(world.now.instant) == nil)
        world.ask(.drain(seconds: -1), as: 1)
        #expect(world.supervisor.drainLeft(world.now.instant) == -1)
        world.ask(.drain(seconds: 10), as: 2)
        world.pass(milliseconds: 100)
        #expect(world.supervisor.drainLeft(world.now.instant) == 10)
        world.pass(milliseconds: 900)
        #expect(world.supervisor.drainLeft(world.now.instant) == 9)
    }
}
