import Testing

@testable import Supervise

/// `reloadsignal`, `reload_command` and `watch`.
@Suite struct ReloadTests {
    private func world(_ own: KeyValues...) -> World {
        var groups: [GroupSettings] = []
        for (index, values) in own.enumerated() { groups.append(World.program(["web", "db", "job"][index], values)) }
        let world = World(groups)
        world.pass(seconds: 2)
        world.transitions = []
        world.log = []
        return world
    }

    private func reload(_ world: World, _ selection: Selection = .named("web"), as request: RequestID = 1) {
        world.ask(.reload(selection), as: request)
    }

    private func change(_ world: World, _ name: String = "web") throws {
        world.tell(.filesChanged(try #require(world.id(name)), path: "/etc/\(name)"))
    }

    static let command: KeyValues = [.reloadCommand: .text("reread")]
    static let signal: KeyValues = [.reloadsignal: .signal(.hangup)]

    static let slowly: KeyValues = [.startsecs: .int(5)]
    static let once: KeyValues = [.startretries: .int(0)]

    // MARK: On request

    @Test func aSignal() {
        let world = world(Self.signal)
        world.dieOnSignal = false
        reload(world)
        #expect(world.signals == ["SIGHUP web"] && world.replies[1] == .true && world.state("web") == .running)
        #expect(world.log == ["reloading 'web' (101) with SIGHUP"])
    }

    @Test func aCommand() {
        let world = world(Self.command)
        reload(world)
        #expect(world.hooks == ["reload_command web"] && world.replies[1] == nil)
        world.endHook()
        #expect(world.replies[1] == .true && world.signals.isEmpty)
    }

    @Test func aCommandThatFails() {
        let world = world(Self.command)
        reload(world)
        world.endHook(.ended(.exited(code: 3)))
        #expect(world.replies[1] == .fault(.failed, "reload_command failed (exit status 3)"))
        #expect(world.log.last == "web: reload_command failed (exit status 3)" && world.state("web") == .running)
    }

    /// What the second request saw may have come too late for the command of the first.
    @Test func requestsMeanwhile() {
        let world = world(Self.command)
        reload(world, as: 1)
        reload(world, as: 2)
        reload(world, as: 3)
        #expect(world.hooks == ["reload_command web"])
        world.endHook()
        #expect(world.hooks == ["reload_command web", "reload_command web"] && world.replies.isEmpty)
        world.endHook(.timedOut)
        let fault = RequestAnswer.fault(.failed, "reload_command took longer than 30 seconds (reload_command_timeout)")
        #expect(world.replies == [1: fault, 2: fault, 3: fault])
    }

    @Test func whoIsStarting() {
        let world = World([World.program("web", Self.slowly.overridden(by: Self.signal, unless: .process))])
        world.dieOnSignal = false
        world.pass(seconds: 1)
        reload(world)
        #expect(world.signals.isEmpty && world.replies[1] == nil)
        world.pass(seconds: 5)
        #expect(world.signals == ["SIGHUP web"] && world.replies[1] == .true)
    }

    @Test func whoFailsWhileItIsStarting() {
        let world = World([World.program("web", Self.slowly.overridden(by: Self.signal, unless: .process))])
        world.pass(seconds: 1)
        reload(world)
        world.exit("web")
        #expect(world.replies[1] == .fault(.notRunning, "web") && world.state("web") == .backoff)
        world.pass(seconds: 10)
        #expect(world.signals.isEmpty && world.state("web") == .running)
    }

    @Test func whoCannot() {
        let world = world([:], Self.signal)
        reload(world, .named("web"), as: 1)
        reload(world, .named("nix"), as: 2)
        reload(world, .group("web"), as: 3)
        world.ask(.stop(.named("db"), wait: true), as: 4)
        reload(world, .named("db"), as: 5)
        #expect(world.replies[1] == .fault(.failed, "it doesn't have a reloadsignal or a reload_command"))
        #expect(world.replies[2] == .fault(.badName, "nix"))
        #expect(
            world.replies[3] == .fault(.failed, "none of these programs has a reloadsignal or a reload_command"))
        #expect(world.replies[5] == .fault(.notRunning, "db"))
    }

    /// Those that can't are left out of a list.
    @Test func all() {
        let world = world(Self.signal, [:], Self.signal)
        world.dieOnSignal = false
        world.exit("job")
        world.ask(.stop(.named("job"), wait: false), as: 2)
        reload(world, .all)
        #expect(world.signals == ["SIGHUP web"])
        guard case .value = world.replies[1] else { return #expect(world.replies[1] == nil) }
    }

    @Test func aStopEndsTheCommand() {
        let world = world(Self.command)
        reload(world)
        world.ask(.stop(.named("web"), wait: true), as: 2)
        #expect(world.hooks == ["reload_command web", "cancel reload_command web"])
        #expect(world.replies[1] == .fault(.notRunning, "web") && world.replies[2] == .true)
        // It is still being ended when the program runs again, and somebody asks.
        world.ask(.start(.named("web"), wait: true), as: 3)
        world.pass(seconds: 2)
        reload(world, as: 4)
        #expect(world.hooks.count == 2 && world.replies[4] == nil)
        world.endHook(.cancelled)
        #expect(world.hooks.last == "reload_command web" && world.replies[4] == nil)
        world.endHook()
        #expect(world.replies[4] == .true)
    }

    // MARK: Files

    static let watch: KeyValues = [.watch: .texts(["/etc/web"])]

    @Test func itWaitsForTheLastChange() throws {
        let world = world(Self.watch.overridden(by: Self.command, unless: .process))
        for _ in 0..<3 {
            try change(world)
            world.pass(milliseconds: 299)
        }
        #expect(world.hooks.isEmpty)
        world.pass(milliseconds: 1)
        #expect(world.hooks == ["reload_command web"])
        #expect(world.log.first == "/etc/web has changed: reloading 'web'")
        // Another change meanwhile is not lost.
        try change(world)
        world.pass(seconds: 1)
        world.endHook()
        #expect(world.hooks.count == 2)
        world.endHook()
        world.pass(seconds: 60)
        #expect(world.hooks.count == 2)
    }

    @Test func changesThatNeverEnd() throws {
        let world = world(Self.watch.overridden(by: Self.command, unless: .process))
        for _ in 0..<31 {
            try change(world)
            world.pass(milliseconds: 100)
        }
        #expect(world.hooks == ["reload_command web"])
    }

    @Test func aRestart() throws {
        let world = world(Self.watch, [:])
        try change(world)
        world.pass(milliseconds: 300)
        #expect(
            world.transitions == [
                "web RUNNING>STOPPING", "web STOPPING>STOPPED", "web STOPPED>STARTING",
            ])
        #expect(world.log.first == "/etc/web has changed: restarting 'web'")
        let id = try #require(world.id("web"))
        #expect(world.supervisor.restarts(of: id) == 0)
    }

    @Test func aRestartWithDependents() throws {
        let dependent: KeyValues = [.dependsOn: .dependencies([Dependency("web", nil, .ready, .restart)])]
        let world = world(Self.watch, dependent)
        try change(world)
        world.pass(seconds: 3)
        #expect(
            world.transitions == [
                "db RUNNING>STOPPING", "db STOPPING>STOPPED", "db STOPPED>STARTING", "web RUNNING>STOPPING",
                "web STOPPING>STOPPED", "web STOPPED>STARTING", "web STARTING>RUNNING", "db STARTING>RUNNING",
            ])
    }

