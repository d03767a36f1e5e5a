import Testing

@testable import Supervise

/// Every cell of the machines that only keep a list: users of a socket, and password guesses.
@Suite struct SmallMachineTableTests {
    static let one = ProcessID(slot: 1, generation: 0)
    static let two = ProcessID(slot: 2, generation: 0)

    enum Use {
        case begin(ProcessID)
        case end([ProcessID])
    }

    static func use(_ users: ProcessID...) -> SocketUse {
        var use = SocketUse()
        for user in users { use.begin(user) }
        return use
    }

    @Test func socketUse() {
        MachineTable(
            """
            unused      | begin one     | used
            unused      | begin two     | used
            unused      | end of nobody | -
            unused      | end of one    | -
            unused      | end of both   | -
            used by one | begin one     | -
            used by one | begin two     | used
            used by one | end of nobody | -
            used by one | end of one    | close, unused
            used by one | end of both   | close, unused
            used by two | begin one     | -
            used by two | begin two     | -
            used by two | end of nobody | -
            used by two | end of one    | used
            used by two | end of both   | close, unused
            """
        ).check(
            states: [
                ("unused", Self.use()), ("used by one", Self.use(Self.one)),
                ("used by two", Self.use(Self.one, Self.two)),
            ],
            events: [
                ("begin one", Use.begin(Self.one)), ("begin two", .begin(Self.two)), ("end of nobody", .end([])),
                ("end of one", .end([Self.one])), ("end of both", .end([Self.one, Self.two])),
            ]
        ) { use, event in
            var use = use
            let before = use
            var words: [String] = []
            switch event {
            case .begin(let user): use.begin(user)
            case .end(let over): if use.end(where: { over.contains($0) }) { words.append("close") }
            }
            if use != before { words.append(use.isUnused ? "unused" : "used") }
            return summary(words)
        }
    }

    enum Guess {
        case failed(UInt32)
        case succeeded(UInt32)
        case ask(UInt32)
    }

    static let now = Instant(nanoseconds: 1_000_000_000_000)

    static func throttle(_ failures: Int, since: Int = 0) -> PasswordThrottle {
        var throttle = PasswordThrottle()
        for _ in 0..<failures { _ = throttle.failed(1, now: now + -since) }
        return throttle
    }

    @Test func passwordThrottle() {
        MachineTable(
            """
            unknown         | failed            | first
            unknown         | another failed    | first
            unknown         | succeeded         | -
            unknown         | another succeeded | -
            unknown         | ask               | -
            unknown         | another asks      | -
            mistyped        | failed            | 251 ms
            mistyped        | another failed    | first
            mistyped        | succeeded         | -
            mistyped        | another succeeded | -
            mistyped        | ask               | -
            mistyped        | another asks      | -
            braked          | failed            | 501 ms
            braked          | another failed    | first
            braked          | succeeded         | -
            braked          | another succeeded | -
            braked          | ask               | 251 ms
            braked          | another asks      | -
            braked for long | failed            | 4001 ms
            braked for long | another failed    | first
            braked for long | succeeded         | -
            braked for long | another succeeded | -
            braked for long | ask               | 4001 ms
            braked for long | another asks      | -
            waited          | failed            | 4001 ms
            waited          | another failed    | first
            waited          | succeeded         | -
            waited          | another succeeded | -
            waited          | ask               | -
            waited          | another asks      | -
            forgotten       | failed            | first
            forgotten       | another failed    | first
            forgotten       | succeeded         | -
            forgotten       | another succeeded | -
            forgotten       | ask               | -
            forgotten       | another asks      | -
            """
        ).check(
            states: [
                ("unknown", Self.throttle(0)), ("mistyped", Self.throttle(3)), ("braked", Self.throttle(4)),
                ("braked for long", Self.throttle(50)), ("waited", Self.throttle(50, since: 5)),
                ("forgotten", Self.throttle(50, since: PasswordThrottle.memory + 1)),
            ],
            events: [
                ("failed", Guess.failed(1)), ("another failed", .failed(2)), ("succeeded", .succeeded(1)),
                ("another succeeded", .succeeded(2)), ("ask", .ask(1)), ("another asks", .ask(2)),
            ]
        ) { throttle, event in
            var throttle = throttle
            var words: [String] = []
            var user: UInt32 = 1
            switch event {
            case .failed(let who):
                user = who
                if throttle.failed(who, now: Self.now) { words.append("first") }
            case .succeeded(let who):
                user = who
                throttle.succeeded(who)
            case .ask(let who): user = who
            }
            let delay = throttle.delay(of: user, now: Self.now)
            if delay > 0 { words.append("\(delay) ms") }
            return summary(words)
        }
    }
}
