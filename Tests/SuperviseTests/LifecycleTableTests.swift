import Testing

@testable import Supervise

/// Every cell of the supervisor's lifecycle.
@Suite struct LifecycleTableTests {
    typealias Event = Lifecycle.Event

    static let start = Instant(nanoseconds: 1_000_000_000_000)
    /// A time after all deadlines of the lifecycle, and before those of the sweep.
    static let later = start + 5
    static let restart = Ending.restart(Configuration())
    static let programs = Event.remaining(Lifecycle.Wave(priority: 5, isListeners: false))
    static let listeners = Event.remaining(Lifecycle.Wave(priority: -1, isListeners: true))

    static func after(delay: Int = 0, sweeps: Bool = true, _ events: Event...) -> Lifecycle {
        var machine = Lifecycle()
        machine.delaySeconds = delay
        machine.sweepsOrphans = sweeps
        var actions: [Lifecycle.Action] = []
        for event in events { machine.handle(event, now: start, into: &actions) }
        return machine
    }

    static let states: [(name: String, state: Lifecycle)] = [
        ("running", after()),
        ("running, to be delayed", after(delay: 3)),
        ("delaying", after(delay: 3, .end(.shutdown(nil)))),
        ("delaying a restart", after(delay: 3, .end(restart))),
        ("stopping", after(.end(.shutdown(nil)), programs)),
        ("stopping for a restart", after(.end(restart), programs)),
        ("delivering", after(.end(.shutdown(nil)), listeners)),
        ("delivering before a restart", after(.end(restart), listeners)),
        ("sweeping", after(.end(.shutdown(nil)), .remaining(nil), .swept(.found([7], unreachable: [])))),
        ("sweeping alone", after(.end(.shutdown(nil)), .remaining(nil), .gatewayEnded)),
        ("awaiting the gateway", after(.end(.shutdown(nil)), .remaining(nil), .swept(.childless))),
        ("awaiting it for a restart", after(.end(restart), .remaining(nil))),
        ("finished", after(.end(.shutdown(nil)), .remaining(nil), .swept(.childless), .gatewayEnded)),
        ("finished, to restart", after(.end(restart), .remaining(nil), .gatewayEnded)),
    ]

    static let events: [(name: String, event: Event)] = [
        ("end", .end(.shutdown(nil))), ("restart", .end(restart)), ("the wave remains", programs),
        ("another wave", .remaining(Lifecycle.Wave(priority: 1, isListeners: false))),
        ("listeners remain", listeners), ("nothing remains", .remaining(nil)), ("delivered", .delivered),
        ("somebody is left", .swept(.found([7], unreachable: []))), ("nobody is left", .swept(.childless)),
        ("gatewayEnded", .gatewayEnded), ("tick", .tick),
    ]

    /// A new event must get rows.
    static func covers(_ event: Event) -> Bool {
        switch event {
        case .end, .remaining, .delivered, .swept, .gatewayEnded, .tick: true
        }
    }

    static func name(_ machine: Lifecycle) -> String {
        let ending = machine.ending.map { " to \($0.state.name)" } ?? ""
        switch machine.state {
        case .running: return "running"
        case .delaying: return "delaying\(ending)"
        case .stopping(_, let wave): return "stopping \(wave.map { "\($0)" } ?? "next")\(ending)"
        case .delivering(_, let until): return "delivering\(until == later ? " no more" : "")\(ending)"
        case .sweeping(_, let orphans, let awaitsGateway):
            let who = orphans.map { $0.isOver ? "over" : "orphans" } ?? "none"
            return "sweeping \(who)\(awaitsGateway ? " with the gateway" : "")\(ending)"
        case .finished: return "finished\(ending)"
        }
    }

    static func outcome(_ machine: Lifecycle, _ event: Event) -> String {
        var machine = machine
        let before = name(machine)
        var actions: [Lifecycle.Action] = []
        machine.handle(event, now: later, into: &actions)
        var words = name(machine) == before ? [] : [name(machine)]
        for action in actions {
            switch action {
            case .announce: words.append("announce")
            case .stop(let priority): words.append("stop \(priority)")
            case .report: words.append("report")
            case .deliver: words.append("deliver")
            case .leave: words.append("leave")
            case .sweep(let action):
                switch action {
                case .look: words.append("look")
                case .end(let pids, let signal): words.append("\(signal.name) to \(pids)")
                case .endEverybody, .leave: words.append("sweep")
                }
            case .finished: words.append("finish")
            }
        }
        return summary(words)
    }

    @Test func everyCell() {
        #expect(Self.events.allSatisfy { Self.covers($0.event) })
        MachineTable(Self.table).check(states: Self.states, events: Self.events, outcome: Self.outcome)
    }

