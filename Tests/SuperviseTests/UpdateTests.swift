import Testing

@testable import Supervise

/// What `update` of a changed group does to its processes.
@Suite struct UpdateTests {
    /// A group of `[program:NAME]`s with these keys.
    private func group(
        _ processes: (name: String, values: KeyValues)..., kind: GroupSettings.Kind = .program, _ own: KeyValues = [:],
        sockets: [SharedSocket] = []
    ) -> GroupSettings {
        let all = processes.map { name, own in
            let values: KeyValues = [
                .command: .text("/bin/\(name)"), .stdoutLogfile: .log(.file("/log")), .stopwaitsecs: .int(3600),
            ]
            return ProcessSettings(name, values.overridden(by: own, unless: .process))
        }
        return GroupSettings("w", kind: kind, own, processes: all, sockets: sockets)
    }

    private func made(_ group: GroupSettings) -> World {
        let world = World([group, World.program("other")])
        world.pass(seconds: 2)
        world.transitions = []
        return world
    }

    /// What `reread` says of an update, and what the update answers.
    private func update(_ world: World, to group: GroupSettings) throws -> (told: [[String]], answer: [String]?) {
        _ = world.supervisor.reread([group, World.program("other")])
        var encoder = WireEncoder()
        world.supervisor.encodeChanges(into: &encoder)
        let changes = try #require(try decoded(encoder.bytes).array)
        world.ask(.updateGroup("w"), as: 7)
        world.pass(milliseconds: 0)
        return (changes.map { texts($0["stops"]) ?? [] }, try answer(world))
    }

    private func answer(_ world: World) throws -> [String]? {
        guard case .value(let bytes) = world.replies[7] else { return nil }
        return texts(try decoded(bytes))
    }

    private func decoded(_ bytes: [UInt8]) throws -> Value {
        var decoder = WireDecoder(bytes)
        let value = decoder.value()
        return try #require(value)
    }

    private func texts(_ value: Value?) -> [String]? { value?.array?.compactMap { $0.text } }

