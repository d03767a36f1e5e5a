import Testing

@testable import Supervise

/// When programs start again: `startretries=-1`, `fatal_retry_secs`, `backoff_*`, `no_restart_exitcodes`.
@Suite struct RestartTests {
    /// A process, its settings, and a clock that the tests turn.
    private struct One {
        var machine = ProcessMachine()
        let settings: ProcessSettings
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var states: [ProcessState] = []

        init(_ values: KeyValues, name: String = "web") { settings = ProcessSettings(name, values) }

        mutating func handle(_ events: ProcessMachine.Event...) {
            for event in events {
                var actions: [ProcessMachine.Action] = []
                machine.handle(event, settings, now: Moment(instant: now, wall: 0), into: &actions)
                for case .publish(let transition) in actions { states.append(transition.to) }
            }
        }

        /// Milliseconds until it does something.
        var pause: Int? { machine.deadline.map { Int($0.since(now) / 1_000_000) } }

        mutating func pass(milliseconds: Int) { now = now.advanced(milliseconds: milliseconds) }

        /// It runs for so long, and exits; the pause before the next start.
        mutating func run(milliseconds: Int, code: Int32 = 1) -> Int? {
            handle(.start, .forked(pid: 7), .spawned(pid: 7))
            pass(milliseconds: milliseconds)
            handle(.exited(.exited(code: code)))
            return pause
        }

        /// It can't be spawned; the pause before the next start.
        mutating func fail() -> Int? {
            handle(.start, .spawnFailed(StartError(.step, "couldn't")))
            return pause
        }
    }

    private static let backoff = RestartBackoff(delay: 1000, limit: 30_000, factor: 2000, jitter: 0)

