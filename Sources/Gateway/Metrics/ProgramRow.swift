import Kernel
import Supervise

/// What is known of one program when metrics are requested.
struct ProgramRow {
    let name: String
    let group: String
    let state: ProcessState
    /// 0: none.
    let pid: Int
    /// Seconds since 1970; 0: never.
    let started: Int
    let now: Int
    /// init's counters; nil for a program that has just been removed.
    let counted: Value?
    /// What /proc shows of it; nil if this process may not see it.
    var usage: ResourceUse?

    /// Of all its processes.
    struct ResourceUse: Equatable {
        var processes: Int
        var threads: Int
        /// Bytes. Shared pages count for each process.
        var resident: Int
        var ticks: Int
        /// nil if it is not visible for one of them.
        var descriptors: Int?
    }

    /// `{group="..",program=".."`, made once: every sample has it.
    let labels: [UInt8]

    /// Its uptime in seconds; nil if it doesn't run.
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

/// The resource usage of programs, from one look at /proc to the next.
struct UsageMeter {
    /// The last reported values: a counter never decreases, even if an unreaped child takes its time with it.
    private var told: [Int: (start: Int, ticks: Int)] = [:]
    private var telling: [Int: (start: Int, ticks: Int)] = [:]

    /// nil if it isn't visible.
    mutating func measure(_ pid: Int, below initPID: Int, in table: ProcessSnapshot) -> ProgramRow.ResourceUse? {
        let family = table.family(of: pid, below: initPID)
        guard let root = family.first else { return nil }
        var usage = ProgramRow.ResourceUse(processes: family.count, threads: 0, resident: 0, ticks: 0, descriptors: 0)
        for process in family {
            usage.threads &+= process.threads
            usage.resident &+= process.residentPages &* Machine.pageSize
            usage.ticks &+= process.ticks
            usage.descriptors = usage.descriptors.flatMap { sum in
                ProcessSnapshot.descriptors(of: process.pid).map { sum + $0 }
            }
        }
        if let last = told[pid], last.start == root.start { usage.ticks = max(usage.ticks, last.ticks) }
        telling[pid] = (root.start, usage.ticks)
        return usage
    }

    /// All running programs have been measured: forgets the others.
    mutating func finish() {
        told = telling
        telling = [:]
    }
}
