import Testing

@testable import Supervise

/// Every cell of the sweep.
@Suite struct OrphanSweepTableTests {
    typealias Event = OrphanSweep.Event

    static let start = Instant(nanoseconds: 1_000_000_000_000)
    /// The time at which processes that don't end are killed.
    static let kill = start + OrphanSweep.graceSeconds

    static func after(_ events: (Event, Instant)...) -> OrphanSweep {
        var machine = OrphanSweep()
        var actions: [OrphanSweep.Action] = []
        for (event, now) in events { machine.handle(event, now: now, into: &actions) }
        return machine
    }

    static let states: [(name: String, state: OrphanSweep)] = [
        ("idle", OrphanSweep()),
        ("telling", after((.began(since: start), start), (.found([5], unreachable: []), start))),
        (
            "telling the hidden",
            after((.began(since: start), start), (.hidden(isInit: true), start))
        ),
        (
            "killing",
            after((.began(since: start), start), (.found([5], unreachable: []), start), (.tick, kill))
        ),
        ("over", after((.childless, start))),
    ]

    static let events: [(name: String, event: Event)] = [
        ("began", .began(since: start)), ("found somebody", .found([5, 6], unreachable: [])),
        ("found nobody", .found([], unreachable: [])), ("found the unreachable", .found([], unreachable: [7])),
        ("hidden from init", .hidden(isInit: true)), ("hidden", .hidden(isInit: false)), ("childless", .childless),
        ("hurry", .hurry), ("tick", .tick),
    ]

    /// A new event must get rows.
    static func covers(_ event: Event) -> Bool {
        switch event {
        case .began, .found, .hidden, .childless, .hurry, .tick: true
        }
    }

    static func name(_ state: OrphanSweep.State) -> String {
        switch state {
        case .idle: "idle"
        case .telling: "telling"
        case .killing: "killing"
        case .over: "over"
        }
    }

    static func outcome(_ machine: OrphanSweep, _ event: Event) -> String {
        var machine = machine
        let before = machine.state
        var actions: [OrphanSweep.Action] = []
        // A time after every deadline.
        machine.handle(event, now: kill + 60, into: &actions)
        var words = machine.state == before ? [] : [name(machine.state)]
        for action in actions {
            switch action {
            case .look: words.append("look")
            case .end(let pids, let signal): words.append("\(signal.name) to \(pids)")
            case .endEverybody(let signal): words.append("\(signal.name) to everybody")
            case .leave(let pids): words.append("leave \(pids)")
            }
        }
        return summary(words)
    }

    @Test func everyCell() {
        #expect(Self.events.allSatisfy { Self.covers($0.event) })
        MachineTable(Self.table).check(states: Self.states, events: Self.events, outcome: Self.outcome)
    }

    static let table = """
        idle               | began                 | telling, look
        idle               | found somebody        | -
        idle               | found nobody          | -
        idle               | found the unreachable | -
        idle               | hidden from init      | -
        idle               | hidden                | -
        idle               | childless             | over
        idle               | hurry                 | -
        idle               | tick                  | -
        telling            | began                 | -
        telling            | found somebody        | SIGTERM to [6]
        telling            | found nobody          | -
        telling            | found the unreachable | over, leave [7]
        telling            | hidden from init      | SIGTERM to everybody
        telling            | hidden                | over, leave []
        telling            | childless             | over
        telling            | hurry                 | killing, look
        telling            | tick                  | killing, look
        telling the hidden | began                 | -
        telling the hidden | found somebody        | SIGTERM to [5, 6]
        telling the hidden | found nobody          | -
        telling the hidden | found the unreachable | over, leave [7]
        telling the hidden | hidden from init      | SIGTERM to everybody
        telling the hidden | hidden                | over, leave []
        telling the hidden | childless             | over
        telling the hidden | hurry                 | killing, SIGKILL to everybody
        telling the hidden | tick                  | killing, SIGKILL to everybody
        killing            | began                 | -
        killing            | found somebody        | SIGKILL to [5, 6]
        killing            | found nobody          | -
        killing            | found the unreachable | over, leave [7]
        killing            | hidden from init      | SIGKILL to everybody
        killing            | hidden                | over, leave []
        killing            | childless             | over
        killing            | hurry                 | -
        killing            | tick                  | over, leave [5]
        over               | began                 | -
        over               | found somebody        | -
        over               | found nobody          | -
        over               | found the unreachable | -
        over               | hidden from init      | -
        over               | hidden                | -
        over               | childless             | -
        over               | hurry                 | -
        over               | tick                  | -
        """
}
