import Testing

@testable import Supervise

@Suite struct SupervisorTests {
    @Test func aProgramComesUpAndIsKept() {
        let world = World([World.program("web")])
        world.pass(milliseconds: 10)
        #expect(world.state("web") == .starting)
        world.pass(seconds: 2)
        #expect(world.transitions == ["web STOPPED>STARTING", "web STARTING>RUNNING"])
        #expect(
            world.log == [
                "spawned: 'web' with pid 101",
                "success: web entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)",
            ])
        world.exit("web", .exited(code: 3))
        #expect(world.log[2] == "exited: web (exit status 3; not expected)")
        #expect(world.state("web") == .starting)
    }

    @Test func fourSpawnsAndThenFatal() {
        let world = World([])
        world.unspawnable["web"] = "can't find command '/bin/web'"
        let spec = World.program("web")
        _ = world.supervisor.reread([spec])
        world.ask(.addGroup("web"), as: 1)
        let start = world.now.instant
        world.pass(seconds: 60)
        #expect(world.state("web") == .fatal)
        #expect(world.log.filter { $0.hasPrefix("spawnerr") }.count == 4)
        #expect(world.log.last == "gave up: web entered FATAL state, too many start retries too quickly")
        #expect(start < world.now.instant)
    }

    @Test func retriesWaitOneTwoThreeSeconds() {
        let world = World([World.program("web")])
        world.unspawnable["web"] = "x"
        for (seconds, spawns) in [(0, 1), (1, 2), (2, 3), (3, 4), (10, 4)] {
            world.pass(seconds: seconds)
            #expect(world.log.filter { $0.hasPrefix("spawnerr") }.count == spawns)
        }
        #expect(world.state("web") == .fatal)
    }

    @Test func aWaitingStartIsAnsweredWhenTheProcessIsUp() {
        let world = World([World.program("web", [.autostart: .bool(false)])])
        world.ask(.start(.named("web"), wait: true), as: 7)
        #expect(world.replies[7] == nil)
        world.pass(seconds: 2)
        #expect(world.replies[7] == .true)
    }

    @Test func aStartThatDiesIsASpawnError() {
        let world = World([World.program("web", [.autostart: .bool(false)])])
        world.ask(.start(.named("web"), wait: true), as: 7)
        world.exit("web", .exited(code: 1))
        #expect(world.replies[7] == .fault(.spawnError, "web"))
    }

    @Test func faultsOfStart() {
        let world = World([World.program("web")])
        world.pass(seconds: 2)
        world.ask(.start(.named("web"), wait: true), as: 1)
        world.ask(.start(.named("nix"), wait: true), as: 2)
        world.ask(.start(.named("web"), wait: true), as: 3, refusal: .notFound("can't find command 'x'"))
        world.ask(.stop(.named("nix:nix"), wait: true), as: 4)
        #expect(world.replies[1] == .fault(.alreadyStarted, "web"))
        #expect(world.replies[2] == .fault(.badName, "nix"))
        #expect(world.replies[3] == .fault(.noFile, "can't find command 'x'"))
        #expect(world.replies[4] == .fault(.badName, "nix:nix"))
    }

    @Test func aWaitIsAnsweredWhenAllAreThereAtOnce() {
        let world = World([
            World.program("web", [.startsecs: .int(1)]),
            World.program("db", [.startsecs: .int(5), .autostart: .bool(false)]),
        ])
        world.pass(seconds: 0)
        world.ask(.wait(["web", "db:*"], [ProcessState.running.rawValue]), as: 1)
        world.ask(.wait([], [ProcessState.stopped.rawValue, ProcessState.exited.rawValue]), as: 2)
        world.ask(.wait(["web"], [ProcessState.starting.rawValue, ProcessState.running.rawValue]), as: 3)
        world.ask(.wait(["web", "nix"], [ProcessState.running.rawValue]), as: 4)
        world.pass(seconds: 2)
        #expect(world.replies[1] == nil && world.replies[2] == nil)
        #expect(world.replies[3] == .true)
        #expect(world.replies[4] == .fault(.badName, "nix"))
        world.ask(.start(.named("db"), wait: true), as: 5)
        world.pass(seconds: 3)
        #expect(world.replies[1] == nil)
        world.pass(seconds: 3)
        #expect(world.replies[1] == .true)
        world.ask(.stop(.all, wait: true), as: 6)
        #expect(world.replies[2] == .true)
        #expect(world.replyCounts.values.allSatisfy { $0 == 1 })
        #expect(world.supervisor.openRequests == 0)
    }

    @Test func aWaitSeesAnExitThatIsFollowedByARestart() {
        let world = World([World.program("web", [.autorestart: .autoRestart(.always)])])
        world.pass(seconds: 2)
        world.ask(.wait(["web"], [ProcessState.exited.rawValue]), as: 1)
        #expect(world.replies[1] == nil)
        world.exit("web")
        #expect(world.replies[1] == .true)
        #expect(world.state("web") == .starting)
    }

    @Test func aWaitThatIsInVainIsAFault() {
        let world = World([World.program("web", [.startretries: .int(0)]), World.program("db"), World.program("new")])
        world.pass(seconds: 0)
        world.ask(.wait([], [ProcessState.running.rawValue]), as: 1)
        world.ask(.wait(["web"], [ProcessState.fatal.rawValue]), as: 2)
        world.exit("web", .exited(code: 1))
        world.pass(seconds: 1)
        #expect(world.replies[1] == .fault(.spawnError, "web"))
        #expect(world.replies[2] == .true)
        // Later requests are answered, too.
        world.ask(.wait(["web"], [ProcessState.running.rawValue]), as: 3)
        #expect(world.replies[3] == .fault(.spawnError, "web"))
        world.ask(.stop(.named("new"), wait: true), as: 4)
        world.ask(.wait(["new", "new"], [ProcessState.running.rawValue]), as: 5)
        world.ask(.wait(["db"], [ProcessState.exited.rawValue]), as: 6)
        world.ask(.wait(["db"], [ProcessState.fatal.rawValue]), as: 7)
        world.tell(.abandoned(7))
        #expect(world.replies[5] == nil)
        world.ask(.removeGroup("new"), as: 8)
        #expect(world.replies[5] == .fault(.badName, "new"))
        #expect(world.replies[8] == .true)
        world.tell(.end(.shutdown(nil)))
        #expect(world.replies[6] == .fault(.shutdownState, ""))
        #expect(world.replies[7] == nil)
        #expect(world.replyCounts.values.allSatisfy { $0 == 1 })
        #expect(world.supervisor.openRequests == 0)
    }

    @Test func stopWaitsAndKills() {
        let world = World([World.program("web", [.stopwaitsecs: .int(3)])])
        world.dieOnSignal = false
        world.pass(seconds: 2)
        world.ask(.stop(.named("web"), wait: true), as: 1)
        #expect(world.replies[1] == nil)
        world.pass(seconds: 4)
        #expect(world.signals == ["SIGTERM web", "SIGKILL web"])
        #expect(world.replies[1] == .true)
        #expect(world.state("web") == .stopped)
        #expect(world.log.filter { $0 == "waiting for web to stop" }.count == 2)
    }

    @Test func stopWithoutWaitingIsAnsweredAtOnce() {
        let world = World([World.program("web")])
        world.dieOnSignal = false
        world.pass(seconds: 2)
        world.ask(.stop(.named("web"), wait: false), as: 1)
        #expect(world.replies[1] == .true)
        #expect(world.state("web") == .stopping)
    }

    @Test func stopInBackoffSendsNothing() {
        let world = World([World.program("web")])
        world.unspawnable["web"] = "x"
        world.pass(milliseconds: 100)
        #expect(world.state("web") == .backoff)
        world.ask(.stop(.named("web"), wait: true), as: 1)
        #expect(world.replies[1] == .true)
        #expect(world.state("web") == .stopped)
        #expect(world.signals.isEmpty)
        world.pass(seconds: 10)
        #expect(world.state("web") == .stopped)
    }

    @Test func groupsOfOnePriorityStopTogether() {
        let names = ["a", "b", "c"]
        let world = World(
            names.map { name in World.program(name, [.priority: .int(name == "c" ? 10 : 999)]) })
        world.dieOnSignal = false
        world.pass(seconds: 2)
        world.tell(.end(.shutdown(nil)))
        #expect(world.signals == ["SIGTERM b", "SIGTERM a"])
        #expect(world.log.last == "waiting for a, b, c to die")
        world.exit("a")
        world.exit("b")
        #expect(world.signals == ["SIGTERM b", "SIGTERM a", "SIGTERM c"])
        #expect(world.finished == nil)
        world.exit("c")
        #expect(world.finished == .shutdown)
    }

    @Test func nothingStartsDuringShutdown() {
        let world = World([World.program("web"), World.program("db", [.priority: .int(1)])])
        world.dieOnSignal = false
        world.pass(seconds: 2)
        world.tell(.end(.shutdown(nil)))
        world.exit("db", .exited(code: 9))
        #expect(world.state("db") == .exited)
        world.ask(.start(.named("db"), wait: true), as: 1)
        #expect(world.replies[1] == .fault(.shutdownState, ""))
        world.exit("web")
        #expect(world.finished == .shutdown)
        #expect(world.supervisor.processes.count == 2)
    }

    @Test func rereadTellsTheDifferenceAndChangesNothing() {
        let world = World([World.program("a"), World.program("b")])
        world.pass(seconds: 2)
        let difference = world.supervisor.reread([
            World.program("b", [.command: .text("/bin/other")]), World.program("c"),
        ])
        #expect(difference == Difference(added: ["c"], changed: ["b"], removed: ["a"]))
        #expect(world.state("a") == .running)
        world.ask(.removeGroup("a"), as: 1)
        #expect(world.replies[1] == .fault(.stillRunning, "a"))
        world.ask(.stop(.group("a"), wait: true), as: 2)
        world.ask(.removeGroup("a"), as: 3)
        #expect(world.replies[3] == .true)
        world.ask(.addGroup("c"), as: 4)
        world.ask(.addGroup("c"), as: 5)
        #expect(world.replies[5] == .fault(.alreadyAdded, "c"))
        world.pass(seconds: 2)
        #expect(world.state("c") == .running)
        #expect(world.state("a") == nil)
    }

    @Test func anExitWithoutStartsecsIsNeverABackoff() {
        let world = World([
            World.program("job", [.startsecs: .int(0), .autorestart: .autoRestart(.never)])
        ])
        world.pass(milliseconds: 10)
        world.exit("job", .exited(code: 7))
        #expect(world.transitions == ["job STOPPED>STARTING", "job STARTING>RUNNING", "job RUNNING>EXITED"])
    }

    @Test func killingAGroupFollowsItsOwnKey() {
        let world = World([
            World.program("a", [.stopwaitsecs: .int(1), .killasgroup: .bool(true)])
        ])
        world.dieOnSignal = false
        world.pass(seconds: 2)
        world.ask(.stop(.named("a"), wait: false), as: 1)
        world.pass(seconds: 1)
        #expect(world.signals == ["SIGTERM a", "SIGKILL a group"])
    }

    /// Listeners get the events about the end of all others before they are stopped; one that hangs delays this for a
    /// second.
    @Test(arguments: [true, false])
    func listenersMayWorkOnTheLastEvents(hangs: Bool) {
        let ear = World.program("ear", [.priority: .int(-1)], kind: .eventListener)
        let world = World([ear, World.program("web")])
        world.deliversAtOnce = false
        world.pass(seconds: 2)
        world.tell(.end(.shutdown(nil)))
        #expect(world.state("web") == .stopped && world.state("ear") == .running)
        if hangs {
            world.pass(milliseconds: 999)
            #expect(world.state("ear") == .running)
            world.pass(milliseconds: 1)
        } else {
            world.tell(.delivered)
        }
        #expect(world.signals == ["SIGTERM web", "SIGTERM ear"] && world.finished == .shutdown)
    }
}
