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
}

/// The characters of the branches.
private struct Branches {
    let fork: OutputText
    let last: OutputText
    let past: OutputText
    let blank: OutputText = "    "

    /// Line-drawing characters if the locale is UTF-8, else ASCII.
    init() {
        (fork, last, past) = UserLocale.isUTF8 ? ("├── ", "└── ", "│   ") : ("|-- ", "`-- ", "|   ")
    }
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
    var branches: [(title: OutputText, processes: [ProcessStat])] = []
    var hidden = 0
    var known: [Int] = []
    for info in chosen {
        let pid = try info.int("pid")
        var process: ProcessStat?
        if pid != 0 {
            process = table?[pid]
            if process == nil { hidden += 1 }
            known.append(pid)
        }
        let state = OutputText(try info.bytes("statename"))
        let shown = session.paint(state, Paint.colour(of: ProcessState(rawValue: try info.int("state"))))
        let number: OutputText = pid != 0 && process == nil ? " (pid \(pid))" : ""
        branches.append(("\(try info.processName) \(shown)\(number)", process.map { [$0] } ?? []))
    }
    if chosen.count > 0, words.isEmpty || words.sayAll, let table {
        let orphans = table.children(of: supervisor).filter { !known.contains($0.pid) }
        if !orphans.isEmpty { branches.append(("(orphans)", orphans)) }
    }
    let root = table?[supervisor].map { "\($0.pid) \($0.commandLine)" as OutputText }
    session.output(root ?? "\(supervisor) init")
    session.draw(branches, table)
    guard !isHere || hidden > 0 else { return }
    session.note(
        isHere
            ? "ctl: /proc does not show \(hidden) of these programs' processes (hidepid=, another user's, or just ended)"
            : "ctl: init is in another PID namespace: run ctl tree inside its container to see the processes")
}

extension Session {
    fileprivate func draw(_ branches: [(title: OutputText, processes: [ProcessStat])], _ table: ProcessFamilies?) {
        let drawn = Branches()
        for (index, branch) in branches.enumerated() {
            let isLast = index == branches.count - 1
            output("\(isLast ? drawn.last : drawn.fork)\(branch.title)")
            guard let table else { continue }
            draw(branch.processes, table, drawn, behind: isLast ? drawn.blank : drawn.past, depth: 0)
        }
    }

    private func draw(
        _ processes: [ProcessStat], _ table: ProcessFamilies, _ drawn: Branches, behind: OutputText, depth: Int
    ) {
        // Entries are read one by one while the processes live, and may be inconsistent: even a cycle ends.
        guard depth < 100 else { return }
        for (index, process) in processes.enumerated() {
            let isLast = index == processes.count - 1
            let state: OutputText = "\([process.state])"
            output("\(behind)\(isLast ? drawn.last : drawn.fork)\(process.pid) \(state) \(process.commandLine)")
            draw(
                table.children(of: process.pid), table, drawn, behind: "\(behind)\(isLast ? drawn.blank : drawn.past)",
                depth: depth + 1)
        }
    }
}