    static let table = """
        running                     | end              | stopping next to SHUTDOWN, announce
        running                     | restart          | stopping next to RESTARTING, announce
        running                     | the wave remains | -
        running                     | another wave     | -
        running                     | listeners remain | -
        running                     | nothing remains  | -
        running                     | delivered        | -
        running                     | somebody is left | -
        running                     | nobody is left   | -
        running                     | gatewayEnded     | -
        running                     | tick             | -
        running, to be delayed      | end              | delaying to SHUTDOWN, announce
        running, to be delayed      | restart          | delaying to RESTARTING, announce
        running, to be delayed      | the wave remains | -
        running, to be delayed      | another wave     | -
        running, to be delayed      | listeners remain | -
        running, to be delayed      | nothing remains  | -
        running, to be delayed      | delivered        | -
        running, to be delayed      | somebody is left | -
        running, to be delayed      | nobody is left   | -
        running, to be delayed      | gatewayEnded     | -
        running, to be delayed      | tick             | -
        delaying                    | end              | stopping next to SHUTDOWN
        delaying                    | restart          | stopping next to SHUTDOWN
        delaying                    | the wave remains | -
        delaying                    | another wave     | -
        delaying                    | listeners remain | -
        delaying                    | nothing remains  | -
        delaying                    | delivered        | -
        delaying                    | somebody is left | -
        delaying                    | nobody is left   | -
        delaying                    | gatewayEnded     | -
        delaying                    | tick             | stopping next to SHUTDOWN
        delaying a restart          | end              | stopping next to SHUTDOWN
        delaying a restart          | restart          | stopping next to RESTARTING
        delaying a restart          | the wave remains | -
        delaying a restart          | another wave     | -
        delaying a restart          | listeners remain | -
        delaying a restart          | nothing remains  | -
        delaying a restart          | delivered        | -
        delaying a restart          | somebody is left | -
        delaying a restart          | nobody is left   | -
        delaying a restart          | gatewayEnded     | -
        delaying a restart          | tick             | stopping next to RESTARTING
        stopping                    | end              | -
        stopping                    | restart          | -
        stopping                    | the wave remains | report
        stopping                    | another wave     | stopping 1 to SHUTDOWN, stop 1
        stopping                    | listeners remain | delivering to SHUTDOWN, deliver, report
        stopping                    | nothing remains  | sweeping orphans with the gateway to SHUTDOWN, leave, look
        stopping                    | delivered        | -
        stopping                    | somebody is left | -
        stopping                    | nobody is left   | -
        stopping                    | gatewayEnded     | -
        stopping                    | tick             | -
        stopping for a restart      | end              | stopping 5 to SHUTDOWN
        stopping for a restart      | restart          | -
        stopping for a restart      | the wave remains | report
        stopping for a restart      | another wave     | stopping 1 to RESTARTING, stop 1
        stopping for a restart      | listeners remain | delivering to RESTARTING, deliver, report
        stopping for a restart      | nothing remains  | sweeping none with the gateway to RESTARTING, leave
        stopping for a restart      | delivered        | -
        stopping for a restart      | somebody is left | -
        stopping for a restart      | nobody is left   | -
        stopping for a restart      | gatewayEnded     | -
        stopping for a restart      | tick             | -
        delivering                  | end              | -
        delivering                  | restart          | -
        delivering                  | the wave remains | stopping 5 to SHUTDOWN, stop 5
        delivering                  | another wave     | stopping 1 to SHUTDOWN, stop 1
        delivering                  | listeners remain | stopping -1 to SHUTDOWN, stop -1
        delivering                  | nothing remains  | sweeping orphans with the gateway to SHUTDOWN, leave, look
        delivering                  | delivered        | delivering no more to SHUTDOWN
        delivering                  | somebody is left | -
        delivering                  | nobody is left   | -
        delivering                  | gatewayEnded     | -
        delivering                  | tick             | -
        delivering before a restart | end              | delivering to SHUTDOWN
        delivering before a restart | restart          | -
        delivering before a restart | the wave remains | stopping 5 to RESTARTING, stop 5
        delivering before a restart | another wave     | stopping 1 to RESTARTING, stop 1
        delivering before a restart | listeners remain | stopping -1 to RESTARTING, stop -1
        delivering before a restart | nothing remains  | sweeping none with the gateway to RESTARTING, leave
        delivering before a restart | delivered        | delivering no more to RESTARTING
        delivering before a restart | somebody is left | -
        delivering before a restart | nobody is left   | -
        delivering before a restart | gatewayEnded     | -
        delivering before a restart | tick             | -
        sweeping                    | end              | -
        sweeping                    | restart          | -
        sweeping                    | the wave remains | -
        sweeping                    | another wave     | -
        sweeping                    | listeners remain | -
        sweeping                    | nothing remains  | -
        sweeping                    | delivered        | -
        sweeping                    | somebody is left | -
        sweeping                    | nobody is left   | sweeping over with the gateway to SHUTDOWN
        sweeping                    | gatewayEnded     | sweeping orphans to SHUTDOWN
        sweeping                    | tick             | look
        sweeping alone              | end              | -
        sweeping alone              | restart          | -
        sweeping alone              | the wave remains | -
        sweeping alone              | another wave     | -
        sweeping alone              | listeners remain | -
        sweeping alone              | nothing remains  | -
        sweeping alone              | delivered        | -
        sweeping alone              | somebody is left | SIGTERM to [7]
        sweeping alone              | nobody is left   | finished to SHUTDOWN, finish
        sweeping alone              | gatewayEnded     | -
        sweeping alone              | tick             | look
        awaiting the gateway        | end              | -
        awaiting the gateway        | restart          | -
        awaiting the gateway        | the wave remains | -
        awaiting the gateway        | another wave     | -
        awaiting the gateway        | listeners remain | -
        awaiting the gateway        | nothing remains  | -
        awaiting the gateway        | delivered        | -
        awaiting the gateway        | somebody is left | -
        awaiting the gateway        | nobody is left   | -
        awaiting the gateway        | gatewayEnded     | finished to SHUTDOWN, finish
        awaiting the gateway        | tick             | -
        awaiting it for a restart   | end              | sweeping orphans with the gateway to SHUTDOWN, leave, look
        awaiting it for a restart   | restart          | -
        awaiting it for a restart   | the wave remains | -
        awaiting it for a restart   | another wave     | -
        awaiting it for a restart   | listeners remain | -
        awaiting it for a restart   | nothing remains  | -
        awaiting it for a restart   | delivered        | -
        awaiting it for a restart   | somebody is left | -
        awaiting it for a restart   | nobody is left   | -
        awaiting it for a restart   | gatewayEnded     | finished to RESTARTING, finish
        awaiting it for a restart   | tick             | -
        finished                    | end              | -
        finished                    | restart          | -
        finished                    | the wave remains | -
        finished                    | another wave     | -
        finished                    | listeners remain | -
        finished                    | nothing remains  | -
        finished                    | delivered        | -
        finished                    | somebody is left | -
        finished                    | nobody is left   | -
        finished                    | gatewayEnded     | -
        finished                    | tick             | -
        finished, to restart        | end              | sweeping orphans with the gateway to SHUTDOWN, leave, look
        finished, to restart        | restart          | -
        finished, to restart        | the wave remains | -
        finished, to restart        | another wave     | -
        finished, to restart        | listeners remain | -
        finished, to restart        | nothing remains  | -
        finished, to restart        | delivered        | -
        finished, to restart        | somebody is left | -
        finished, to restart        | nobody is left   | -
        finished, to restart        | gatewayEnded     | -
        finished, to restart        | tick             | -
        """

