import Testing

@testable import Supervise

/// The course of a shutdown: its delay, its order, and a budget of time.
@Suite struct ShutdownTests {
    /// During the delay, programs continue to run, but none is started; a second request ends the delay.
    @Test(arguments: [false, true]) func delay(isHurried: Bool) {
        let world = World([World.program("web"), World.program("job", [.startsecs: .int(0)])])
        world.pass(seconds: 2)
        world.supervisor.shutdownRules.delay = 5
        world.tell(.end(.shutdown(nil)))
        #expect(world.signals == [] && world.supervisor.state == .shutdown)
        world.exit("job", .exited(code: 1))
        world.pass(seconds: 3)
        #expect(world.state("web") == .running && world.state("job") == .exited)
        if isHurried { world.tell(.terminate) } else { world.pass(seconds: 2) }
        #expect(world.signals == ["SIGTERM web"] && world.finished == .shutdown)
    }

    /// After a shutdown request during a restart that waits for the gateway, nothing starts again.
    @Test func aShutdownOverridesARestart() {
        let world = World([World.program("web")])
        world.gatewayLeaves = false
        world.pass(seconds: 2)
        world.tell(.end(.restart(Configuration())))
        #expect(world.supervisor.state == .restarting && world.finished == nil)
        world.tell(.end(.shutdown(nil)))
        world.tell(.gatewayEnded)
        #expect(world.finished == .shutdown)
    }

    @Test func upCounts() {
        var up = UpCounts()
        #expect(up.highest == nil)
        for (difference, priority, highest) in [(1, 5, 5), (1, 9, 9), (1, 9, 9), (-1, 9, 9), (-1, 9, 5), (-1, 5, nil)]
            as [(Int, Int, Int?)]
        {
            up.change(difference, at: priority)
            #expect(up.highest == highest)
        }
        #expect(up == UpCounts(), "nothing is kept")
    }

    // MARK: Budgets

    private static func needing(_ name: String, _ others: [String]) -> GroupSettings {
        World.program(name, [.dependsOn: .dependencies(others.map { Dependency($0, nil, .ready) })])
    }

    /// Ten programs in three layers: four at the top are stopped first, then three, then three.
    private static var layers: [GroupSettings] {
        let bottom = ["c1", "c2", "c3"].map { World.program($0) }
        let middle = ["b1", "b2", "b3"].map { needing($0, ["c1", "c2", "c3"]) }
        return bottom + middle + ["a1", "a2", "a3", "a4"].map { needing($0, ["b1", "b2", "b3"]) }
    }

    /// What was sent, and when, in milliseconds since the request; until the end, or for a minute.
    private func run(_ world: World) -> [(time: Int, signal: String)] {
        world.signals = []
        let start = world.now.instant
        var sent: [(Int, String)] = []
        world.tell(.terminate)
        for step in 0..<6000 {
            for signal in world.signals { sent.append((step * 10, signal)) }
            world.signals = []
            if world.finished != nil { break }
            world.pass(milliseconds: 10)
        }
        #expect(world.finished == .shutdown && world.now.instant >= start)
        return sent
    }

    /// docker's time, and Kubernetes'.
    @Test(arguments: [10, 30]) func everybodyIsToldAndKilledInTime(timeout: Int) {
        let world = World(Self.layers)
        world.supervisor.shutdownRules.timeout = timeout
        world.pass(seconds: 5)
        world.dieOnSignal = false
        world.orphans = [7]
        world.orphansStay = true
        world.supervisor.lifecycle.sweepsOrphans = true
        let start = world.now.instant
        let sent = run(world)
        for layer in [("a", 4), ("b", 3), ("c", 3)] {
            for number in 1...layer.1 {
                let own = sent.filter { $0.signal.hasSuffix(" \(layer.0)\(number)") }
                #expect(own.map(\.signal) == ["SIGTERM \(layer.0)\(number)", "SIGKILL \(layer.0)\(number)"])
            }
        }
        // All layers have the same time, and each is stopped when the one above is gone.
        func times(_ prefix: String) -> Set<Int> { Set(sent.filter { $0.signal.hasPrefix(prefix) }.map(\.time)) }
        let share = (timeout - 3) * 1000 / 3
        #expect(times("SIGTERM a") == [0] && times("SIGKILL a").allSatisfy { abs($0 - share) <= 20 })
        #expect(times("SIGTERM b") == times("SIGKILL a") && times("SIGTERM c") == times("SIGKILL b"))
        #expect(times("SIGKILL c").allSatisfy { abs($0 - 3 * share) <= 20 })
        #expect(world.orphans == [], "orphans are ended, too")
        #expect(world.now.instant <= start + timeout)
    }

