import Testing

@testable import Supervise

/// How the container ends: `on_success`, `on_failure`, `on_fatal`, `exit_when_done`, `success_exit_codes`.
@Suite struct EndingTests {
    /// How a program ends.
    enum End: Sendable {
        case exits(Supervise.ExitStatus)
        /// Before `startsecs`, and with no retry.
        case neverStaysUp(Supervise.ExitStatus)
        case cannotStart(StartError.Cause)
    }

    private static let done = EndRules(exitsWhenDone: true)

    private static func job(_ name: String, _ own: KeyValues = [:], kind: GroupSettings.Kind = .program)
        -> GroupSettings
    {
        let values: KeyValues = [.startsecs: .int(0), .autorestart: .autoRestart(.never), .startretries: .int(0)]
        return World.program(name, values.overridden(by: own, unless: .process), kind: kind)
    }

    /// A service that outlives the others: everything ends only because of them.
    private static func world(_ values: KeyValues, _ end: End, rules: EndRules = EndRules()) -> World {
        var own = values
        if case .neverStaysUp = end { own[.startsecs] = .int(5) }
        let world = World([job("web", own), World.program("service")], rules: rules)
        switch end {
        case .cannotStart(let cause):
            world.unspawnable["web"] = "no luck"
            world.spawnCause = cause
            world.pass(seconds: 1)
        case .exits(let status), .neverStaysUp(let status):
            world.pass(seconds: 1)
            world.exit("web", status)
        }
        return world
    }

    // MARK: Policies

    private static let killed = Supervise.ExitStatus.signalled(.kill, core: false)

    /// The exit code, and the sentence; nil: the container lives on.
    @Test(
        arguments: [
            // Success and failure, by `exitcodes`.
            (
                [.onSuccess: .endPolicy(.shutdown)], .exits(.exited(code: 0)), 0,
                "succeeded (exit status 0; on_success=shutdown)"
            ),
            ([.onSuccess: .endPolicy(.shutdown)], .exits(.exited(code: 3)), nil, ""),
            ([.onFailure: .endPolicy(.shutdown)], .exits(.exited(code: 0)), nil, ""),
            (
                [.onFailure: .endPolicy(.shutdown)], .exits(.exited(code: 3)), 3,
                "failed (exit status 3; on_failure=shutdown)"
            ),
            (
                [.onFailure: .endPolicy(.shutdown)], .exits(killed), 137,
                "failed (terminated by SIGKILL; on_failure=shutdown)"
            ),
            (
                [.onSuccess: .endPolicy(.shutdown), .exitcodes: .ints([0, 2])], .exits(.exited(code: 2)), 2,
                "succeeded (exit status 2; on_success=shutdown)"
            ),
            // A failure is never 0.
            (
                [.onFailure: .endPolicy(.shutdown), .exitcodes: .ints([])], .exits(.exited(code: 0)), 1,
                "failed (exit status 0; on_failure=shutdown)"
            ),
            // Codes that are said.
            (
                [.onFailure: .endPolicy(.shutdownSuccess)], .exits(.exited(code: 3)), 0,
                "failed (exit status 3; on_failure=shutdown-success)"
            ),
            (
                [.onSuccess: .endPolicy(.shutdownFailure)], .exits(.exited(code: 0)), 1,
                "succeeded (exit status 0; on_success=shutdown-failure)"
            ),
            (
                [.onFailure: .endPolicy(.shutdownFailure)], .exits(killed), 1,
                "failed (terminated by SIGKILL; on_failure=shutdown-failure)"
            ),
            // FATAL: failed starts are no failures.
            ([.onFailure: .endPolicy(.shutdown)], .neverStaysUp(.exited(code: 3)), nil, ""),
            ([.onSuccess: .endPolicy(.shutdown)], .neverStaysUp(.exited(code: 0)), nil, ""),
            (
                [.onFatal: .endPolicy(.shutdown)], .neverStaysUp(.exited(code: 3)), 3,
                "is FATAL (exit status 3 before startsecs; on_fatal=shutdown)"
            ),
            (
                [.onFatal: .endPolicy(.shutdown)], .neverStaysUp(.exited(code: 0)), 1,
                "is FATAL (exit status 0 before startsecs; on_fatal=shutdown)"
            ),
            (
                [.onFatal: .endPolicy(.shutdown)], .neverStaysUp(killed), 137,
                "is FATAL (terminated by SIGKILL before startsecs; on_fatal=shutdown)"
            ),
            ([.onFatal: .endPolicy(.shutdown)], .cannotStart(.missing), 127, "is FATAL (no luck; on_fatal=shutdown)"),
            ([.onFatal: .endPolicy(.shutdown)], .cannotStart(.command), 126, "is FATAL (no luck; on_fatal=shutdown)"),
            ([.onFatal: .endPolicy(.shutdown)], .cannotStart(.execution), 126, "is FATAL (no luck; on_fatal=shutdown)"),
            ([.onFatal: .endPolicy(.shutdown)], .cannotStart(.step), 1, "is FATAL (no luck; on_fatal=shutdown)"),
            (
                [.onFatal: .endPolicy(.shutdownSuccess)], .cannotStart(.missing), 0,
                "is FATAL (no luck; on_fatal=shutdown-success)"
            ),
            ([.onFatal: .endPolicy(.ignore)], .cannotStart(.missing), nil, ""),
            // FATAL is not for good.
            ([.onFatal: .endPolicy(.shutdown), .fatalRetrySecs: .int(9)], .cannotStart(.missing), nil, ""),
            ([.onFatal: .endPolicy(.shutdown), .startretries: .int(3)], .cannotStart(.missing), nil, ""),
            ([.onFatal: .endPolicy(.shutdown), .startretries: .int(-1)], .cannotStart(.missing), nil, ""),
            (
                [.onFatal: .endPolicy(.shutdown), .fatalRetrySecs: .int(9), .noRestartExitcodes: .ints([78])],
                .neverStaysUp(.exited(code: 78)), 78, "is FATAL (exit status 78 before startsecs; on_fatal=shutdown)"
            ),
        ] as [(KeyValues, End, Int32?, String)])
    func policies(_ values: KeyValues, _ end: End, _ code: Int32?, _ sentence: String) {
        let world = Self.world(values, end)
        #expect(world.cause?.code == code)
        #expect(world.causes.map(\.sentence) == (code == nil ? [] : ["web \(sentence)"]))
        #expect(world.finished == (code == nil ? nil : .shutdown))
        #expect(world.state("service") == (code == nil ? .running : .stopped))
        if let code {
            #expect(world.log.contains("shutting down: web \(sentence)"))
            #expect(world.cause?.lastLine == "exit code \(code): web \(sentence)")
        }
    }