    @Test func deadlines() {
        func wait(_ machine: Lifecycle) -> Int? { machine.deadline.map { Int($0.since(Self.start) / 1_000_000_000) } }
        #expect(wait(Self.after()) == nil)
        #expect(wait(Self.after(delay: 3, .end(.shutdown(nil)))) == 3)
        // The report is due at once, and then every three seconds.
        #expect(wait(Self.after(.end(.shutdown(nil)))) == 0)
        #expect(wait(Self.after(.end(.shutdown(nil)), Self.programs, Self.programs)) == Lifecycle.reportSeconds)
        #expect(wait(Self.after(.end(.shutdown(nil)), Self.listeners)) == Lifecycle.deliverSeconds)
        #expect(wait(Self.after(.end(.shutdown(nil)), .remaining(nil), .swept(.childless))) == nil)
        #expect(wait(Self.after(.end(.shutdown(nil)), .remaining(nil), .swept(.found([7], unreachable: [])))) == 0)
        #expect(wait(Self.after(.end(Self.restart), .remaining(nil), .gatewayEnded)) == nil)
    }

    /// During the delay, programs continue to run, but none is started; a second request ends the delay.
    @Test(arguments: [false, true]) func delay(isHurried: Bool) {
        let world = World([World.program("web"), World.program("job", [.startsecs: .int(0)])])
        world.pass(seconds: 2)
        world.supervisor.lifecycle.delaySeconds = 5
        world.tell(.end(.shutdown(nil)))
        #expect(world.signals == [] && world.supervisor.state == .shutdown)
        world.exit("job", .exited(code: 1))
        world.pass(seconds: 3)
        #expect(world.state("web") == .running && world.state("job") == .exited)
        if isHurried { world.tell(.end(.shutdown(nil))) } else { world.pass(seconds: 2) }
        #expect(world.signals == ["SIGTERM web"] && world.finished == .shutdown)
    }

    /// After a shutdown request during a restart that waits for the gateway, nothing starts again.
    @Test func aShutdownOverridesARestart() {
        let world = World([World.program("web")])
        world.gatewayLeaves = false
        world.pass(seconds: 2)
        world.tell(.end(.restart(Configuration())))
        #expect(world.supervisor.state == .restarting && world.finished == nil)
        world.tell(.end(.shutdown(nil)))
        world.tell(.gatewayEnded)
        #expect(world.finished == .shutdown)
    }

    @Test func upCounts() {
        var up = UpCounts()
        #expect(up.highest == nil)
        for (difference, priority, highest) in [(1, 5, 5), (1, 9, 9), (1, 9, 9), (-1, 9, 9), (-1, 9, 5), (-1, 5, nil)]
            as [(Int, Int, Int?)]
        {
            up.change(difference, at: priority)
            #expect(up.highest == highest)
        }
        #expect(up == UpCounts(), "nothing is kept")
    }
}