    @Test func onlyWhatHasToStops() throws {
        let world = made(group(("a", [:]), ("b", [:]), ("c", [:]), ("d", [:])))
        let pids = ["a", "c"].map { name in world.live.first { world.name($0.value) == name }?.key }
        let (told, answer) = try update(
            world, to: group(("e", [:]), ("c", [.stopwaitsecs: .int(5)]), ("a", [:]), ("b", [.directory: .text("/")])))
        #expect(told == [["w:b", "w:d"]])
        #expect(answer == ["w:b", "w:d"])
        #expect(
            world.transitions.sorted() == [
                "b RUNNING>STOPPING", "b STOPPED>STARTING", "b STOPPING>STOPPED", "d RUNNING>STOPPING",
                "d STOPPING>STOPPED", "e STOPPED>STARTING",
            ])
        #expect(world.joined.sorted() == ["b", "e"] && world.adapted == ["c"])
        #expect(world.state("w:d") == nil)
        world.pass(seconds: 2)
        #expect(["w:a", "w:b", "w:c", "w:e", "other"].allSatisfy { world.state($0) == .running })
        #expect(pids == ["a", "c"].map { name in world.live.first { world.name($0.value) == name }?.key })
        // The new settings count.
        world.dieOnSignal = false
        world.ask(.stop(.named("w:c"), wait: true), as: 8)
        world.signals = []
        world.pass(seconds: 5)
        #expect(world.signals == ["SIGKILL c"])
        // Nothing is left to update.
        #expect(
            world.supervisor.reread([
                group(("e", [:]), ("c", [.stopwaitsecs: .int(5)]), ("a", [:]), ("b", [.directory: .text("/")])),
                World.program("other"),
            ]) == Difference())
    }

    @Test func whatIsAppliedInPlaceStopsNothing() throws {
        let world = made(group(("a", [:])))
        let changed: KeyValues = [
            .startsecs: .int(9), .exitcodes: .ints([3]), .autorestart: .autoRestart(.always), .priority: .int(1),
            .stdoutLogfile: .log(.file("/other")), .healthcheckCommand: .text("/bin/check"),
        ]
        let (told, answer) = try update(world, to: group(("a", changed)))
        #expect(told == [[]] && answer == [] && world.transitions.isEmpty)
        #expect(world.adapted == ["a"])
        // A check that is new is made at once, and another one in place of the first.
        #expect(world.checks == ["a"])
        _ = try update(world, to: group(("a", [.healthcheckCommand: .text("/bin/true")])))
        #expect(world.checks == ["a"])
        #expect(try update(world, to: group(("a", [:]))).answer == [])
        #expect(world.checks.isEmpty && world.transitions.isEmpty)
    }

    @Test(arguments: [
        (LogTarget.file("/a"), LogTarget.file("/b"), true), (.file("/a"), .auto, true), (.auto, .file("/b"), false),
        (.file("/a"), .none, false), (.file("/dev/stdout"), .file("/b"), false), (.file("/a"), .syslog, false),
    ])
    func logs(old: LogTarget, new: LogTarget, isInPlace: Bool) throws {
        let world = made(group(("a", [.stdoutLogfile: .log(old)])))
        let (told, answer) = try update(world, to: group(("a", [.stdoutLogfile: .log(new), .startsecs: .int(7)])))
        #expect(told == [isInPlace ? [] : ["w"]] && answer == told[0])
    }

    @Test func wholeGroups() throws {
        func isWhole(_ old: GroupSettings, _ new: GroupSettings) throws -> Bool {
            let world = made(old)
            let (told, answer) = try update(world, to: new)
            #expect(told == [answer ?? ["no answer"]])
            world.pass(seconds: 2)
            #expect(new.processes.allSatisfy { world.state("w:\($0.name)") == .running })
            return answer == ["w"]
        }
        let other: KeyValues = [.directory: .text("/")]
        let patient: KeyValues = [.stopwaitsecs: .int(1)]
        // Nothing stays.
        #expect(try isWhole(group(("a", [:]), ("b", [:])), group(("a", other), ("c", [:]))))
        // Listeners share the events of their pool, and FastCGI programs their socket.
        let socket = [SharedSocket(settings: SocketSettings(address: .unix(path: "/s")), processes: 0..<2)]
        for (kind, sockets) in [(GroupSettings.Kind.eventListener, []), (.fcgi, socket)] {
            let old = group(("a", [:]), ("b", [:]), kind: kind, sockets: sockets)
            #expect(try isWhole(old, group(("a", [:]), ("b", other), kind: kind, sockets: sockets)))
            #expect(try !isWhole(old, group(("a", [:]), ("b", patient), kind: kind, sockets: sockets)))
        }
        #expect(
            try isWhole(
                group(("a", [:]), kind: .eventListener, [.bufferSize: .int(1)]),
                group(("a", [:]), kind: .eventListener, [.bufferSize: .int(2)])))
        let world = made(group(("a", [:]), ("b", [:])))
        world.supervisor.updatesWholeGroups = true
        #expect(try update(world, to: group(("a", [:]), ("b", patient))).answer == ["w"])
    }

    /// Somebody may have mended what has kept it from running; what was stopped by hand stays so.
    @Test func whatDoesNotRun() throws {
        let world = made(group(("a", [.startsecs: .int(0)]), ("b", [:]), ("c", [.autostart: .bool(false)])))
        world.ask(.stop(.named("w:b"), wait: true), as: 1)
        world.unspawnable["a"] = "no luck"
        world.exit("a", .exited(code: 1))
        world.pass(seconds: 60)
        #expect(world.state("w:a") == .fatal)
        world.unspawnable = [:]
        let changed: KeyValues = [.startretries: .int(9)]
        _ = try update(world, to: group(("a", changed), ("b", changed), ("c", changed)))
        world.pass(seconds: 2)
        #expect(world.state("w:a") == .running && world.state("w:b") == .stopped && world.state("w:c") == .running)
    }

    @Test func itWaitsForTheStop() throws {
        let world = made(group(("a", [:]), ("b", [:])))
        world.dieOnSignal = false
        let new = group(("a", [:]), ("b", [.directory: .text("/")]))
        #expect(try update(world, to: new).answer == nil)
        #expect(world.log.contains("waiting for b to stop"))
        world.exit("b")
        world.pass(milliseconds: 0)
        #expect(try answer(world) == ["w:b"] && world.replyCounts[7] == 1)
        world.pass(seconds: 2)
        #expect(world.state("w:b") == .running)
    }

    @Test func whatComesBetween() throws {
        // A shutdown.
        let first = made(group(("a", [:])))
        first.dieOnSignal = false
        _ = try update(first, to: group(("a", [.directory: .text("/")])))
        first.tell(.terminate)
        first.exit("a")
        first.pass(milliseconds: 0)
        #expect(first.replies[7] == .fault(.shutdownState, ""))
        // Nobody wants the answer any more: nothing is replaced.
        let second = made(group(("a", [:])))
        second.dieOnSignal = false
        _ = try update(second, to: group(("a", [.directory: .text("/")])))
        second.tell(.abandoned(7))
        second.exit("a")
        second.pass(milliseconds: 0)
        #expect(second.replies[7] == nil && second.state("w:a") == .stopped)
        second.ask(.updateGroup("nix"), as: 8)
        #expect(second.replies[8] == .fault(.badName, "nix"))
    }

    /// `depends_on` counts at once, for who waits and for the order of stops.
    @Test func dependencies() throws {
        let db = Dependency("other", nil)
        let world = made(group(("a", [:])))
        #expect(try update(world, to: group(("a", [.dependsOn: .dependencies([db])]))).answer == [])
        world.dieOnSignal = false
        world.tell(.terminate)
        #expect(world.signals == ["SIGTERM a"])
        world.exit("a")
        #expect(world.signals == ["SIGTERM a", "SIGTERM other"])
    }
}