    /// Who ends early leaves its time to the others, and nobody has more than `stopwaitsecs`.
    @Test func timeIsPassedOn() {
        let world = World(Self.layers)
        world.supervisor.shutdownRules.timeout = 10
        world.pass(seconds: 5)
        world.dieOnSignal = false
        world.heeds = ["a1", "a2", "a3", "a4", "b1", "b2", "b3"]
        let sent = run(world)
        #expect(sent.filter { $0.signal.hasPrefix("SIGTERM") }.allSatisfy { $0.time == 0 })
        #expect(sent.filter { $0.signal.hasPrefix("SIGKILL") }.map(\.time).allSatisfy { $0 == 7000 })
        let patient = World([World.program("web", [.stopwaitsecs: .int(2)])])
        patient.supervisor.shutdownRules.timeout = 10
        patient.pass(seconds: 2)
        patient.dieOnSignal = false
        #expect(run(patient).map(\.time) == [0, 2000])
    }

    /// Signals of one program share its time.
    @Test func signalsShareTheTime() {
        let world = World([World.program("web", [.stopsignal: .signals([.terminate, .interrupt])])])
        world.supervisor.shutdownRules.timeout = 9
        world.pass(seconds: 2)
        world.dieOnSignal = false
        let sent = run(world)
        #expect(sent.map(\.signal) == ["SIGTERM web", "SIGINT web", "SIGKILL web"])
        #expect(sent.map(\.time) == [0, 3150, 6300])
    }

    /// A stop that is under way has its share, too, and one by request before has no more time than that.
    @Test func anEarlierStopIsHurried() {
        let world = World([World.program("web", [.stopwaitsecs: .int(60)])])
        world.supervisor.shutdownRules.timeout = 10
        world.pass(seconds: 2)
        world.dieOnSignal = false
        world.ask(.stop(.named("web"), wait: false), as: 1)
        let sent = run(world)
        #expect(sent.map(\.signal) == ["SIGKILL web"] && sent.map(\.time) == [7000])
    }

    /// SIGKILL doesn't end the programs of the first layer: the others are stopped and killed all the same.
    @Test func theUnkillableHoldsNobodyUp() {
        let world = World(Self.layers)
        world.supervisor.shutdownRules.timeout = 10
        world.pass(seconds: 5)
        world.dieOnSignal = false
        world.unkillable = ["a1"]
        let start = world.now.instant
        let sent = run(world)
        for name in ["b1", "b2", "b3", "c1", "c2", "c3"] {
            let own = sent.filter { $0.signal.hasSuffix(" \(name)") }
            #expect(own.map(\.signal) == ["SIGTERM \(name)", "SIGKILL \(name)"])
            #expect(own.map(\.time) == [7000, 8000])
        }
        #expect(world.now.instant <= start + 10 && world.state("a1") == .stopping)
        #expect(world.log.contains("leaving, although a1 can't be ended"))
    }

    /// The delay is a part of the budget; programs that end meanwhile end it.
    @Test func theDelayIsAPart() {
        let world = World([World.program("web")])
        world.supervisor.shutdownRules.timeout = 10
        world.supervisor.shutdownRules.delay = 4
        world.pass(seconds: 2)
        world.dieOnSignal = false
        #expect(run(world).map(\.time) == [4000, 7000])
        let early = World([World.program("web")])
        early.supervisor.shutdownRules.delay = 60
        early.pass(seconds: 2)
        early.tell(.end(.shutdown(nil)))
        early.exit("web")
        #expect(early.finished == .shutdown)
    }

