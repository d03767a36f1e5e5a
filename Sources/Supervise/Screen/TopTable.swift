/// The table of `ctl top`: which columns fit, and how a program fills them.
public struct TopTable: Sendable {
    public enum Column: UInt8, CaseIterable, Sendable {
        case state, name, ready, pid, up, restarts, cpu, memory, last

        public var title: StaticString {
            switch self {
            case .state: "STATE"
            case .name: "NAME"
            case .ready: "READY"
            case .pid: "PID"
            case .up: "UP"
            case .restarts: "RST"
            case .cpu: "CPU%"
            case .memory: "MEM"
            case .last: "LAST"
            }
        }

        /// Columns of the terminal; nil: those that are left.
        var width: Int? {
            switch self {
            case .state: 10
            case .ready: 5
            case .pid: 7
            case .up: 7
            case .restarts: 4
            case .cpu: 6
            case .memory: 6
            case .name, .last: nil
            }
        }

        var isNumber: Bool {
            switch self {
            case .pid, .up, .restarts, .cpu, .memory: true
            case .state, .name, .ready, .last: false
            }
        }

        /// The terminal has to be wider than this.
        var least: Int {
            switch self {
            case .state, .name: 0
            case .up: 30
            case .ready, .pid: 40
            case .restarts, .cpu, .memory: 60
            case .last: 78
            }
        }
    }

    /// The widest column for names.
    private static let widestName = 40
    private static let narrowestName = 8
    /// Columns that a last line needs to say anything.
    private static let leastLast = 10

    public let columns: [Column]
    private let nameWidth: Int
    private let lastWidth: Int
    private let isUTF8: Bool

    /// - Parameters:
    ///   - longest: columns of the longest name.
    ///   - width: of the terminal.
    public init(longest: Int, width: Int, isUTF8: Bool) {
        self.isUTF8 = isUTF8
        // A mark, and the state's sign within its column.
        var columns = Column.allCases.filter { width > $0.least }
        let fixed = 1 + columns.reduce(0) { $0 + ($1.width.map { $0 + 1 } ?? 0) }
        let room = max(width - fixed, 1)
        var name = min(max(longest, Self.narrowestName), Self.widestName)
        var last = 0
        if columns.contains(.last) {
            name = min(name, max(room - 2 - Self.leastLast, Self.narrowestName))
            last = room - name - 2
            if last < Self.leastLast { columns.removeLast() }
        }
        if !columns.contains(.last) { name = max(room - 1, 1) }
        (self.columns, nameWidth, lastWidth) = (columns, name, last)
    }

    private func width(of column: Column) -> Int {
        switch column {
        case .name: nameWidth
        case .last: lastWidth
        case .state, .ready, .pid, .up, .restarts, .cpu, .memory: column.width ?? 0
        }
    }

    public func header(sortedBy order: TopOrder, showsGraph: Bool) -> ScreenLine {
        var line = ScreenLine()
        line.add(" ")
        for column in columns {
            var title = "\(column.title)"
            if column == .last, showsGraph { title = "CPU" }
            if column == order.column { title += isUTF8 ? "▾" : "v" }
            line.column(title.bytes, width(of: column), .bold, isRight: column.isNumber)
        }
        return line
    }

    public func line(_ program: TopProgram, isMarked: Bool, showsGraph: Bool) -> ScreenLine {
        var line = ScreenLine()
        line.add(isMarked ? "+" : " ", .bold)
        for column in columns {
            let (text, look) = cell(column, program, showsGraph)
            line.column(text, width(of: column), look, isRight: column.isNumber)
        }
        return line
    }

    private func cell(_ column: Column, _ program: TopProgram, _ showsGraph: Bool) -> ([UInt8], Look) {
        switch column {
        case .state: return (program.sign(isUTF8: isUTF8) + [ASCII.space] + program.word, program.look)
        case .name: return (program.name, .plain)
        case .ready:
            switch program.readiness {
            case .yes: return ("yes".bytes, .plain)
            case .no: return ("no".bytes, .yellow)
            case .unknown: return ("-".bytes, .grey)
            }
        case .pid: return (program.pid == 0 ? "-".bytes : "\(program.pid)".bytes, .plain)
        case .up: return (program.uptime.map { Readable.seconds($0).bytes } ?? "-".bytes, .plain)
        case .restarts: return ("\(program.restarts)".bytes, program.isUnstable ? .red : .plain)
        case .cpu: return (program.cpu.map { Readable.percent($0).bytes } ?? "-".bytes, .plain)
        case .memory: return (program.memory.map { Readable.bytes($0).bytes } ?? "-".bytes, .plain)
        case .last:
            if showsGraph { return (graph(program.history), .plain) }
            return (LogText.plain(program.last), program.isAlarming ? .red : .grey)
        }
    }

    /// A process below a program.
    public func line(_ branch: TopProgram.Branch) -> ScreenLine {
        var line = ScreenLine()
        let indent = [UInt8](repeating: ASCII.space, count: min(2 * branch.depth, 20) + 3)
        line.add(indent + (isUTF8 ? "└ ".bytes : "` ".bytes) + "\(branch.pid) ".bytes, .grey)
        line.add(branch.command + "  \(Readable.bytes(branch.memory))".bytes, .grey)
        return line
    }

    /// The last values, the newest at the right, in eighths of the highest.
    private func graph(_ values: [Int]) -> [UInt8] {
        let signs = isUTF8 ? ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] : ["_", ".", ":", "-", "=", "+", "*", "#"]
        let shown = values.suffix(lastWidth)
        let highest = max(shown.max() ?? 0, 10)
        var bytes: [UInt8] = []
        for value in shown { bytes += signs[min(max(value, 0) * 7 / highest, 7)].bytes }
        return bytes
    }
}

/// By what programs are sorted.
public enum TopOrder: UInt8, CaseIterable, Sendable {
    case name, state, cpu, memory, restarts, uptime

    public var word: StaticString {
        switch self {
        case .name: "name"
        case .state: "state"
        case .cpu: "cpu"
        case .memory: "mem"
        case .restarts: "restarts"
        case .uptime: "up"
        }
    }

    /// With Shift.
    var key: UInt8 {
        switch self {
        case .name: UInt8(ascii: "N")
        case .state: UInt8(ascii: "T")
        case .cpu: UInt8(ascii: "C")
        case .memory: UInt8(ascii: "M")
        case .restarts: UInt8(ascii: "E")
        case .uptime: UInt8(ascii: "U")
        }
    }

    var column: TopTable.Column {
        switch self {
        case .name: .name
        case .state: .state
        case .cpu: .cpu
        case .memory: .memory
        case .restarts: .restarts
        case .uptime: .up
        }
    }

    var next: TopOrder { TopOrder(rawValue: rawValue + 1) ?? .name }

    /// Names from a to z, everything else with what needs attention first; equal ones by name.
    public func sorted(_ programs: [TopProgram]) -> [TopProgram] {
        programs.sorted { first, second in
            let (a, b) = (rank(first), rank(second))
            return a != b ? a > b : NaturalOrder.precedes(first.name, second.name)
        }
    }

    private func rank(_ program: TopProgram) -> Int {
        switch self {
        case .name: 0
        case .state: urgency(program)
        case .cpu: program.cpu ?? -1
        case .memory: program.memory ?? -1
        case .restarts: program.restarts
        case .uptime: program.uptime ?? -1
        }
    }

    private func urgency(_ program: TopProgram) -> Int {
        switch program.state?.mood {
        case .ill, nil: 4
        case .failing: 3
        case .moving: 2
        case .well: program.readiness == .no ? 3 : 1
        case .resting: 0
        }
    }
}
