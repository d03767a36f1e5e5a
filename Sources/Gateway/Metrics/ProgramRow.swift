import Kernel
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
    /// What init has counted; nil for a program that has just gone.
    let counted: Value?
    /// What /proc shows of it; nil where it may not be seen.
    var usage: Usage?

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

    /// `{group="..",program=".."`, made once: it stands in every sample.
    let labels: [UInt8]

    /// Seconds that it has been running; nil when it isn't.
    var uptime: Int? { pid > 0 ? max(now - started, 0) : nil }

    func count(_ name: String) -> Int? { counted?[name]?.int }

    /// - Parameters:
    ///   - row: of `reeve.metrics`.
    ///   - now: seconds since 1970, as init has them.
    init(_ row: Value, now: Int) {
        name = row["name"]?.text ?? ""
        group = row["group"]?.text ?? ""
        state = ProcessState(rawValue: row["state"]?.int ?? -1) ?? .unknown
        pid = row["pid"]?.int ?? 0
        started = row["start"]?.int ?? 0
        self.now = now
        counted = row["starts"] == nil ? nil : row
        labels = Exposition.opened([("group", group), ("program", name)])
    }
}

/// What programs use, from one look at /proc to the next.
struct UsageMeter {
    /// What was told last of each: a counter never goes back, though a child that nobody waits for takes its time along.
    private var told: [Int: (start: Int, ticks: Int)] = [:]
    private var telling: [Int: (start: Int, ticks: Int)] = [:]

    /// nil when it can't be seen.
    mutating func measure(_ pid: Int, below initPID: Int, in table: ProcessTable) -> ProgramRow.Usage? {
        let family = table.family(of: pid, below: initPID)
        guard let root = family.first else { return nil }
        var usage = ProgramRow.Usage(processes: family.count, threads: 0, resident: 0, ticks: 0, descriptors: 0)
        for process in family {
            usage.threads &+= process.threads
            usage.resident &+= process.residentPages &* Machine.pageSize
            usage.ticks &+= process.ticks
            usage.descriptors = usage.descriptors.flatMap { sum in
                ProcessTable.descriptors(of: process.pid).map { sum + $0 }
            }
        }
        if let last = told[pid], last.start == root.start { usage.ticks = max(usage.ticks, last.ticks) }
        telling[pid] = (root.start, usage.ticks)
        return usage
    }

    /// All that run have been measured: the others are forgotten.
    mutating func finish() {
        told = telling
        telling = [:]
    }
}