    @Test func plans() {
        func plan(_ waves: [Int?], _ needs: [[Int]] = []) -> ShutdownPlan {
            let edges = needs.map { $0.map { DependencyGraph.Need(slot: Int32($0), condition: .ready, flags: []) } }
            return ShutdownPlan(
                waves: waves, graph: needs.isEmpty ? DependencyGraph() : DependencyGraph(edges),
                begin: Instant(nanoseconds: 0))
        }
        // By priority: what isn't up has no part.
        let waves = plan([5, 9, nil, 5, 1])
        #expect(waves.first == [1, 0, -1, 1, 2] && waves.last == [2, 1, -1, 2, 3] && waves.rounds == 3)
        // 0 needs 1, 1 needs 2; nobody waits for 3.
        let chain = plan([9, 9, 9, 9], [[1], [2], [], []])
        #expect(chain.first == [0, 1, 2, 0] && chain.last == [1, 2, 3, 3])
        // 0 needs 2 through 1, which is down.
        let job = plan([9, nil, 9], [[1], [2], []])
        #expect(job.first == [0, -1, 1] && job.last == [1, -1, 2])
        // 0 needs 3 through 1 and 2, and 2 needs 4, too.
        let jobs = plan([9, nil, nil, 9, 9], [[1], [2], [3, 4], [], [3]])
        #expect(jobs.first == [0, -1, -1, 2, 1] && jobs.last == [1, -1, -1, 3, 2])
        let now = Instant(nanoseconds: 0)
        #expect(chain.limit(0, now: now, end: now + 9) == now + 3)
        #expect(chain.limit(3, now: now, end: now + 9) == now + 9)
        // It begins early.
        #expect(chain.limit(1, now: now + 1, end: now + 9) == now + 5)
        // And late.
        #expect(chain.limit(1, now: now + 10, end: now + 9) == now + 10)
        // So many rounds that the last ones are one.
        let long = plan(Array(0..<1000))
        #expect(long.rounds == 256 && long.first[999] == 0 && long.first[0] == 255 && long.last[0] == 256)
        let deep = plan(Array(repeating: 1, count: 1000), (0..<1000).map { $0 < 999 ? [$0 + 1] : [] })
        #expect(deep.rounds == 256 && deep.first[999] == 255 && deep.last[999] == 256)
    }

    // MARK: Modes

    private static var pair: [GroupSettings] {
        let web = World.program(
            "web", [.priority: .int(1), .dependsOn: .dependencies([Dependency("db", nil, .ready)])])
        let ear = World.program("ear", [.priority: .int(-1)], kind: .eventListener)
        return [web, World.program("db", [.priority: .int(9)]), ear]
    }

    @Test(
        arguments: [
            (nil, ["web", "db", "ear"]), (.dependencies, ["web", "db", "ear"]), (.compat, ["db", "web", "ear"]),
            (.parallel, ["db", "web", "ear"]),
        ] as [(ShutdownMode?, [String])])
    func order(mode: ShutdownMode?, names: [String]) {
        let world = World(Self.pair)
        world.supervisor.shutdownRules.mode = mode
        world.pass(seconds: 5)
        if mode == .parallel {
            world.dieOnSignal = false
            world.tell(.terminate)
            #expect(world.signals == ["SIGTERM db", "SIGTERM web"])
            world.dieOnSignal = true
            world.exit("db")
            world.exit("web")
        } else {
            world.tell(.terminate)
        }
        #expect(world.signals == names.map { "SIGTERM \($0)" } && world.finished == .shutdown)
    }

    /// A second signal kills; a request beside it does not count.
    @Test(arguments: ShutdownMode.allCases) func theSecondSignal(mode: ShutdownMode) {
        let world = World(Self.pair)
        world.supervisor.shutdownRules.mode = mode
        world.pass(seconds: 5)
        world.dieOnSignal = false
        world.ask(.shutdown, as: 1)
        world.tell(.terminate)
        #expect(!world.signals.contains { $0.hasPrefix("SIGKILL") })
        world.tell(.terminate)
        if mode == .compat {
            #expect(world.signals == ["SIGTERM db"] && world.finished == nil)
        } else {
            #expect(
                world.signals.filter { $0.hasPrefix("SIGKILL") }.sorted() == [
                    "SIGKILL db", "SIGKILL ear", "SIGKILL web",
                ])
            #expect(world.finished == .shutdown)
        }
    }

    @Test func theKeys() throws {
        func refusal(_ text: String) -> String? { FakeMachine("[supervisord]\n\(text)\n").refusal() }
        #expect(refusal("shutdown_timeout=1") == "not a valid shutdown_timeout value: '1'")
        #expect(refusal("shutdown_mode=paralel") == "not a valid shutdown_mode value: 'paralel'")
        #expect(
            refusal("shutdown_timeout=10\nshutdown_delay=9")
                == "shutdown_delay=9 leaves less than 2 seconds of shutdown_timeout")
        #expect(refusal("shutdown_timeout=10\nshutdown_delay=8") == nil)
        #expect(refusal("shutdown_delay=9") == nil)
        let text = "[supervisord]\nshutdown_timeout=10\nshutdown_mode=Parallel\n[program:web]\ncommand=/bin/web\n"
        let configuration = try FakeMachine(text + "stopwaitsecs=30\n").load()
        #expect(configuration.supervisord.shutdownMode == .parallel && configuration.supervisord.shutdownTimeout == 10)
        #expect(
            configuration.remarks.map(\.text)
                == ["a shutdown has no time for stopwaitsecs=30: shutdown_timeout is shorter"])
        #expect(try FakeMachine(text).load().remarks.isEmpty)
    }
}
