import Testing

@testable import Supervise

/// `depends_on`: what the file may say.
@Suite struct DependencySettingsTests {
    private static func load(_ sections: String) throws -> Configuration {
        try FakeMachine("[supervisord]\n" + sections).load()
    }

    /// `web -> db:ready` for each process with dependencies.
    private static func edges(_ sections: String) throws -> [String] {
        try load(sections).groups.flatMap { group in
            group.processes.filter { !$0.dependencies.isEmpty }.map { process in
                "\(Namespec.text(group: group.name, process: process.name)) -> "
                    + process.dependencies.map(\.text).joined(separator: ", ")
            }
        }
    }

    private static let db = "[program:db]\ncommand=db\n"
    private static let pool = "[program:w]\ncommand=w\nnumprocs=2\nprocess_name=w%(process_num)d\n"

    @Test(arguments: [
        ("db", "db:ready"), ("db:started", "db:started"), ("db:optional", "db:ready:optional"),
        (" db : completed : restart : optional ", "db:completed:optional:restart"), ("db:exited", "db:exited"),
        ("db:db", "db:ready"), ("db:*", "db:ready"), ("db:db:started", "db:started"), ("w", "w:ready"),
        ("w:w1", "w:w1:ready"), ("w:*:started", "w:started"), ("db, w:w0", "db:ready, w:w0:ready"),
        ("db,db", "db:ready"),
    ])
    func names(_ written: String, _ meant: String) throws {
        #expect(
            try Self.edges(Self.db + Self.pool + "[program:web]\ncommand=w\ndepends_on=\(written)\n") == [
                "web -> \(meant)"
            ])
    }

    /// The name of a program stands for its processes, wherever they are.
    @Test func programsOfGroups() throws {
        let sections = Self.db + Self.pool + "[program:web]\ncommand=w\ndepends_on=w,db\n[group:g]\nprograms=w,db\n"
        #expect(try Self.edges(sections) == ["web -> g:w0:ready, g:w1:ready, g:db:ready"])
    }

    @Test func aGroupWaitsAsOne() throws {
        let sections = Self.db + Self.pool + "[group:g]\nprograms=w\ndepends_on=db:started\n"
        #expect(try Self.edges(sections) == ["g:w0 -> db:started", "g:w1 -> db:started"])
        let both =
            Self.db
            + "[program:a]\ncommand=a\ndepends_on=b\n[program:b]\ncommand=b\n[group:g]\nprograms=a,b\ndepends_on=db\n"
        #expect(try Self.edges(both) == ["g:a -> g:b:ready, db:ready", "g:b -> db:ready"])
    }

    @Test func listenersAndFastCGI() throws {
        let sections =
            Self.db + "[eventlistener:l]\ncommand=l\nevents=TICK_5\ndepends_on=db\n"
            + "[fcgi-program:f]\ncommand=f\nsocket=unix:///f\ndepends_on=l:l\n"
        #expect(try Self.edges(sections) == ["l -> db:ready", "f -> l:ready"])
    }

    @Test(arguments: [
        ("dbb", "depends_on names dbb, and there is no such program or group", "Did you mean db?"),
        (
            "cache", "depends_on names cache, and there is no such program or group",
            "Add a section [program:cache], or remove the name."
        ),
        ("db:redy", "depends_on names db:redy, and there is no such program or group", "Did you mean db:ready?"),
        ("w:w3", "depends_on names w:w3, and there is no such program or group", "Did you mean w:w0?"),
        ("web", "web depends on itself", "Remove web from depends_on."),
        ("web:web", "web depends on itself", "Remove web:web from depends_on."),
        (
            "always:completed", "depends_on waits for always to complete, and it has autorestart=true",
            "Set autorestart=false or unexpected there, or wait for :ready."
        ),
        (
            "always:exited", "depends_on waits for always to exit, and it has autorestart=true",
            "Set autorestart=false or unexpected there, or wait for :ready."
        ),
        ("after", "programs depend on each other: after -> web -> after", "Remove one of these dependencies."),
    ])
    func mistakes(_ written: String, _ sentence: String, _ advice: String) {
        let sections =
            Self.db + Self.pool
            + "[program:always]\ncommand=a\nautorestart=true\n[program:after]\ncommand=a\ndepends_on=web\n"
            + "[program:web]\ncommand=w\ndepends_on=\(written)\n"
        let error = #expect(throws: ConfigurationError.self) { try Self.load(sections) }
        #expect(error?.problems.count == 1)
        #expect(error?.problems.first?.sentence == sentence)
        #expect(error?.problems.first?.advice == advice)
        #expect(error?.problems.first?.sourceLine.hasPrefix("depends_on=") == true)
    }

    @Test func aLongChainIsNoCycleAndNeedsNoStack() throws {
        var sections = ""
        for index in 0..<20_000 {
            sections += "[program:p\(index)]\ncommand=x\n" + (index > 0 ? "depends_on=p\(index - 1)\n" : "")
        }
        #expect(try Self.edges(sections).count == 19_999)
    }

    @Test func tooManyPairs() {
        let many = { (name: String) in "[program:\(name)]\ncommand=x\nnumprocs=400\nprocess_name=%(process_num)d\n" }
        let error = #expect(throws: ConfigurationError.self) {
            try Self.load(many("a") + many("b") + "depends_on=a\n")
        }
        #expect(error?.text.contains("more than 100000 pairs") == true)
    }

    @Test func itIsShownAndCompared() throws {
        let with = Self.db + "[program:web]\ncommand=w\ndepends_on=db:started\n"
        let json = String(decoding: try Self.load(with).json(), as: UTF8.self)
        #expect(json.contains("\"depends_on\": [") && json.contains("\"db:started\""))
        let without = try Self.load(Self.db + "[program:web]\ncommand=w\n").groups
        #expect(try zip(Self.load(with).groups, without).contains { !$0.isSame(as: $1) })
    }
}

