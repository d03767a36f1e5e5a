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

    static func after(
        delay: Int = 0, timeout: Int = 0, mode: ShutdownMode = .compat, sweeps: Bool = true, _ events: Event...
    ) -> Lifecycle {
        var machine = Lifecycle()
        machine.rules.delay = delay
        machine.rules.timeout = timeout
        machine.rules.mode = mode
        machine.sweepsOrphans = sweeps
        var actions: [Lifecycle.Action] = []
        for event in events { machine.handle(event, now: start, into: &actions) }
        return machine
    }

    static let states: [(name: String, state: Lifecycle)] = [
        ("running", after()),
        ("running, to be delayed", after(delay: 3)),
        ("delaying", after(delay: 3, .end(.shutdown(nil)))),
        ("stopping", after(.end(.shutdown(nil)), programs)),
        ("stopping for a restart", after(.end(restart), programs)),
        ("delivering", after(.end(.shutdown(nil)), listeners)),
        ("delivering before a restart", after(.end(restart), listeners)),
        ("sweeping", after(.end(.shutdown(nil)), .remaining(nil), .swept(.found([7], unreachable: [])))),
        ("sweeping alone", after(.end(.shutdown(nil)), .remaining(nil), .gatewayEnded)),
        ("awaiting the gateway", after(.end(.shutdown(nil)), .remaining(nil), .swept(.childless))),
        ("awaiting it for a restart", after(.end(restart), .remaining(nil))),
        ("stopping, the others late", after(timeout: 7, .end(.shutdown(nil)), programs)),
        ("stopping, all late", after(timeout: 6, .end(.shutdown(nil)), programs)),
        ("stopping, out of time", after(timeout: 5, .end(.shutdown(nil)), programs)),
        ("delivering, the others late", after(timeout: 7, .end(.shutdown(nil)), listeners)),
        ("stopping, told", after(mode: .dependencies, .terminate, programs)),
        ("delivering, told", after(mode: .parallel, .terminate, listeners)),
        (
            "sweeping, told",
            after(mode: .parallel, .terminate, .remaining(nil), .swept(.found([7], unreachable: [])))
        ),
        ("finished", after(.end(.shutdown(nil)), .remaining(nil), .swept(.childless), .gatewayEnded)),
        ("finished, to restart", after(.end(restart), .remaining(nil), .gatewayEnded)),
    ]

    static let events: [(name: String, event: Event)] = [
        ("end", .end(.shutdown(nil))), ("terminate", .terminate), ("restart", .end(restart)),
        ("the wave remains", programs),
        ("another wave", .remaining(Lifecycle.Wave(priority: 1, isListeners: false))),
        ("listeners remain", listeners), ("nothing remains", .remaining(nil)), ("delivered", .delivered),
        ("somebody is left", .swept(.found([7], unreachable: []))), ("nobody is left", .swept(.childless)),
        ("gatewayEnded", .gatewayEnded), ("tick", .tick),
    ]

    /// A new event must get rows.
    static func covers(_ event: Event) -> Bool {
        switch event {
        case .end, .terminate, .remaining, .delivered, .swept, .gatewayEnded, .tick: true
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
            case .stopEverybody: words.append("stop everybody")
            case .killEverybody: words.append("kill everybody")
            case .abandon: words.append("abandon")
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
        running                     | terminate        | stopping next to SHUTDOWN, announce
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
        running, to be delayed      | terminate        | delaying to SHUTDOWN, announce
        running, to be delayed      | restart          | stopping next to RESTARTING, announce
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
        delaying                    | terminate        | stopping next to SHUTDOWN
        delaying                    | restart          | stopping next to SHUTDOWN
        delaying                    | the wave remains | -
        delaying                    | another wave     | -
        delaying                    | listeners remain | -
        delaying                    | nothing remains  | sweeping orphans with the gateway to SHUTDOWN, leave, look
        delaying                    | delivered        | -
        delaying                    | somebody is left | -
        delaying                    | nobody is left   | -
        delaying                    | gatewayEnded     | -
        delaying                    | tick             | stopping next to SHUTDOWN
        stopping                    | end              | -
        stopping                    | terminate        | -
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
        stopping for a restart      | terminate        | stopping 5 to SHUTDOWN
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
        delivering                  | terminate        | -
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
        delivering before a restart | terminate        | delivering to SHUTDOWN
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
        sweeping                    | terminate        | -
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
        sweeping alone              | terminate        | -
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
        awaiting the gateway        | terminate        | -
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
        awaiting it for a restart   | terminate        | sweeping orphans with the gateway to SHUTDOWN, leave, look
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
        stopping, the others late   | end              | -
        stopping, the others late   | terminate        | -
        stopping, the others late   | restart          | -
        stopping, the others late   | the wave remains | report
        stopping, the others late   | another wave     | stopping 1 to SHUTDOWN, stop 1
        stopping, the others late   | listeners remain | delivering no more to SHUTDOWN, deliver, report
        stopping, the others late   | nothing remains  | sweeping orphans with the gateway to SHUTDOWN, leave, look
        stopping, the others late   | delivered        | -
        stopping, the others late   | somebody is left | -
        stopping, the others late   | nobody is left   | -
        stopping, the others late   | gatewayEnded     | -
        stopping, the others late   | tick             | stop everybody
        stopping, all late          | end              | -
        stopping, all late          | terminate        | -
        stopping, all late          | restart          | -
        stopping, all late          | the wave remains | report
        stopping, all late          | another wave     | stopping 1 to SHUTDOWN, stop 1
        stopping, all late          | listeners remain | delivering no more to SHUTDOWN, deliver, report
        stopping, all late          | nothing remains  | sweeping orphans with the gateway to SHUTDOWN, leave, look
        stopping, all late          | delivered        | -
        stopping, all late          | somebody is left | -
        stopping, all late          | nobody is left   | -
        stopping, all late          | gatewayEnded     | -
        stopping, all late          | tick             | kill everybody
        stopping, out of time       | end              | -
        stopping, out of time       | terminate        | -
        stopping, out of time       | restart          | -
        stopping, out of time       | the wave remains | report
        stopping, out of time       | another wave     | stopping 1 to SHUTDOWN, stop 1
        stopping, out of time       | listeners remain | delivering no more to SHUTDOWN, deliver, report
        stopping, out of time       | nothing remains  | sweeping orphans with the gateway to SHUTDOWN, leave, look
        stopping, out of time       | delivered        | -
        stopping, out of time       | somebody is left | -
        stopping, out of time       | nobody is left   | -
        stopping, out of time       | gatewayEnded     | -
        stopping, out of time       | tick             | sweeping orphans with the gateway to SHUTDOWN, abandon, leave, look
        delivering, the others late | end              | -
        delivering, the others late | terminate        | -
        delivering, the others late | restart          | -
        delivering, the others late | the wave remains | stopping 5 to SHUTDOWN, stop 5
        delivering, the others late | another wave     | stopping 1 to SHUTDOWN, stop 1
        delivering, the others late | listeners remain | stopping -1 to SHUTDOWN, stop -1
        delivering, the others late | nothing remains  | sweeping orphans with the gateway to SHUTDOWN, leave, look
        delivering, the others late | delivered        | delivering no more to SHUTDOWN
        delivering, the others late | somebody is left | -
        delivering, the others late | nobody is left   | -
        delivering, the others late | gatewayEnded     | -
        delivering, the others late | tick             | stopping next to SHUTDOWN, stop everybody
        stopping, told              | end              | -
        stopping, told              | terminate        | kill everybody
        stopping, told              | restart          | -
        stopping, told              | the wave remains | report
        stopping, told              | another wave     | stopping 1 to SHUTDOWN, stop 1
        stopping, told              | listeners remain | delivering to SHUTDOWN, deliver, report
        stopping, told              | nothing remains  | sweeping orphans with the gateway to SHUTDOWN, leave, look
        stopping, told              | delivered        | -
        stopping, told              | somebody is left | -
        stopping, told              | nobody is left   | -
        stopping, told              | gatewayEnded     | -
        stopping, told              | tick             | -
        delivering, told            | end              | -
        delivering, told            | terminate        | stopping next to SHUTDOWN, kill everybody
        delivering, told            | restart          | -
        delivering, told            | the wave remains | stopping 5 to SHUTDOWN, stop 5
        delivering, told            | another wave     | stopping 1 to SHUTDOWN, stop 1
        delivering, told            | listeners remain | stopping -1 to SHUTDOWN, stop -1
        delivering, told            | nothing remains  | sweeping orphans with the gateway to SHUTDOWN, leave, look
        delivering, told            | delivered        | delivering no more to SHUTDOWN
        delivering, told            | somebody is left | -
        delivering, told            | nobody is left   | -
        delivering, told            | gatewayEnded     | -
        delivering, told            | tick             | -
        sweeping, told              | end              | -
        sweeping, told              | terminate        | look
        sweeping, told              | restart          | -
        sweeping, told              | the wave remains | -
        sweeping, told              | another wave     | -
        sweeping, told              | listeners remain | -
        sweeping, told              | nothing remains  | -
        sweeping, told              | delivered        | -
        sweeping, told              | somebody is left | -
        sweeping, told              | nobody is left   | sweeping over with the gateway to SHUTDOWN
        sweeping, told              | gatewayEnded     | sweeping orphans to SHUTDOWN
        sweeping, told              | tick             | look
        finished                    | end              | -
        finished                    | terminate        | -
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
        finished, to restart        | terminate        | sweeping orphans with the gateway to SHUTDOWN, leave, look
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
}
