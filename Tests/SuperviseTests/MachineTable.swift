import Testing

/// A state x event table as text, with one line per cell: `state | event | result`.
///
/// The test sends every event to every state. It fails for a cell without a line, and for a line without a cell.
struct MachineTable {
    /// The result of an event without effect.
    static let nothing = "-"

    private var rows: [String: String] = [:]
    private var order: [String] = []

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "|", omittingEmptySubsequences: false).map { Self.trimmed($0) }
            #expect(parts.count == 3, "\(line)")
            guard parts.count == 3 else { continue }
            let cell = "\(parts[0]) | \(parts[1])"
            #expect(rows[cell] == nil, "\(cell) stands twice")
            rows[cell] = parts[2]
            order.append(cell)
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        let end = text.lastIndex { $0 != " " }
        return end.map { String(text[...$0].drop { $0 == " " }) } ?? ""
    }

    func check<State, Event>(
        states: [(name: String, state: State)], events: [(name: String, event: Event)],
        outcome: (State, Event) -> String
    ) {
        var cells: [String] = []
        var wrong: [String] = []
        for (stateName, state) in states {
            for (eventName, event) in events {
                let cell = "\(stateName) | \(eventName)"
                cells.append(cell)
                let actual = outcome(state, event)
                if rows[cell] != actual { wrong.append("\(cell) | \(actual)") }
            }
        }
        #expect(wrong.isEmpty, "these cells are otherwise:\n\(wrong.joined(separator: "\n"))")
        #expect(order.filter { !cells.contains($0) } == [], "lines without a cell")
    }
}

/// What a machine did, as one line of a table.
func summary(_ words: [String]) -> String {
    words.isEmpty ? MachineTable.nothing : words.joined(separator: ", ")
}
