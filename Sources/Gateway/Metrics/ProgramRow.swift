import Kernel
import Supervise

/// What is known of one program when metrics are requested. A class: each of its many metrics looks at it, and a structure
/// would be copied for each.
final class ProgramRow {
    let state: ProcessState
    /// 0: none.
    let pid: Int
    /// Seconds since 1970; 0: never.
    let started: Int
    let now: Int
    /// nil for a program that has just been removed.
    let counted: Counters?
    /// What /proc shows of it; nil if this process may not see it.
    var usage: ResourceUse?

    /// What init says of it. Read once: looking members up by name takes longer than writing them.
    struct Counters {
        let isWaiting: Bool?
        let isReady: Bool?
        /// nil without a health check.
        let isHealthy: Bool?
        let starts: Int
        let restarts: Int
        let stdoutBytes: Int
        let stderrBytes: Int
        let stdinBytes: Int
        /// By exit code, or by the negative number of a signal.
        let exits: [(status: Int, count: Int)]

        init?(_ row: Value) {
            guard let starts = row["starts"]?.int else { return nil }
            self.starts = starts
            isWaiting = row["waiting"]?.bool
            isReady = row["ready"]?.bool
            isHealthy = row["health"]?.text.map { $0 == "healthy" }
            restarts = row["restarts"]?.int ?? 0
            stdoutBytes = row["stdout_bytes"]?.int ?? 0
            stderrBytes = row["stderr_bytes"]?.int ?? 0
            stdinBytes = row["stdin_bytes"]?.int ?? 0
            exits = (row["exits"]?.array ?? []).map { ($0["status"]?.int ?? 0, $0["count"]?.int ?? 0) }
        }
    }

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

    /// - Parameters:
    ///   - row: of `reeve.metrics`.
    ///   - now: seconds since 1970, as init has them.
    init(_ row: Value, now: Int) {
        state = ProcessState(rawValue: row["state"]?.int ?? -1) ?? .unknown
        pid = row["pid"]?.int ?? 0
        started = row["start"]?.int ?? 0
        self.now = now
        counted = Counters(row)
        labels = Exposition.opened([("group", row["group"]?.text ?? ""), ("program", row["name"]?.text ?? "")])
    }
}

/// The resource usage of programs, from one look at /proc to the next.
struct UsageMeter {
    /// The last reported values: a counter never decreases, even if an unreaped child takes its time with it.
    private var told: [Int: (start: Int, ticks: Int)] = [:]
    private var telling: [Int: (start: Int, ticks: Int)] = [:]
    /// Under Landlock this process sees no descriptors of programs: asking for thousands in vain would take long.
    let seesDescriptors: Bool

    init(countsDescriptors: Bool = true) { seesDescriptors = countsDescriptors && !Landlock.isAvailable }

    /// nil if it isn't visible.
    mutating func measure(_ pid: Int, below initPID: Int, in table: ProcessSnapshot) -> ProgramRow.ResourceUse? {
        let family = table.family(of: pid, below: initPID)
        guard let root = family.first else { return nil }
        var usage = ProgramRow.ResourceUse(
            processes: family.count, threads: 0, resident: 0, ticks: 0, descriptors: seesDescriptors ? 0 : nil)
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
