import Testing

@testable import Supervise

/// How a program is stopped: its signals, one after the other, and SIGKILL.
@Suite struct StopTests {
    /// What is sent at which second after the stop.
    private func signals(_ values: KeyValues, seconds: Int = 40) -> [String] {
        let world = World([World.program("web", values)])
        world.pass(seconds: 2)
        world.dieOnSignal = false
        world.ask(.stop(.named("web"), wait: true), as: 1)
        var sent: [String] = []
        for second in 0...seconds {
            for signal in world.signals { sent.append("\(second) \(signal)") }
            world.signals = []
            world.pass(seconds: 1)
        }
        #expect(world.state("web") == .stopped && world.replyCounts[1] == 1)
        return sent
    }

    @Test func oneSignalAndSIGKILL() {
        #expect(signals([.stopwaitsecs: .int(3)]) == ["0 SIGTERM web", "3 SIGKILL web"])
        #expect(
            signals([.stopsignal: .signal(.quit), .killasgroup: .bool(true)]) == [
                "0 SIGQUIT web", "10 SIGKILL web group",
            ])
    }

    @Test func severalSignals() {
        let several: KeyValues = [
            .stopsignal: .signals([.terminate, .interrupt, .quit]), .stopwaitsecs: .int(4), .stopasgroup: .bool(true),
        ]
        #expect(
            signals(several) == [
                "0 SIGTERM web group", "4 SIGINT web group", "8 SIGQUIT web group", "12 SIGKILL web",
            ])
    }

    @Test func theNextSignalIsSentOnlyIfItIsNeeded() {
        let world = World([World.program("web", [.stopsignal: .signals([.terminate, .interrupt])])])
        world.pass(seconds: 2)
        world.dieOnSignal = false
        world.ask(.stop(.named("web"), wait: true), as: 1)
        world.pass(seconds: 10)
        #expect(world.signals == ["SIGTERM web", "SIGINT web"])
        world.exit("web")
        world.pass(seconds: 60)
        #expect(world.signals == ["SIGTERM web", "SIGINT web"] && world.state("web") == .stopped)
        #expect(world.log.contains("killing 'web' (101) with SIGINT"))
        // The next stop begins with the first one.
        world.ask(.start(.named("web"), wait: true), as: 2)
        world.pass(seconds: 2)
        world.signals = []
        world.ask(.stop(.named("web"), wait: true), as: 3)
        #expect(world.signals == ["SIGTERM web"])
    }

    /// It had not executed its program when it was told to stop, but then it did, and takes its time.
    @Test func aStopOnTheWayToTheProgram() {
        let settings = ProcessSettings(
            "web", [.stopsignal: .signals([.terminate, .interrupt]), .stopwaitsecs: .int(8)])
        var machine = ProcessMachine()
        var now = Moment(instant: Instant(nanoseconds: 1_000_000_000_000), wall: 1_000_000)
        func sent(_ events: ProcessMachine.Event...) -> [Signal] {
            var actions: [ProcessMachine.Action] = []
            for event in events { machine.handle(event, settings, now: now, into: &actions) }
            return actions.compactMap { if case .signal(_, let signal, _) = $0 { signal } else { nil } }
        }
        #expect(sent(.start, .forked(pid: 7), .stop) == [.terminate])
        #expect(machine.deadline == now.instant + 1)
        #expect(sent(.spawned(pid: 7)) == [])
        for signal in [.interrupt, .kill] as [Signal] {
            #expect(machine.deadline == now.instant + 8)
            now.instant = now.instant + 8
            #expect(sent(.tick) == [signal])
        }
    }

    @Test func theKey() throws {
        func json(_ text: String) throws -> String {
            let configuration = try FakeMachine("[supervisord]\n[program:web]\ncommand=/bin/web\nstopsignal=\(text)\n")
                .load()
            return String(decoding: configuration.json(isExact: true), as: UTF8.self)
        }
        // One is written as before, however it is spelled.
        for text in ["term", "SIGTERM", "15", " TERM "] {
            #expect(try json(text).contains("\"stopsignal\": \"SIGTERM\""))
        }
        #expect(try json("TERM  int\t3").contains("\"stopsignal\": \"SIGTERM SIGINT SIGQUIT\""))
        func refusal(_ text: String) -> String? {
            FakeMachine("[supervisord]\n[program:web]\ncommand=/bin/web\nstopsignal=\(text)\n").refusal()
        }
        #expect(refusal("TERM KILL")?.hasPrefix("'KILL' can't be one of several signals in stopsignal") == true)
        #expect(refusal("TERM INTT")?.hasPrefix("value 'INTT' is not a valid signal name") == true)
        #expect(refusal("TERM,INT")?.hasPrefix("value 'TERM,INT' is not a valid signal name") == true)
        #expect(refusal("1 2 3 4 5 6 7 8 10")?.hasPrefix("too many signals in stopsignal") == true)
    }

    /// Readiness probes fail for a while, and programs run on.
    @Test func aDrain() {
        let world = World([World.program("web")])
        world.pass(seconds: 2)
        func isReady() -> Bool { world.supervisor.unready([]) == .value(Self.nobody) }
        #expect(isReady())
        world.ask(.drain(seconds: 10), as: 1)
        world.pass(milliseconds: 9999)
        #expect(!isReady() && world.replies[1] == nil && world.state("web") == .running)
        world.pass(milliseconds: 1)
        #expect(isReady() && world.replies[1] == .true)
        // Without an end, and ended.
        world.ask(.drain(seconds: -1), as: 2)
        world.pass(seconds: 1000)
        #expect(!isReady() && world.replies[2] == .true)
        world.ask(.drain(seconds: 0), as: 3)
        #expect(isReady() && world.replies[3] == .true)
        // A second one replaces the first; who has left gets no answer; a shutdown ends it.
        world.ask(.drain(seconds: 10), as: 4)
        world.ask(.drain(seconds: 20), as: 5)
        #expect(world.replies[4] == .fault(.failed, "another request to drain has come"))
        world.tell(.abandoned(5))
        world.pass(seconds: 20)
        #expect(isReady() && world.replies[5] == nil)
        world.ask(.drain(seconds: 10), as: 6)
        world.tell(.terminate)
        #expect(world.replies[6] == .fault(.shutdownState, "") && world.finished == .shutdown)
        #expect(world.replyCounts.values.allSatisfy { $0 == 1 })
    }

    /// An empty list.
    private static var nobody: [UInt8] {
        var encoder = WireEncoder()
        encoder.array(count: 0)
        return encoder.bytes
    }
}