    @Test func codesThatAreSuccesses() {
        var rules = EndRules()
        rules.successCodes = [137, 143]
        func code(_ policy: EndPolicy, _ signal: Signal) -> Int32? {
            Self.world([.onFailure: .endPolicy(policy)], .exits(.signalled(signal, core: false)), rules: rules).cause?
                .code
        }
        #expect(code(.shutdown, .terminate) == 0 && code(.shutdown, .kill) == 0 && code(.shutdown, .hangup) == 129)
        // That was asked for in so many words.
        #expect(code(.shutdownFailure, .terminate) == 1)
    }

    /// `ignore` keeps a program down, whatever `autorestart` says.
    @Test func ignoredEndsAreNotRestarted() {
        let values: KeyValues = [.startsecs: .int(0), .autorestart: .autoRestart(.always)]
        for (key, code) in [(Key.onSuccess, 0), (.onFailure, 1)] as [(Key, Int32)] {
            let world = World([
                World.program("web", values.overridden(by: [key: .endPolicy(.ignore)], unless: .process))
            ])
            world.pass(seconds: 1)
            world.exit("web", .exited(code: 1 - code))
            world.pass(seconds: 1)
            #expect(world.state("web") == .running, "the other key is not set")
            world.exit("web", .exited(code: code))
            world.pass(seconds: 5)
            #expect(world.state("web") == .exited && world.causes.isEmpty)
            world.ask(.start(.named("web"), wait: false), as: 1)
            #expect(world.state("web") == .running)
        }
    }

    private static let everything: KeyValues = [
        .startsecs: .int(0), .onSuccess: .endPolicy(.shutdown), .onFailure: .endPolicy(.shutdown),
        .onFatal: .endPolicy(.shutdown),
    ]

