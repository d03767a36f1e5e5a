import Testing

@testable import Supervise

/// Every cell of the listener protocol.
@Suite struct ListenerMachineTableTests {
    enum Event {
        case sent
        case heard(String)
    }

    static func after(_ events: Event...) -> ListenerMachine {
        var machine = ListenerMachine()
        for event in events { _ = apply(event, &machine) }
        return machine
    }

    static let states: [(name: String, state: ListenerMachine)] = [
        ("acknowledged", ListenerMachine()),
        ("acknowledged, half a word", after(.heard("REA"))),
        ("ready", after(.heard("READY\n"))),
        ("busy", after(.heard("READY\n"), .sent)),
        ("busy, half a line", after(.heard("READY\n"), .sent, .heard("RESULT "))),
        ("busy, half a result", after(.heard("READY\n"), .sent, .heard("RESULT 2\nO"))),
        ("unknown", after(.heard("nonsense"))),
    ]

    static let events: [(name: String, event: Event)] = [
        ("sent", .sent), ("nothing", .heard("")), ("READY", .heard("READY\n")), ("DY", .heard("DY\n")),
        ("RESULT OK", .heard("RESULT 2\nOK")), ("RESULT FAIL", .heard("RESULT 4\nFAIL")), ("2", .heard("2\n")),
        ("K", .heard("K")), ("nonsense", .heard("nonsense\n")),
    ]

    /// The machine consumes all output, so the last state counts.
    static func apply(_ event: Event, _ machine: inout ListenerMachine) -> [String] {
        var words: [String] = []
        switch event {
        case .sent:
            let before = machine.state
            machine.sent()
            if machine.state != before { words.append("\(machine.state.name)") }
        case .heard(let text):
            var bytes = Array(text.utf8)[...]
            while let outcome = machine.hear(&bytes) {
                switch outcome {
                case .changed(_, let to): words.append("\(to.name)")
                case .processed: words.append("processed")
                case .rejected: words.append("rejected")
                case .badResult: words.append("badResult")
                }
            }
            #expect(bytes.isEmpty)
        }
        return words
    }

    static func outcome(_ machine: ListenerMachine, _ event: Event) -> String {
        var machine = machine
        let before = machine
        let words = apply(event, &machine)
        return words.isEmpty && machine != before ? "heard" : summary(words)
    }

    @Test func everyCell() {
        MachineTable(Self.table).check(states: Self.states, events: Self.events, outcome: Self.outcome)
    }

    static let table = """
        acknowledged              | sent        | -
        acknowledged              | nothing     | -
        acknowledged              | READY       | READY
        acknowledged              | DY          | heard
        acknowledged              | RESULT OK   | UNKNOWN
        acknowledged              | RESULT FAIL | UNKNOWN
        acknowledged              | 2           | heard
        acknowledged              | K           | heard
        acknowledged              | nonsense    | UNKNOWN
        acknowledged, half a word | sent        | -
        acknowledged, half a word | nothing     | -
        acknowledged, half a word | READY       | UNKNOWN
        acknowledged, half a word | DY          | READY
        acknowledged, half a word | RESULT OK   | UNKNOWN
        acknowledged, half a word | RESULT FAIL | UNKNOWN
        acknowledged, half a word | 2           | heard
        acknowledged, half a word | K           | heard
        acknowledged, half a word | nonsense    | UNKNOWN
        ready                     | sent        | BUSY
        ready                     | nothing     | -
        ready                     | READY       | UNKNOWN
        ready                     | DY          | UNKNOWN
        ready                     | RESULT OK   | UNKNOWN
        ready                     | RESULT FAIL | UNKNOWN
        ready                     | 2           | UNKNOWN
        ready                     | K           | UNKNOWN
        ready                     | nonsense    | UNKNOWN
        busy                      | sent        | -
        busy                      | nothing     | -
        busy                      | READY       | badResult
        busy                      | DY          | badResult
        busy                      | RESULT OK   | processed
        busy                      | RESULT FAIL | rejected
        busy                      | 2           | badResult
        busy                      | K           | heard
        busy                      | nonsense    | badResult
        busy, half a line         | sent        | -
        busy, half a line         | nothing     | -
        busy, half a line         | READY       | badResult
        busy, half a line         | DY          | badResult
        busy, half a line         | RESULT OK   | badResult
        busy, half a line         | RESULT FAIL | badResult
        busy, half a line         | 2           | heard
        busy, half a line         | K           | heard
        busy, half a line         | nonsense    | badResult
        busy, half a result       | sent        | -
        busy, half a result       | nothing     | -
        busy, half a result       | READY       | rejected
        busy, half a result       | DY          | rejected
        busy, half a result       | RESULT OK   | rejected, UNKNOWN
        busy, half a result       | RESULT FAIL | rejected, UNKNOWN
        busy, half a result       | 2           | rejected
        busy, half a result       | K           | processed
        busy, half a result       | nonsense    | rejected, UNKNOWN
        unknown                   | sent        | -
        unknown                   | nothing     | -
        unknown                   | READY       | -
        unknown                   | DY          | -
        unknown                   | RESULT OK   | -
        unknown                   | RESULT FAIL | -
        unknown                   | 2           | -
        unknown                   | K           | -
        unknown                   | nonsense    | -
        """
}
