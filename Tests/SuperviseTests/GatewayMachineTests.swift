import Testing

@testable import Supervise

@Suite struct GatewayMachineTests {
    typealias Event = GatewayMachine.Event
    typealias Action = GatewayMachine.Action

    /// A machine and a clock in milliseconds; log lines are kept separately, since they are prose.
    struct World {
        var machine = GatewayMachine()
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var said: [LogLevel] = []

        mutating func send(_ event: Event, after milliseconds: Int = 0) -> [Action] {
            now = now.advanced(milliseconds: milliseconds)
            var actions: [Action] = []
            machine.handle(event, now: now, into: &actions)
            return actions.filter {
                if case .log(let level, _) = $0 {
                    said.append(level)
                    return false
                }
                return true
            }
        }

        /// Milliseconds until the deadline; nil without one.
        var wait: Int? { machine.deadline.map { Int($0.since(now) / 1_000_000) } }

        mutating func start(pid: Int32, asks: Bool = true) {
            if machine.state == .closed { _ = send(.opened) }
            if let wait { _ = send(.tick, after: wait) }
            #expect(send(.connected) == [.unwatch, .spawn])
            #expect(send(.spawned(pid: pid)) == [])
            if asks { #expect(send(.asked) == []) }
            #expect(machine.pid == pid && machine.deadline == nil)
        }
    }

    typealias Status = Supervise.ExitStatus

    static let crash = Status.signalled(Signal(number: 11), core: true)
    static let killed = Status.signalled(.kill, core: false)

    struct End: Sendable {
        var asked: Bool
        /// Milliseconds.
        var lived: Int
        var status: Status
        /// Milliseconds until the sockets are watched again.
        var wait: Int
        var said: LogLevel
    }

    static let ends: [End] = [
        End(asked: true, lived: 60_000, status: .exited(code: 0), wait: 0, said: .debug),
        End(asked: true, lived: 60_000, status: .exited(code: 3), wait: 0, said: .warn),
        End(asked: true, lived: 1000, status: crash, wait: 0, said: .warn),
        End(asked: true, lived: 999, status: crash, wait: 1000, said: .error),
        End(asked: true, lived: 999, status: killed, wait: 0, said: .warn),
        End(asked: true, lived: 50, status: killed, wait: 150, said: .warn),
        End(asked: true, lived: 200, status: killed, wait: 0, said: .warn),
        End(asked: true, lived: 5, status: .exited(code: 0), wait: 1000, said: .error),
        End(asked: false, lived: 5, status: .exited(code: 1), wait: 1000, said: .error),
        End(asked: false, lived: 5000, status: .exited(code: 0), wait: 1000, said: .error),
        End(asked: false, lived: 5000, status: killed, wait: 1000, said: .error),
    ]

    @Test(arguments: ends) func whatAnEndMeans(_ end: End) {
        var world = World()
        world.start(pid: 7, asks: end.asked)
        #expect(world.send(.exited(pid: 8, end.status)) == [], "another's")
        let actions = world.send(.exited(pid: 7, end.status), after: end.lived)
        #expect(world.said == [end.said])
        #expect(world.machine.pid == 0)
        if end.wait == 0 {
            #expect(actions == [.watch] && world.machine.deadline == nil)
        } else {
            #expect(actions == [] && world.wait == end.wait)
            #expect(world.send(.connected) == [], "nobody looks at the sockets")
            #expect(world.send(.tick, after: end.wait - 1) == [])
            #expect(world.send(.tick, after: 1) == [.watch])
        }
        world.start(pid: 9)
    }

    @Test func failuresInARowAreEverRarerAndSaidOnce() {
        var world = World()
        for attempt in 1...12 {
            world.start(pid: 7, asks: false)
            #expect(world.send(.exited(pid: 7, Self.crash), after: 1) == [])
            #expect(world.wait == min(attempt, 10) * 1000)
        }
        #expect(world.said == [.error] + Array(repeating: .debug, count: 11))
        world.start(pid: 7)
        #expect(world.send(.exited(pid: 7, .exited(code: 0)), after: 1000) == [.watch])
        world.start(pid: 8, asks: false)
        _ = world.send(.exited(pid: 8, Self.crash))
        #expect(world.wait == 1000, "a good life forgives")
        #expect(world.said.suffix(2) == [.debug, .error])
    }

    @Test func oneThatCannotBeStarted() {
        var world = World()
        #expect(world.send(.opened) == [.watch])
        #expect(world.send(.connected) == [.unwatch, .spawn])
        #expect(world.send(.connected) == [], "one at a time")
        #expect(world.send(.spawnFailed(reason: "no memory")) == [])
        #expect(world.wait == 1000)
        #expect(world.send(.tick, after: 1000) == [.watch])
        #expect(world.send(.watchFailed(reason: "can't be watched")) == [.unwatch])
        #expect(world.wait == 2000)
    }

    @Test func theEndIsAskedForThenForced() {
        var world = World()
        world.start(pid: 7)
        #expect(world.send(.end, after: 5000) == [.signal(pid: 7, .terminate)])
        #expect(world.send(.end) == [])
        #expect(world.wait == 2000)
        #expect(world.send(.tick, after: 1999) == [])
        #expect(world.send(.tick, after: 1) == [.signal(pid: 7, .kill)])
        #expect(world.send(.tick, after: 1000) == [.signal(pid: 7, .kill)])
        #expect(world.send(.exited(pid: 7, Self.killed)) == [])
        #expect(world.machine.state == .closed && world.machine.deadline == nil)
        #expect(world.send(.connected) == [] && world.send(.tick) == [])
        #expect(world.send(.opened) == [.watch], "sockets of another configuration")
    }

    @Test func theEndWithoutAProcess() {
        var world = World()
        #expect(world.send(.end) == [])
        #expect(world.send(.opened) == [.watch])
        #expect(world.send(.end) == [.unwatch])
        #expect(world.machine.state == .closed)
        world.start(pid: 7, asks: false)
        _ = world.send(.exited(pid: 7, Self.crash))
        #expect(world.send(.end) == [] && world.machine.state == .closed)
    }

    @Test func oneThatHangsUpIsReplaced() {
        var world = World()
        world.start(pid: 7)
        #expect(world.send(.disconnected, after: 5000) == [.signal(pid: 7, .terminate)])
        #expect(world.send(.disconnected) == [])
        #expect(world.send(.tick, after: 2000) == [.signal(pid: 7, .kill)])
        #expect(world.send(.exited(pid: 7, Self.killed)) == [.watch])
        world.start(pid: 8)
        #expect(world.send(.disconnected, after: 5000) == [.signal(pid: 8, .terminate)])
        #expect(world.send(.end) == [])
        #expect(world.send(.exited(pid: 8, .exited(code: 0))) == [])
        #expect(world.machine.state == .closed)
    }
}