    @Test func requestsAreNoEnds() {
        let world = World([World.program("web", Self.everything), World.program("other")])
        world.pass(seconds: 1)
        world.ask(.stop(.named("web"), wait: true), as: 1)
        world.ask(.start(.named("web"), wait: true), as: 2)
        world.ask(.stop(.all, wait: true), as: 3)
        world.pass(seconds: 20)
        #expect(world.state("web") == .stopped && world.causes.isEmpty && world.finished == nil)
        // Nor is a program that didn't get so far, or waits for its next try.
        world.unspawnable["web"] = "no luck"
        world.ask(.start(.named("web"), wait: false), as: 4)
        #expect(world.state("web") == .backoff)
        world.ask(.stop(.named("web"), wait: true), as: 5)
        #expect(world.state("web") == .stopped && world.causes.isEmpty)
    }

    @Test func aShutdownIsNoEndOfAProgram() {
        for ending in [Ending.shutdown(nil), .restart(Configuration())] {
            let world = World([World.program("web", Self.everything), World.program("other", Self.everything)])
            world.dieOnSignal = false
            world.pass(seconds: 1)
            world.tell(.end(ending))
            world.exit("web", .exited(code: 3))
            world.exit("other", .signalled(.kill, core: false))
            #expect(world.finished == ending.state && world.causes.isEmpty && world.cause == nil)
        }
    }

    @Test func theFirstCauseDecides() {
        let world = World([
            World.program("a", Self.everything), World.program("b", Self.everything), World.program("c"),
        ])
        world.dieOnSignal = false
        world.pass(seconds: 2)
        world.exit("b", .exited(code: 4))
        world.exit("a", .exited(code: 5))
        world.tell(.end(.shutdown(nil)))
        world.exit("c")
        #expect(world.causes.map(\.code) == [4] && world.cause?.code == 4)
    }

    @Test func listenersAndFastCGIHaveThemToo() {
        let world = World([World.program("l", Self.everything, kind: .eventListener), World.program("service")])
        world.pass(seconds: 1)
        world.exit("l", .exited(code: 3))
        #expect(world.cause?.code == 3)
    }

    // MARK: exit_when_done

    @Test func itLeavesWhenAllIsDone() {
        let world = World(
            [Self.job("a"), Self.job("b"), Self.job("manual", [.autostart: .bool(false)])], rules: Self.done)
        world.pass(seconds: 1)
        world.exit("a")
        #expect(world.finished == nil)
        world.exit("b")
        #expect(world.finished == .shutdown && world.cause?.code == 0 && world.cause?.culprit == nil)
        #expect(world.cause?.sentence == "no program runs or will run again (exit_when_done=true)")
    }

    @Test func itNeverLeavesBeforeEverythingWasStarted() {
        let many = (0..<(3 * Supervisor.startsPerTick)).map { Self.job("p\($0)") }
        let world = World(many, rules: Self.done)
        for number in many.indices {
            while world.state("p\(number)") != .running { world.tell(.tick) }
            #expect(world.finished == nil)
            world.exit("p\(number)")
        }
        #expect(world.finished == .shutdown)
    }

    /// A shutdown during the moment in which a request may be followed by another one leaves no time-out behind.
    @Test func aShutdownEndsTheGrace() {
        let world = World([World.program("web"), World.program("l", kind: .eventListener)], rules: Self.done)
        world.pass(seconds: 2)
        world.ask(.stop(.named("web"), wait: true), as: 1)
        #expect(world.supervisor.deadline(now: world.now.instant) != nil)
        world.gatewayLeaves = false
        world.tell(.end(.shutdown(nil)))
        #expect(world.supervisor.deadline(now: world.now.instant) == nil)
    }

    @Test func itLeavesAtOnceWhereNothingStarts() {
        for groups in [
            [], [Self.job("manual", [.autostart: .bool(false)])], [World.program("l", kind: .eventListener)],
        ] {
            let world = World(groups, rules: Self.done)
            world.pass(seconds: 1)
            #expect(world.finished == .shutdown && world.cause?.code == 0)
        }
    }