    /// Hooks don't take it for a failure, or for the doing of a dependency.
    @Test func whatHooksHear() throws {
        let world = world(
            Self.watch.overridden(
                by: [.preStopHook: .text("x"), .postStopHook: .text("x")], unless: .process))
        world.hooksEndAtOnce = true
        try change(world)
        world.pass(milliseconds: 300)
        #expect(world.hooks == ["pre_stop_hook web (stop)", "post_stop_hook web (stop)"])
        #expect(world.state("web") == .starting)
    }

    @Test func aStopMeanwhile() throws {
        let world = world(Self.watch)
        world.dieOnSignal = false
        try change(world)
        world.pass(milliseconds: 300)
        world.ask(.stop(.named("web"), wait: true), as: 1)
        world.exit("web")
        world.pass(seconds: 5)
        #expect(world.state("web") == .stopped && world.replies[1] == .true)
    }

    /// Who was stopped, or is done, stays so; who is FATAL may have been mended.
    @Test func whoIsDown() throws {
        let world = world(Self.watch, Self.watch, Self.once.overridden(by: Self.watch, unless: .process))
        world.ask(.stop(.named("web"), wait: true), as: 1)
        world.exit("db")
        world.unspawnable = ["job": "no luck"]
        world.exit("job", .exited(code: 1))
        world.pass(seconds: 1)
        #expect(world.state("job") == .fatal)
        for name in ["web", "db", "job"] { try change(world, name) }
        world.unspawnable = [:]
        world.pass(seconds: 2)
        #expect(world.state("web") == .stopped && world.state("db") == .exited && world.state("job") == .running)
        #expect(world.log.contains("/etc/job has changed: starting 'job'"))
    }