/// `depends_on`: what it does.
@Suite struct DependencyTests {
    private static func world(_ sections: String) throws -> World {
        World(try FakeMachine("[supervisord]\n" + sections).load().groups)
    }

    private static func program(_ name: String, _ keys: String...) -> String {
        "[program:\(name)]\ncommand=\(name)\n" + keys.map { $0 + "\n" }.joined()
    }

    private static let pair = program("db") + program("web", "depends_on=db")

    private func states(_ world: World, _ names: String...) -> [ProcessState?] { names.map { world.state($0) } }

    @Test func oneWaitsForTheOther() throws {
        let world = try Self.world(Self.pair)
        world.pass(milliseconds: 10)
        #expect(states(world, "db", "web") == [.starting, .starting])
        #expect(world.live.count == 1)
        #expect(world.awaited("web") == "db to be ready")
        world.pass(seconds: 1)
        #expect(states(world, "db", "web") == [.running, .starting])
        #expect(world.live.count == 2 && world.awaited("web") == nil)
        #expect(world.transitions == ["db STOPPED>STARTING", "web STOPPED>STARTING", "db STARTING>RUNNING"])
    }

    /// startsecs begins when the dependencies are ready.
    @Test func timeLimitsBeginLater() throws {
        let world = try Self.world(
            Self.program("db", "startsecs=60") + Self.program("web", "startsecs=5", "depends_on=db"))
        world.pass(seconds: 63)
        #expect(world.state("web") == .starting)
        world.pass(seconds: 3)
        #expect(world.state("web") == .running)
    }

