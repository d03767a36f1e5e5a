import Testing

@testable import Supervise

@Suite struct RunHistoryTests {
    private static func moment(_ seconds: Int) -> Moment {
        Moment(instant: Instant(nanoseconds: Int64(seconds) * 1_000_000_000), wall: 1_700_000_000 + seconds)
    }

    /// A program whose runs end at these seconds, each a second after its start, and which init restarts at once.
    private static func looping(_ ends: [Int], _ status: Supervise.ExitStatus = .exited(code: 1), lived: Int = 1)
        -> RunHistory
    {
        var history = RunHistory()
        let settings = ProcessSettings("web")
        var restarts: UInt32 = 0
        history.note(.start, restarts: 0, started: nil, settings, now: moment(0))
        for end in ends {
            history.note(.exited(status), restarts: restarts, started: moment(end - lived), settings, now: moment(end))
            restarts += 1
            history.note(.start, restarts: restarts, started: moment(end), settings, now: moment(end))
        }
        return history
    }

    private static func isUnstable(_ history: RunHistory, at seconds: Int) -> Bool {
        history.isUnstable(at: moment(seconds).instant)
    }

    @Test func threeRestartsWithinTheWindow() {
        #expect(!Self.isUnstable(Self.looping([5, 10]), at: 11))
        #expect(Self.isUnstable(Self.looping([5, 10, 15]), at: 16))
        #expect(Self.isUnstable(Self.looping([5, 10, 15, 20, 25]), at: 26))
        #expect(!Self.isUnstable(Self.looping([5, 300, 700]), at: 701), "the first is longer ago than the window")
        #expect(Self.isUnstable(Self.looping([5, 10, 15]), at: 5 + RunHistory.window))
        #expect(
            !Self.isUnstable(Self.looping([5, 10, 15]), at: 6 + RunHistory.window), "nothing since: it is stable again")
    }

    @Test func restartsAreCountedForAnHour() {
        var recent = RecentRestarts()
        for minute in [0, 1, 30] { recent.note(at: Self.moment(60 * minute).instant) }
        #expect(recent.count(at: Self.moment(60 * 59).instant) == 3)
        #expect(recent.count(at: Self.moment(60 * 60).instant) == 1)
        #expect(recent.count(at: Self.moment(60 * 89).instant) == 1)
        #expect(recent.count(at: Self.moment(60 * 90).instant) == 0)
        let later = Self.moment(86_400 * 1000).instant
        recent.note(at: later)
        #expect(recent.count(at: later) == 1)
    }

    @Test func restartsOfAllProgramsCount() throws {
        let world = World([World.program("web", [.autorestart: .autoRestart(.always)]), World.program("db", [:])])
        world.pass(seconds: 2)
        for _ in 0..<3 {
            world.exit("web")
            world.pass(seconds: 2)
        }
        #expect(world.supervisor.restartsInHour(world.now.instant) == 3)
        world.pass(seconds: 3600)
        #expect(world.supervisor.restartsInHour(world.now.instant) == 0)
    }

    @Test func aJobThatRepeatsIsNone() {
        let done = Supervise.ExitStatus.exited(code: 0)
        #expect(!Self.isUnstable(Self.looping([60, 120, 180], done, lived: 50), at: 181))
        #expect(Self.isUnstable(Self.looping([60, 120, 180], done, lived: 2), at: 181), "it ends at once")
        #expect(Self.isUnstable(Self.looping([60, 120, 180], .exited(code: 2), lived: 50), at: 181), "it fails")
    }

    @Test func aPersonBeginsANewStory() {
        let settings = ProcessSettings("web")
        var history = Self.looping([5, 10, 15])
        history.note(.stop, restarts: 3, started: Self.moment(15), settings, now: Self.moment(16))
        #expect(!Self.isUnstable(history, at: 16))
        history.note(
            .exited(.signalled(.terminate, core: false)), restarts: 3, started: Self.moment(15), settings,
            now: Self.moment(17))
        history.note(.start, restarts: 3, started: Self.moment(17), settings, now: Self.moment(17))
        #expect(!Self.isUnstable(history, at: 18))
        #expect(history.lastEnding?.status == .signalled(.terminate, core: false), "how it ended is still known")
        #expect(history.lastEnding?.wall == 1_700_000_017)
    }

    @Test func startsThatFailCount() {
        var history = RunHistory()
        let settings = ProcessSettings("web")
        history.note(.start, restarts: 0, started: nil, settings, now: Self.moment(0))
        for restart in 1...3 {
            history.note(
                .spawnFailed(StartError(.step, "x")), restarts: UInt32(restart - 1), started: nil, settings,
                now: Self.moment(restart))
            history.note(.start, restarts: UInt32(restart), started: nil, settings, now: Self.moment(restart))
        }
        #expect(Self.isUnstable(history, at: 4))
        #expect(history.lastEnding == nil)
    }

    @Test func theLastEndingsAreKept() {
        var history = RunHistory()
        for run in 0..<25 {
            history.note(
                .exited(.exited(code: Int32(run))), restarts: 0, started: nil, ProcessSettings("web"),
                now: Self.moment(run))
            let kept = max(0, run + 1 - RunHistory.mostEndings)...run
            #expect(history.endings.map(\.status) == kept.map { .exited(code: Int32($0)) })
        }
    }
}
