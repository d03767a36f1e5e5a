import Supervise

/// What is known of one program when metrics are asked for.
struct ProgramRow {
    let name: String
    let group: String
    let state: ProcessState
    /// 0: none.
    let pid: Int
    /// Seconds since 1970; 0: never.
    let started: Int
    let now: Int
    /// What init has counted; nil for a program that has come between the two questions.
    let counted: Value?
    /// What /proc shows of it; nil where it may not be seen.
    let usage: Usage?

    /// Of all of its processes.
    struct Usage: Equatable {
        var processes: Int
        var threads: Int
        /// Bytes. Pages that processes share count for each.
        var resident: Int
        var ticks: Int
        /// nil when that may not be seen of one of them.
        var descriptors: Int?
    }

    var labels: [Exposition.Label] { [("group", group), ("program", name)] }

    /// Seconds that it has been running; nil when it isn't.
    var uptime: Int? { pid > 0 ? max(now - started, 0) : nil }

    func count(_ name: String) -> Int? { counted?[name]?.int }

    /// - Parameters:
    ///   - info: of getAllProcessInfo.
    ///   - counted: of `reeve.metrics`, by group and name.
    init(_ info: Value, counted: [String: Value], usage: (_ pid: Int) -> Usage?) {
        name = info["name"]?.text ?? ""
        group = info["group"]?.text ?? ""
        state = ProcessState(rawValue: info["state"]?.int ?? -1) ?? .unknown
        pid = info["pid"]?.int ?? 0
        started = info["start"]?.int ?? 0
        now = info["now"]?.int ?? 0
        self.counted = counted[Self.key(group, name)]
        self.usage = pid > 0 ? usage(pid) : nil
    }

    static func key(_ group: String, _ name: String) -> String { "\(group):\(name)" }
}

/// What programs use, from one look at /proc to the next.
struct UsageMeter {
    /// What was told last of each: a counter never goes back, though a child that nobody waits for takes its time along.
    private var told: [Int: (start: Int, ticks: Int)] = [:]

    /// - Parameter pids: of all programs that run: the others are forgotten.
    mutating func measure(_ pids: [Int], below initPID: Int, in table: ProcessTable) -> [Int: ProgramRow.Usage] {
        var usages: [Int: ProgramRow.Usage] = [:]
        var telling: [Int: (start: Int, ticks: Int)] = [:]
        for pid in pids {
            let family = table.family(of: pid, below: initPID)
            guard let root = family.first else { continue }
            var usage = ProgramRow.Usage(processes: family.count, threads: 0, resident: 0, ticks: 0, descriptors: 0)
            for process in family {
                usage.threads &+= process.threads
                usage.resident &+= process.resident
                usage.ticks &+= process.ticks
                usage.descriptors = usage.descriptors.flatMap { sum in
                    ProcessTable.descriptors(of: process.pid).map { sum + $0 }
                }
            }
            if let last = told[pid], last.start == root.start { usage.ticks = max(usage.ticks, last.ticks) }
            telling[pid] = (root.start, usage.ticks)
            usages[pid] = usage
        }
        told = telling
        return usages
    }
}