    @Test func conditions() throws {
        let world = try Self.world(
            Self.program("job", "autorestart=false", "startsecs=0", "exitcodes=0,3")
                + Self.program("a", "depends_on=job:completed") + Self.program("b", "depends_on=job:exited")
                + Self.program("slow", "startsecs=100") + Self.program("c", "depends_on=slow:started")
                + Self.program("d", "depends_on=slow"))
        world.pass(seconds: 5)
        #expect(states(world, "a", "b", "c", "d") == [.starting, .starting, .running, .starting])
        #expect(world.awaited("a") == "job to complete" && world.awaited("b") == "job to exit")
        world.exit("job", .exited(code: 3))
        world.pass(seconds: 2)
        #expect(states(world, "a", "b", "d") == [.running, .running, .starting])
    }

    @Test func whatIsNeededIsStarted() throws {
        let world = try Self.world(
            Self.program("c", "autostart=false") + Self.program("b", "autostart=false", "depends_on=c")
                + Self.program("a", "autostart=false", "depends_on=b") + Self.program("other", "autostart=false"))
        world.pass(seconds: 1)
        #expect(world.live.isEmpty)
        world.ask(.start(.named("a"), wait: true), as: 1)
        world.pass(seconds: 4)
        #expect(states(world, "a", "b", "c", "other") == [.running, .running, .running, .stopped])
        #expect(world.replies[1] == .true)
    }

    @Test func withoutWaitingTheAnswerComesAtOnce() throws {
        let world = try Self.world(
            Self.program("db", "startsecs=50") + Self.program("web", "autostart=false", "depends_on=db"))
        world.pass(milliseconds: 1)
        world.ask(.start(.named("web"), wait: false), as: 1)
        #expect(world.replies[1] == .true && world.state("web") == .starting)
    }

    @Test func alone() throws {
        let world = try Self.world(
            Self.program("db", "autostart=false") + Self.program("web", "autostart=false", "depends_on=db"))
        world.ask(.start(.named("web"), wait: false, alone: true), as: 1)
        world.pass(seconds: 2)
        #expect(states(world, "db", "web") == [.stopped, .running])
        // Its restarts, too.
        world.exit("web", .exited(code: 1))
        world.pass(seconds: 2)
        #expect(states(world, "db", "web") == [.stopped, .running])
    }

    @Test func stopWorksWhileItWaits() throws {
        let world = try Self.world(Self.program("db", "startsecs=50") + Self.program("web", "depends_on=db"))
        world.pass(seconds: 1)
        world.ask(.stop(.named("web"), wait: true), as: 1)
        #expect(world.replies[1] == .true && world.state("web") == .stopped)
        world.pass(seconds: 60)
        #expect(states(world, "db", "web") == [.running, .stopped])
    }