    @Test(
        arguments: [
            ([.autorestart: .autoRestart(.always)], nil),
            ([.autorestart: .autoRestart(.always), .backoffDelay: .decimal(5000)], nil),
            ([.autorestart: .autoRestart(.unexpected)], nil), ([.autorestart: .autoRestart(.never)], 3),
            ([.autorestart: .autoRestart(.always), .onFailure: .endPolicy(.ignore)], 0),
            ([.autorestart: .autoRestart(.always), .noRestartExitcodes: .ints([3])], 3),
            ([.startsecs: .int(5), .startretries: .int(1)], nil), ([.startsecs: .int(5)], 3),
            ([.startsecs: .int(5), .onFatal: .endPolicy(.ignore)], 0),
            ([.startsecs: .int(5), .fatalRetrySecs: .int(30)], nil),
        ] as [(KeyValues, Int32?)])
    func whatWillRunAgainKeepsIt(_ values: KeyValues, _ code: Int32?) {
        let world = World([Self.job("web", values)], rules: Self.done)
        world.pass(seconds: 1)
        world.exit("web", .exited(code: 3))
        #expect(world.cause?.code == code)
    }

    @Test func theFirstFailureIsTheCode() {
        let world = World([Self.job("a"), Self.job("b"), Self.job("c"), Self.job("d")], rules: Self.done)
        world.pass(seconds: 1)
        for (name, status) in [
            ("d", .exited(code: 0)), ("c", .exited(code: 7)), ("a", .exited(code: 8)), ("b", .exited(code: 0)),
        ] as [(String, Supervise.ExitStatus)] {
            world.pass(seconds: 1)
            world.exit(name, status)
        }
        #expect(world.cause?.code == 7)
        #expect(
            world.cause?.sentence
                == "no program runs or will run again (exit_when_done=true); c failed (exit status 7)")
    }

    @Test func listenersDontKeepIt() {
        let world = World([Self.job("a"), World.program("l", kind: .eventListener)], rules: Self.done)
        world.pass(seconds: 2)
        world.exit("l", .exited(code: 9))
        #expect(world.state("a") == .running && world.finished == nil)
        world.exit("a")
        #expect(world.finished == .shutdown && world.cause?.code == 0)
    }

    /// `ctl restart` is a stop followed by a start.
    @Test func aRequestIsGivenAMoment() {
        let world = World([World.program("web")], rules: Self.done)
        world.pass(seconds: 2)
        for request in [1, 3] as [RequestID] {
            world.ask(.stop(.named("web"), wait: true), as: request)
            world.pass(seconds: 1)
            #expect(world.state("web") == .stopped && world.finished == nil)
            world.ask(.start(.named("web"), wait: false), as: request + 1)
            world.pass(seconds: 5)
            #expect(world.state("web") == .running && world.finished == nil)
        }
        // `ctl update` removes a group before it adds it again.
        world.ask(.stop(.named("web"), wait: true), as: 5)
        world.ask(.removeGroup("web"), as: 6)
        world.pass(seconds: 1)
        world.ask(.addGroup("web"), as: 7)
        world.pass(seconds: 5)
        #expect(world.state("web") == .running)
        // A program that a person has stopped is done, and hasn't failed.
        world.ask(.stop(.named("web"), wait: true), as: 8)
        world.pass(seconds: EndRules.graceSeconds)
        #expect(world.finished == .shutdown && world.cause?.code == 0)
    }

    @Test func theMomentBeginsWhenTheProgramIsGone() {
        let world = World([World.program("web")], rules: Self.done)
        world.dieOnSignal = false
        world.pass(seconds: 2)
        world.ask(.stop(.named("web"), wait: true), as: 1)
        world.pass(seconds: 5)
        world.exit("web")
        world.pass(milliseconds: 1900)
        #expect(world.finished == nil)
        world.pass(milliseconds: 100)
        #expect(world.finished == .shutdown)
    }

    @Test func withoutTheKeyNothingHappens() {
        let world = World([Self.job("a")])
        world.pass(seconds: 1)
        world.exit("a", .exited(code: 3))
        world.pass(seconds: 60)
        #expect(world.finished == nil && world.supervisor.deadline(now: world.now.instant) == nil)
    }
}
