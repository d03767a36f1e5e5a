import Testing

@testable import Supervise

/// Programs that say when they are ready, with a clock that the test moves.
@Suite struct ReadinessTests {
    static func says(_ text: String) -> NotifyMessage { NotifyMessage(Array(text.utf8)) }

    static func world(_ own: KeyValues = [:], others: [GroupSettings] = []) -> World {
        let notify: KeyValues = [.notify: .notify(.systemd)]
        let world = World([World.program("web", notify.overridden(by: own, unless: .process))] + others)
        world.pass(milliseconds: 0)
        return world
    }

    static func tell(_ world: World, _ text: String) throws {
        world.tell(.told(try #require(world.id("web")), says(text)))
    }

    @Test func itIsStartingUntilItSaysSo() throws {
        let world = Self.world(others: [World.program("top", [.dependsOn: .dependencies([Dependency("web", nil)])])])
        world.pass(seconds: 1000)
        #expect(world.state("web") == .starting)
        #expect(world.supervisor.deadline(now: world.now.instant) == nil, "nothing is polled")
        try Self.tell(world, "STATUS=loading\nX_OTHER=1\nREADY=0")
        #expect(world.state("web") == .starting)
        #expect(world.supervisor.remark(try #require(world.id("web")).slot) == "loading")
        try Self.tell(world, "READY=1\n")
        #expect(world.state("web") == .running)
        world.pass(milliseconds: 0)
        #expect(world.transitions.contains("top STARTING>RUNNING") == false)
        world.pass(seconds: 1)
        #expect(world.state("top") == .running)
    }

    @Test func anExitBeforeIsAFailedStart() throws {
        let world = Self.world([.startretries: .int(1)])
        world.pass(seconds: 100)
        world.exit("web", .exited(code: 0))
        #expect(world.state("web") == .backoff)
        world.pass(seconds: 1)
        world.exit("web", .exited(code: 0))
        #expect(world.state("web") == .fatal)
        #expect(world.log.contains { $0.contains("too many start retries") })
    }

    @Test func itsTimeIsLimited() throws {
        let world = Self.world([.startTimeout: .int(10), .stopwaitsecs: .int(5), .startretries: .int(0)])
        world.dieOnSignal = false
        world.pass(seconds: 9)
        #expect(world.signals.isEmpty)
        world.pass(seconds: 1)
        #expect(world.signals == ["SIGTERM web"])
        #expect(world.state("web") == .stopping)
        world.pass(seconds: 5)
        #expect(world.signals == ["SIGTERM web", "SIGKILL web"])
        #expect(world.state("web") == .fatal)
        #expect(world.log.contains("stopping web: it was not ready within start_timeout"))
    }

    @Test func itMayAskForMoreTime() throws {
        let world = Self.world([.startTimeout: .int(10)])
        world.pass(seconds: 8)
        try Self.tell(world, "EXTEND_TIMEOUT_USEC=5000000")
        world.pass(seconds: 4)
        #expect(world.state("web") == .starting)
        #expect(world.signals.isEmpty)
        // Less than what it has takes nothing away.
        try Self.tell(world, "EXTEND_TIMEOUT_USEC=1")
        world.pass(milliseconds: 999)
        #expect(world.signals.isEmpty)
        world.pass(milliseconds: 1)
        #expect(world.signals == ["SIGTERM web"])
        #expect(world.state("web") == .backoff)
    }

    @Test func itsWatchdogCountsFromREADY() throws {
        let world = Self.world([.watchdogSecs: .int(3), .stopwaitsecs: .int(4)])
        world.dieOnSignal = false
        world.pass(seconds: 100)
        #expect(world.signals.isEmpty)
        try Self.tell(world, "READY=1")
        world.pass(seconds: 2)
        try Self.tell(world, "WATCHDOG=1")
        world.pass(milliseconds: 2999)
        #expect(world.signals.isEmpty)
        world.pass(milliseconds: 1)
        #expect(world.signals == ["SIGABRT web"])
        #expect(world.state("web") == .stopping)
        world.pass(seconds: 4)
        #expect(world.signals == ["SIGABRT web", "SIGKILL web"])
        // An exit by itself that wasn't expected: autorestart decides, which starts it again.
        #expect(world.transitions.contains("web STOPPING>EXITED"))
        #expect(world.state("web") == .starting)
        #expect(world.log.contains("stopping web: its watchdog was overdue"))
    }

    @Test func theWatchdogCanBeChangedAndTriggered() throws {
        let world = Self.world([.watchdogSecs: .int(3)])
        try Self.tell(world, "READY=1\nWATCHDOG_USEC=60000000")
        world.pass(seconds: 59)
        #expect(world.signals.isEmpty)
        try Self.tell(world, "WATCHDOG=trigger")
        #expect(world.signals == ["SIGABRT web"])
    }

    @Test func aRequestToStopItIsObeyed() throws {
        let world = Self.world([.watchdogSecs: .int(3)])
        world.dieOnSignal = false
        world.ask(.stop(.named("web"), wait: true), as: 1)
        #expect(world.signals == ["SIGTERM web"])
        world.exit("web")
        #expect(world.state("web") == .stopped)
        // While init ends it, too: then it stays down.
        world.ask(.start(.named("web"), wait: false), as: 2)
        try Self.tell(world, "READY=1\nWATCHDOG=trigger")
        #expect(world.state("web") == .stopping)
        world.ask(.stop(.named("web"), wait: true), as: 3)
        #expect(world.replies[3] == nil)
        world.exit("web", .signalled(.abort, core: true))
        #expect(world.state("web") == .stopped)
        #expect(world.replyCounts == [1: 1, 2: 1, 3: 1])
    }

    @Test func aShutdownMeetsOneThatIsBeingEnded() throws {
        let world = Self.world([.watchdogSecs: .int(3), .stopwaitsecs: .int(4)])
        world.dieOnSignal = false
        try Self.tell(world, "READY=1\nWATCHDOG=trigger")
        world.tell(.end(.shutdown(nil)))
        world.pass(seconds: 10)
        #expect(world.signals == ["SIGABRT web", "SIGKILL web"])
        #expect(world.finished == .shutdown)
        #expect(world.state("web") == .stopped)
    }

    @Test func whatItSaysIsShown() throws {
        let world = Self.world()
        let slot = try #require(world.id("web")).slot
        #expect(world.supervisor.remark(slot) == "not ready yet")
        try Self.tell(world, "READY=1\nSTATUS=42 clients")
        #expect(world.supervisor.remark(slot) == "42 clients")
        try Self.tell(world, "RELOADING=1\nMONOTONIC_USEC=1")
        #expect(world.supervisor.remark(slot) == "reloading: 42 clients")
        try Self.tell(world, "READY=1")
        #expect(world.supervisor.remark(slot) == "42 clients")
        #expect(world.supervisor.isReady(slot: slot) == true)
        try Self.tell(world, "STOPPING=1\nSTATUS=")
        #expect(world.supervisor.remark(slot) == "about to exit")
        #expect(world.supervisor.isReady(slot: slot) == false)
    }

    @Test func itsLastWordsAreShown() throws {
        let world = Self.world([.startretries: .int(0)])
        let slot = try #require(world.id("web")).slot
        try Self.tell(world, "STATUS=no database\nERRNO=111")
        #expect(world.supervisor.lastWords(slot) == "; it said: no database, errno 111")
        world.exit("web", .exited(code: 1))
        #expect(world.state("web") == .fatal)
        #expect(world.supervisor.lastWords(slot) == "; it said: no database, errno 111")
        // Of this run, and not of the one before.
        world.ask(.start(.named("web"), wait: false), as: 1)
        #expect(world.supervisor.lastWords(slot) == "")
        try Self.tell(world, "EXIT_STATUS=3")
        #expect(world.supervisor.lastWords(slot) == "; it said: exit status 3")
        // Why it fails says more than how it will exit.
        try Self.tell(world, "ERRNO=2")
        #expect(world.supervisor.lastWords(slot) == "; it said: errno 2")
    }

    @Test func itMayForgiveItsFailures() throws {
        let world = Self.world([.startretries: .int(1)])
        for _ in 0..<3 {
            world.exit("web", .exited(code: 1))
            #expect(world.state("web") == .backoff)
            world.pass(seconds: 1)
            try Self.tell(world, "RESTART_RESET=1")
        }
        // Without it, the second failure in a row is the last.
        world.exit("web", .exited(code: 1))
        world.pass(seconds: 1)
        world.exit("web", .exited(code: 1))
        #expect(world.state("web") == .fatal)
    }

    @Test func anotherMainProcessIsRefusedOnce() throws {
        let world = Self.world([.autorestart: .autoRestart(.always)])
        // Its own pid isn't another's.
        try Self.tell(world, "MAINPID=\(world.supervisor.pid(of: try #require(world.id("web"))))")
        #expect(!world.log.contains { $0.contains("MAINPID") })
        try Self.tell(world, "MAINPID=5")
        try Self.tell(world, "READY=1\nMAINPID=6")
        world.pass(seconds: 20)
        world.exit("web")
        world.pass(seconds: 1)
        try Self.tell(world, "MAINPID=5")
        #expect(world.log.filter { $0.contains("MAINPID") }.count == 1)
    }

    @Test func messagesAreRead() {
        let all = Self.says(
            "READY=1\nRELOADING=1\nSTOPPING=1\nSTATUS=a\u{1b}[1mb\nERRNO=2\nWATCHDOG=1\nWATCHDOG_USEC=7\nEXTEND_TIMEOUT_USEC=8\n"
                + "RESTART_RESET=1\nMAINPID=1\nBARRIER=1\nFDSTORE=1\nX_OTHER\n=\n\n")
        #expect(all.isReady && all.isReloading && all.isStopping && all.resetsRestarts && all.mainPID == 1)
        #expect(all.status == "a\\x1b[1mb")
        #expect(
            all.errno == 2 && all.watchdog == .alive && all.watchdogMicroseconds == 7 && all.extendMicroseconds == 8)
        #expect(Self.says("") == NotifyMessage())
        #expect(Self.says("READY=yes\nWATCHDOG=2\nWATCHDOG_USEC=-1\nEXTEND_TIMEOUT_USEC=0\nERRNO=x") == NotifyMessage())
        #expect(Self.says("WATCHDOG_USEC=99999999999999999999999999").watchdogMicroseconds == 1_000_000_000_000)
        let long = Self.says("STATUS=" + String(repeating: "ä", count: 300))
        #expect(long.status == String(repeating: "ä", count: 100))
        #expect(NotifyMessage([0xff, 0x3d, 0xff, 0x0a, 0x53]) == NotifyMessage())
    }
}
