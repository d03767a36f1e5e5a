import Kernel
import Supervise

// tree: what runs below each program. init knows only its own children; ctl reads the rest from /proc.

extension ProcessStat {
    /// Arguments separated by spaces, on one line, without anything that moves a terminal's cursor.
    var commandLine: OutputText {
        var bytes = (try? File.contents(of: "/proc/\(pid)/cmdline", limit: 4096)) ?? []
        while bytes.last == 0 { bytes.removeLast() }
        if bytes.isEmpty { return "[\(name.map(Self.visible))]" }
        return OutputText(bytes.map(Self.visible))
    }

    private static func visible(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0, 9, 10, 13: UInt8(ascii: " ")
        case 1..<32, 127: UInt8(ascii: "?")
        default: byte
        }
    }
}

/// Every visible process, by parent.
struct ProcessFamilies {
    private var entries: [ProcessStat] = []
    /// Positions in `entries`, ascending by parent, then by pid.
    private var order: [Int] = []

    init() {
        for name in Directory.names(in: "/proc") {
            guard let pid = Arguments.number(name.utf8), let entry = ProcessStat(of: pid) else { continue }
            entries.append(entry)
        }
        let all = entries
        order = Order.sorted(all.map { Order.Rank($0.parent << 32 | $0.pid) })
    }

    subscript(pid: Int) -> ProcessStat? { entries.first { $0.pid == pid } }

    func children(of parent: Int) -> [ProcessStat] {
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[order[middle]].parent < parent { low = middle + 1 } else { high = middle }
        }
        return order[low...].prefix { entries[$0].parent == parent }.map { entries[$0] }
    }

    /// A process at depth 0 and what runs below it, each parent before its children.
    func family(of process: ProcessStat) -> [(process: ProcessStat, depth: Int)] {
        var family: [(process: ProcessStat, depth: Int)] = []
        var waiting = [(process: process, depth: 0)]
        while let (one, depth) = waiting.popLast() {
            family.append((one, depth))
            // Entries are read one by one while the processes live, and may be inconsistent: even a cycle ends.
            guard depth < Self.deepest else { continue }
            for child in children(of: one.pid).reversed() { waiting.append((child, depth + 1)) }
        }
        return family
    }

    private static let deepest = 64
}

/// What the environment says of the user's terminal.
enum UserLocale {
    static var isUTF8: Bool {
        let environment = CStringArray.ofProcess()
        var locale: [UInt8] = []
        for name in ["LC_ALL", "LC_CTYPE", "LANG"] where locale.isEmpty { locale = environment.value(of: name) ?? [] }
        let plain = locale.filter { $0 != UInt8(ascii: "-") }.map { $0 | 0x20 }
        return plain.count >= 4 && plain.indices.contains { plain[$0...].starts(with: "utf8".utf8) }
    }
}

@Sendable func tree(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard try session.isUp() else { return }
    guard let supervisor = try session.call("supervisor.getPID").int else { throw CtlError.unreadable }
    let chosen = try session.processes(words) { sentence, word in
        session.suggestProgram(for: word)
        session.output(sentence)
        session.exitStatus = ExitCode.generic
    }
    let isHere = try session.supervisorPID() == Int32(clamping: supervisor)
    let table = isHere ? ProcessFamilies() : nil
    let root = table?[supervisor].map { "\($0.pid) \($0.commandLine)" as OutputText }
    var lines: [(depth: Int, text: OutputText)] = [(0, root ?? "\(supervisor) init")]
    func add(_ process: ProcessStat) {
        for (one, depth) in table?.family(of: process) ?? [] {
            lines.append((depth + 2, "\(one.pid) \([one.state]) \(one.commandLine)"))
        }
    }
    var hidden = 0
    var known: [Int] = []
    for info in chosen {
        let pid = try info.int("pid")
        let process = pid == 0 ? nil : table?[pid]
        if pid != 0 { known.append(pid) }
        if pid != 0, process == nil { hidden += 1 }
        let state = OutputText(try info.bytes("statename"))
        let shown = session.paint(state, Paint.colour(of: ProcessState(rawValue: try info.int("state"))))
        let number: OutputText = pid != 0 && process == nil ? " (pid \(pid))" : ""
        lines.append((1, "\(try info.processName) \(shown)\(number)"))
        if let process { add(process) }
    }
    if chosen.count > 0, words.isEmpty || words.sayAll, let table {
        let orphans = table.children(of: supervisor).filter { !known.contains($0.pid) }
        if !orphans.isEmpty { lines.append((1, "(orphans)")) }
        for orphan in orphans { add(orphan) }
    }
    let prefixes = TreeBranches(isUTF8: UserLocale.isUTF8).prefixes(lines.map { $0.depth })
    for (prefix, line) in zip(prefixes, lines) { session.output("\(prefix)\(line.text)") }
    guard !isHere || hidden > 0 else { return }
    session.note(
        isHere
            ? "ctl: /proc does not show \(hidden) of these programs' processes (hidepid=, another user's, or just ended)"
            : "ctl: init is in another PID namespace: run ctl tree inside its container to see the processes")
}