    @Test func atTheEnd() throws {
        let world = world(Self.watch)
        world.dieOnSignal = false
        try change(world)
        world.tell(.end(.shutdown(nil)))
        try change(world)
        world.exit("web")
        world.pass(seconds: 5)
        #expect(world.finished == .shutdown && world.transitions.last == "web STOPPING>STOPPED")
    }

    // MARK: The file

    private static func load(_ keys: String) throws -> Configuration {
        try FakeMachine("[supervisord]\nlogfile=/tmp/x\n[program:a]\ncommand=b\n\(keys)\n").load()
    }

    @Test func keysAreRead() throws {
        let watch = try Self.load("watch=/a, -/b/../c\nwatch_debounce=1.5").groups[0].processes[0].watch
        #expect(watch?.paths == ["/a", "-/c"] && watch?.debounce == 1500 && watch?.action == .restart)
        let other = try Self.load("watch=/a\nreloadsignal=SIGHUP").groups[0].processes[0]
        #expect(other.watch?.action == .reload && other.watch?.debounce == 300 && other.reloadSignal == .hangup)
        let chosen = try Self.load("watch=/a\nreload_command=x\nwatch_action=Restart").groups[0].processes[0]
        #expect(chosen.watch?.action == .restart && chosen.hook(.reload) == HookSettings(command: "x", timeout: 30))
        #expect(try Self.load("").groups[0].processes[0].watch == nil)
    }

    /// A program's own way takes the place of another one in `[program-default]`.
    @Test func itsOwnWay() throws {
        let text = """
            [supervisord]
            logfile=/tmp/x
            [program-default]
            reloadsignal=HUP
            [program:a]
            command=b
            reload_command=x
            [program:c]
            command=d
            """
        let configuration = try FakeMachine(text).load(isSupervisord: false)
        let processes = configuration.groups.flatMap { $0.processes }
        #expect(processes.map { $0.reloadSignal } == [nil, .hangup])
        #expect(processes.map { $0.hook(.reload)?.command } == ["x", nil])
    }

    @Test(arguments: [
        ("reloadsignal=KILL", "such as HUP"), ("reloadsignal=HUP\nreload_command=x", "Keep one of them"),
        ("watch=/a\nwatch_action=reload", "watch_action=restart"),
        ("watch=/a\nwatch_action=rstart", "Did you mean restart?"),
        ("watch=/a\nwatch_debounce=soon", "from 0 to 3600"),
    ])
    func mistakesAreErrors(_ keys: String, _ advice: String) throws {
        do {
            _ = try Self.load(keys)
            Issue.record("\(keys) was accepted")
        } catch let error as ConfigurationError {
            #expect(error.report.contains("/etc/s.conf:") && error.report.contains(advice), "\(error.report)")
        }
    }

    @Test func keysWithoutAnEffectAreRemarked() throws {
        #expect(
            try Self.load("watch_action=restart\nwatch_debounce=1").remarks.map(\.description) == [
                "/etc/s.conf:5:1: watch_action has no effect: this program has no watch",
                "/etc/s.conf:6:1: watch_debounce has no effect: this program has no watch",
            ])
    }

    // MARK: Where changes are looked for

    private static let cells:
        [(point: WatchPoint, change: WatchPoint.Change, name: String, meaning: WatchPoint.Meaning)] =
            [
                (.inside, .written, "x", .changed), (.inside, .left, "y", .changed),
                (.inside, .arrived, ".x.swp", .nothing),
                (.inside, .arrived, "..data", .changed), (.beside, .written, "x", .changed),
                (.beside, .written, "y", .nothing), (.beside, .arrived, "x", .replaced), (.beside, .left, "x", .lost),
                (.beside, .arrived, "..data", .replaced), (.beside, .left, "..data", .nothing),
                (.above, .arrived, "x", .lost), (.above, .arrived, "y", .nothing), (.above, .written, "x", .nothing),
            ]

    @Test func meanings() {
        for cell in Self.cells {
            let meaning = cell.point.meaning(of: cell.change, Array(cell.name.utf8), own: Array("x".utf8))
            #expect(meaning == cell.meaning, "\(cell)")
        }
    }

    @Test func paths() {
        func split(_ path: String) -> [String]? {
            WatchPoint.split(Array(path.utf8)).map {
                [String(decoding: $0.folder, as: UTF8.self), String(decoding: $0.name, as: UTF8.self)]
            }
        }
        #expect(split("/a/b") == ["/a", "b"] && split("/a") == ["/", "a"] && split("/") == nil && split("a") == nil)
    }
}