    @Test func backoffKeepsThemWaitingAndFatalEndsIt() throws {
        let world = try Self.world(
            Self.program("db", "startretries=1") + Self.program("web", "depends_on=db")
                + Self.program("top", "depends_on=web")
                + Self.program("free", "depends_on=db:optional"))
        world.pass(milliseconds: 100)
        world.exit("db", .exited(code: 1))
        world.pass(milliseconds: 100)
        #expect(states(world, "db", "web", "top", "free") == [.backoff, .starting, .starting, .starting])
        world.pass(seconds: 1)
        world.exit("db", .exited(code: 1))
        world.pass(seconds: 2)
        #expect(states(world, "db", "web", "top", "free") == [.fatal, .fatal, .fatal, .running])
        #expect(world.trouble("web") == "dependency db is FATAL: Exited too quickly (process log may have details)")
        #expect(
            world.trouble("top")
                == "dependency web is FATAL: dependency db is FATAL: Exited too quickly (process log may have details)")
        #expect(world.log.contains { $0.hasPrefix("free starts without it: dependency db is FATAL") })
        // It recovers, and they with it.
        world.ask(.start(.named("db"), wait: false), as: 1)
        world.pass(seconds: 4)
        #expect(states(world, "db", "web", "top") == [.running, .running, .running])
    }

    @Test func whoWasStoppedDoesNotRecover() throws {
        let world = try Self.world(Self.program("db", "startretries=0") + Self.program("web", "depends_on=db"))
        world.unspawnable["db"] = "no"
        world.pass(seconds: 1)
        #expect(states(world, "db", "web") == [.fatal, .fatal])
        world.ask(.stop(.named("web"), wait: true), as: 1)
        #expect(world.state("web") == .stopped)
        world.unspawnable = [:]
        world.ask(.start(.named("db"), wait: false), as: 2)
        world.pass(seconds: 5)
        #expect(states(world, "db", "web") == [.running, .stopped])
    }

    /// An exit that rules the condition out.
    @Test func anEndThatWasNotWanted() throws {
        let world = try Self.world(
            Self.program("job", "autorestart=false", "startsecs=0") + Self.program("web", "depends_on=job:completed"))
        world.pass(seconds: 1)
        world.exit("job", .exited(code: 4))
        world.pass(seconds: 1)
        #expect(world.state("web") == .fatal && world.trouble("web") == "dependency job has ended: exit status 4")
        // A person repeats the job: web's start starts it again.
        world.ask(.start(.named("web"), wait: true), as: 1)
        world.pass(seconds: 1)
        #expect(states(world, "job", "web") == [.running, .starting])
        world.exit("job")
        world.pass(seconds: 2)
        #expect(states(world, "job", "web") == [.exited, .running] && world.replies[1] == .true)
    }

    @Test func aCrashWaitsForWhatIsDown() throws {
        let world = try Self.world(Self.pair)
        world.pass(seconds: 3)
        world.ask(.stop(.named("db"), wait: true), as: 1)
        #expect(states(world, "db", "web") == [.stopped, .running])
        world.exit("web", .exited(code: 1))
        world.pass(seconds: 2)
        #expect(states(world, "db", "web") == [.stopped, .starting])
        #expect(world.awaited("web") == "db to be ready" && world.live.isEmpty)
        world.ask(.start(.named("db"), wait: false), as: 2)
        world.pass(seconds: 3)
        #expect(states(world, "db", "web") == [.running, .running])
    }

    @Test func theFlagRestart() throws {
        let world = try Self.world(
            Self.program("db") + Self.program("web", "depends_on=db:restart") + Self.program("other", "depends_on=db"))
        world.pass(seconds: 3)
        world.dieOnSignal = false
        world.ask(.stop(.named("db"), wait: true), as: 1)
        #expect(states(world, "db", "web", "other") == [.running, .stopping, .running])
        world.exit("web")
        world.pass(milliseconds: 1)
        #expect(states(world, "db", "web") == [.stopping, .starting] && world.replies[1] == nil)
        world.exit("db")
        #expect(world.replies[1] == .true && world.awaited("web") == "db to be ready")
        world.ask(.start(.named("db"), wait: true), as: 2)
        world.pass(seconds: 3)
        #expect(states(world, "db", "web", "other") == [.running, .running, .running])
    }

    @Test func theFlagRestartAfterACrash() throws {
        let world = try Self.world(Self.program("db") + Self.program("web", "depends_on=db:restart"))
        world.pass(seconds: 3)
        let first = world.supervisor.pid(of: try #require(world.id("web")))
        world.exit("db", .exited(code: 1))
        world.pass(seconds: 4)
        #expect(states(world, "db", "web") == [.running, .running])
        #expect(world.supervisor.pid(of: try #require(world.id("web"))) != first)
    }

    @Test func withDependents() throws {
        let world = try Self.world(
            Self.program("db") + Self.program("api", "depends_on=db") + Self.program("web", "depends_on=api")
                + Self.program("other"))
        world.pass(seconds: 5)
        world.dieOnSignal = false
        world.ask(.stop(.named("db"), wait: true, dependents: true), as: 1)
        #expect(states(world, "db", "api", "web", "other") == [.running, .running, .stopping, .running])
        world.exit("web")
        world.pass(milliseconds: 1)
        #expect(states(world, "db", "api", "web") == [.running, .stopping, .stopped])
        world.exit("api")
        world.pass(milliseconds: 1)
        world.exit("db")
        #expect(states(world, "db", "api", "web", "other") == [.stopped, .stopped, .stopped, .running])
        #expect(world.replyCounts[1] == 1)
    }

    /// A program stops after everything that depends on it, whatever the priorities say.
    @Test(arguments: [0, 1]) func shutdown(_ ending: Int) throws {
        let world = try Self.world(
            Self.program("db", "priority=999") + Self.program("api", "priority=5", "depends_on=db")
                + Self.program("web", "priority=5", "depends_on=api") + Self.program("late", "priority=1"))
        world.pass(seconds: 5)
        world.signals = []
        if ending == 0 { world.tell(.end(.shutdown(nil))) } else { world.ask(.shutdown, as: 1) }
        world.pass(seconds: 5)
        #expect(world.signals == ["SIGTERM web", "SIGTERM api", "SIGTERM db", "SIGTERM late"])
        #expect(world.finished == .shutdown)
    }

    @Test func aShutdownInTheMiddleOfAWait() throws {
        let world = try Self.world(
            Self.program("db", "startsecs=50") + Self.program("web", "depends_on=db")
                + Self.program("top", "depends_on=web"))
        world.pass(seconds: 1)
        world.tell(.end(.shutdown(nil)))
        world.pass(seconds: 2)
        #expect(world.finished == .shutdown && world.live.isEmpty)
    }

    @Test func whatIsAwaitedStaysShort() throws {
        let world = try Self.world(
            "[program:w]\ncommand=w\nnumprocs=100\nstartsecs=50\nprocess_name=worker_%(process_num)03d\n"
                + Self.program("web", "depends_on=w"))
        world.pass(seconds: 1)
        let text = try #require(world.awaited("web"))
        #expect(text.hasPrefix("w:worker_000 to be ready, w:worker_001 to be ready, "))
        #expect(text.hasSuffix(", w:worker_007 to be ready and 92 more"))
    }

    @Test func aRemovedDependency() throws {
        let world = try Self.world(Self.pair + Self.program("free", "depends_on=db:optional"))
        world.pass(seconds: 3)
        world.ask(.stop(.named("db"), wait: true), as: 1)
        world.ask(.removeGroup("db"), as: 2)
        world.exit("web", .exited(code: 1))
        world.exit("free", .exited(code: 1))
        world.pass(seconds: 2)
        #expect(world.state("free") == .running)
        #expect(world.awaited("web") == "a program that was removed to be ready")
        world.ask(.addGroup("db"), as: 3)
        world.pass(seconds: 3)
        #expect(states(world, "db", "web") == [.running, .running])
    }

    /// `update` of some groups may leave active groups of two versions of the file that depend on each other.
    @Test func aCycleOfActiveGroups() {
        let world = World([
            World.program("a", [.dependsOn: .dependencies([Dependency("b", nil)])]),
            World.program("b", [.dependsOn: .dependencies([Dependency("c", nil), Dependency("b", nil)])]),
            World.program("c", [.dependsOn: .dependencies([Dependency("a", nil)])]),
        ])
        world.pass(seconds: 5)
        #expect(states(world, "a", "b", "c") == [.running, .running, .running])
        world.signals = []
        world.tell(.end(.shutdown(nil)))
        #expect(world.signals.count == 3 && world.finished == .shutdown && world.live.isEmpty)
    }

    @Test func aLongChain() throws {
        var sections = Self.program("p0")
        for index in 1..<3000 { sections += Self.program("p\(index)", "startsecs=0", "depends_on=p\(index - 1)") }
        let world = try Self.world(sections)
        world.pass(seconds: 5)
        #expect(world.live.count == 3000)
        world.tell(.end(.shutdown(nil)))
        #expect(world.finished == .shutdown && world.live.isEmpty)
    }
}