    @Test func pausesGrowToTheLimit() {
        #expect(
            (1...8).map { Self.backoff.pause(before: $0, dice: 0) }
                == [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
        let constant = RestartBackoff(delay: 500, limit: 30_000, factor: 1000, jitter: 0)
        #expect((1...4).map { constant.pause(before: $0, dice: 0) } == [500, 500, 500, 500])
        let capped = RestartBackoff(delay: 5000, limit: 100, factor: 2000, jitter: 0)
        #expect(capped.pause(before: 1, dice: 0) == 100)
        // However often: no overflow, no long search.
        let slow = RestartBackoff(delay: 1, limit: 86_400_000, factor: 1001, jitter: 1000)
        #expect(slow.pause(before: .max, dice: .max) <= 2 * 86_400_000)
    }

    @Test func jitterMakesPausesLongerAndDifferent() {
        let backoff = RestartBackoff(delay: 1000, limit: 30_000, factor: 2000, jitter: 100)
        let now = Instant(nanoseconds: 1_000_000_000)
        let pauses = (0..<100).map { backoff.pause(before: 1, dice: RestartBackoff.dice("web_\($0)", now)) }
        #expect(pauses.allSatisfy { (1000...1100).contains($0) })
        // Programs that died in the same moment don't come back in the same one.
        #expect(Set(pauses).count > 50)
    }

    @Test func exitsAreFollowedByPausesToo() {
        var one = One([
            .startsecs: .int(0), .autorestart: .autoRestart(.always), .backoffDelay: .decimal(500),
            .backoffJitter: .decimal(0),
            .backoffLimit: .decimal(3000),
        ])
        for expected in [500, 1000, 2000, 3000, 3000] {
            #expect(one.run(milliseconds: 100) == expected)
            #expect(one.machine.state == .exited && !one.machine.wantsRestart(at: one.now))
            one.pass(milliseconds: expected)
            #expect(one.machine.wantsRestart(at: one.now))
        }
        // It stayed up as long as the limit: pauses start over.
        #expect(one.run(milliseconds: 3000) == 500)
        one.pass(milliseconds: 500)
        #expect(one.run(milliseconds: 2999) == 1000)
        // So they do after a request, before the time.
        #expect(one.run(milliseconds: 100) == 500)
    }

    @Test func aStopEndsAPause() {
        var one = One([.startsecs: .int(0), .autorestart: .autoRestart(.always), .backoffDelay: .decimal(5000)])
        _ = one.run(milliseconds: 10)
        #expect(one.machine.awaitsRestart)
        one.handle(.stop)
        #expect(one.machine.state == .stopped && one.pause == nil)
    }

    @Test func failedStartsBackOffAsWell() {
        var one = One([.startretries: .int(3), .backoffDelay: .decimal(250), .backoffJitter: .decimal(0)])
        for expected in [250, 500, 1000] {
            #expect(one.fail() == expected)
            one.pass(milliseconds: expected)
        }
        #expect(one.fail() == nil && one.machine.state == .fatal)
        // A person tries again: from the first pause on.
        #expect(one.fail() == 250)
    }

    @Test func minusOneNeverGivesUp() {
        var one = One([.startretries: .int(-1)])
        for number in 1...100 {
            #expect(one.fail() == min(number, 30) * 1000)
            #expect(one.machine.state == .backoff)
            one.pass(milliseconds: 30_000)
        }
    }

    @Test func otherNegativeNumbersAreSupervisords() {
        var one = One([.startretries: .int(-2)])
        #expect(one.fail() == nil && one.machine.state == .fatal)
    }

    @Test func fatalIsTriedAgain() {
        var one = One([.startretries: .int(0), .fatalRetrySecs: .int(60)])
        #expect(one.fail() == 60_000)
        #expect(one.machine.state == .fatal && one.machine.awaitsRestart && !one.machine.wantsRetry(at: one.now))
        one.pass(milliseconds: 60_000)
        #expect(one.machine.wantsRetry(at: one.now))
        #expect(one.fail() == 60_000)
        one.handle(.stop)
        #expect(one.machine.state == .stopped && one.pause == nil && !one.machine.awaitsRestart)
    }

    @Test func someCodesForbidARestart() {
        let values: KeyValues = [
            .startsecs: .int(1), .autorestart: .autoRestart(.always), .noRestartExitcodes: .ints([3, 78]),
            .fatalRetrySecs: .int(60),
        ]
        var one = One(values)
        #expect(one.run(milliseconds: 5000, code: 78) == nil)
        #expect(one.machine.state == .exited && !one.machine.awaitsRestart)
        #expect(one.run(milliseconds: 5000, code: 4) == 0)
        var early = One(values)
        #expect(early.run(milliseconds: 10, code: 3) == nil)
        #expect(early.states == [.starting, .backoff, .fatal])
        var other = One(values)
        #expect(other.run(milliseconds: 10, code: 4) == 1000)
    }

    // MARK: The configuration

    private static func load(_ keys: String) throws -> Configuration {
        try FakeMachine("[supervisord]\nlogfile=/tmp/x\n[program:a]\ncommand=b\n\(keys)\n").load()
    }

    @Test func keysAreRead() throws {
        let settings = try Self.load(
            "backoff_delay=0.5\nbackoff_factor=1.25\nbackoff_limit=90\nbackoff_jitter=0\nno_restart_exitcodes=3, 78\nfatal_retry_secs=300"
        ).groups[0].processes[0]
        #expect(settings.restartBackoff == RestartBackoff(delay: 500, limit: 90_000, factor: 1250, jitter: 0))
        #expect(settings.noRestartExitCodes == [3, 78] && settings.fatalRetrySeconds == 300)
        // Any of them is enough, whatever it says.
        for key in ["backoff_limit=30", "backoff_factor=2", "backoff_jitter=0.1", "backoff_delay=1"] {
            #expect(
                try Self.load(key).groups[0].processes[0].restartBackoff
                    == RestartBackoff(delay: 1000, limit: 30_000, factor: 2000, jitter: 100))
        }
        #expect(try Self.load("").groups[0].processes[0].restartBackoff == nil)
        for (written, milliseconds) in [("1s", 1000), ("1.5s", 1500), ("250ms", 250)] {
            #expect(
                try Self.load("backoff_delay=\(written)").groups[0].processes[0].restartBackoff?.delay == milliseconds)
        }
    }

    @Test(arguments: [
        ("backoff_delay=0", "from 0.001 to 86400"), ("backoff_delay=-1", "from 0.001"),
        ("backoff_delay=1.2345", "three decimals"),
        ("backoff_delay=1m", "from 0.001"), ("backoff_delay=1.5ms", "from 0.001"), ("backoff_delay=", "from 0.001"),
        ("backoff_delay=.5", "from 0.001"),
        ("backoff_delay=99999999999999999999", "from 0.001"), ("backoff_factor=0.9", "from 1 to 100"),
        ("backoff_limit=86400.001", "to 86400"), ("backoff_jitter=1.1", "from 0 to 1,"),
        ("fatal_retry_secs=-1", "from 0 to 86400"), ("no_restart_exitcodes=256", "0"),
    ])
    func mistakesAreErrors(_ line: String, _ advice: String) throws {
        do {
            _ = try Self.load(line)
            Issue.record("\(line) was accepted")
        } catch let error as ConfigurationError {
            let text = error.report
            #expect(text.contains("/etc/s.conf:5:") && text.contains(advice), "\(text)")
        }
    }

    @Test func keysWithoutAnEffectAreRemarked() throws {
        let never = try Self.load("autorestart=false\nstartretries=0\nbackoff_limit=3\nno_restart_exitcodes=3").remarks
        #expect(
            never.map(\.description) == [
                "/etc/s.conf:7:1: backoff_limit has no effect: autorestart=false and startretries=0 never start this program again",
                "/etc/s.conf:8:1: no_restart_exitcodes has no effect: autorestart=false and startretries=0 never start this program again",
            ])
        let always = try Self.load("startretries=-1\nfatal_retry_secs=3\nbackoff_limit=3").remarks
        #expect(
            always.map(\.description) == [
                "/etc/s.conf:6:1: fatal_retry_secs has no effect: with startretries=-1 this program never becomes FATAL"
            ])
        #expect(try Self.load("autorestart=false\nbackoff_limit=3").remarks.isEmpty)
    }
}
