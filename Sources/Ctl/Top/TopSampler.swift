import Kernel
import Supervise

/// What programs and their children use, from /proc. Nothing is sampled unless somebody looks.
final class TopSampler {
    struct Usage {
        /// Thousandths of a processor since the last sample; nil the first time.
        var cpu: Int?
        /// Resident bytes. Pages that processes share count for each of them.
        var memory: Int
    }

    private struct Sampled {
        var pid: Int
        var ticks: Int
        var usage: Usage
        var history: [Int]
        var tree: [TopProgram.Branch]
        /// Of each process in `tree`.
        var parts: [(pid: Int, ticks: Int)] = []
    }

    private var samples: [Sampled] = []
    private var sampledAt: Int64 = 0
    /// Values of `history`.
    private static let mostHistory = 200
    private static let mostBranches = 51

    func usage(of pid: Int) -> Usage? { samples.first { $0.pid == pid }?.usage }
    func history(of pid: Int) -> [Int] { samples.first { $0.pid == pid }?.history ?? [] }
    /// What runs for a program: its own process, at depth 0, and what is below it. Empty unless `wantsTrees`.
    func tree(of pid: Int) -> [TopProgram.Branch] { samples.first { $0.pid == pid }?.tree ?? [] }

    /// - Parameter supervisor: nil: its processes aren't visible from here.
    func sample(_ infos: [Value], supervisor: Int?, wantsTrees: Bool) {
        guard supervisor != nil else {
            samples = []
            return
        }
        let families = ProcessFamilies()
        let now = SystemClock.boottime
        let passed = max(now - sampledAt, 1)
        sampledAt = now
        var next: [Sampled] = []
        for info in infos {
            guard let pid = info["pid"]?.int, pid != 0, let process = families[pid] else { continue }
            let before = samples.first { $0.pid == pid }
            var sampled = Sampled(pid: pid, ticks: 0, usage: Usage(memory: 0), history: before?.history ?? [], tree: [])
            for (one, depth) in families.family(of: process) {
                sampled.ticks += one.ticks
                let bytes = one.residentPages * Machine.pageSize
                sampled.usage.memory += bytes
                guard wantsTrees, sampled.tree.count < Self.mostBranches else { continue }
                let known = before?.parts.first { $0.pid == one.pid }?.ticks
                sampled.parts.append((one.pid, one.ticks))
                sampled.tree.append(
                    TopProgram.Branch(
                        depth: depth, pid: one.pid, command: one.commandLine.bytes,
                        cpu: known.map { Self.cpu(one.ticks - $0, passed) }, memory: bytes))
            }
            if let before {
                // Children that nobody has waited for take their ticks with them.
                let cpu = Self.cpu(sampled.ticks - before.ticks, passed)
                sampled.usage.cpu = cpu
                sampled.history.append(cpu)
                if sampled.history.count > Self.mostHistory { sampled.history.removeFirst() }
            }
            next.append(sampled)
        }
        samples = next
    }

    /// Thousandths of a processor. A tick is 10 ms.
    private static func cpu(_ ticks: Int, _ nanoseconds: Int64) -> Int {
        Int(Int64(max(ticks, 0)) * 10_000_000 * 1000 / nanoseconds)
    }
}

/// The machine, or the container: the first line of `top`.
struct TopSurroundings {
    /// Of init, if its processes are visible from here.
    let supervisor: Int?

    private static func words(_ path: String) -> [[UInt8]] {
        OutputText.words((try? File.contents(of: path, limit: 4096)) ?? [])
    }

    private static let most = 1 << 58

    private static func number(_ path: String) -> Int? {
        words(path).first.flatMap { Arguments.number($0, most: most) }
    }

    var host: [UInt8] { Machine.hostName.bytes }
    var load: [UInt8] { Self.words("/proc/loadavg").first ?? [] }

    /// Seconds.
    var uptime: Int? {
        guard let supervisor, let start = ProcessStat(of: supervisor)?.start else { return nil }
        return max(0, Int(SystemClock.boottime / 1_000_000_000) - start / 100)
    }

    /// `used/limit` of the container's cgroup; nil if there is none to be seen.
    var memory: String? {
        let v2 = Self.number("/sys/fs/cgroup/memory.current").map { ($0, Self.number("/sys/fs/cgroup/memory.max")) }
        let v1 = "/sys/fs/cgroup/memory/memory."
        let found = v2 ?? Self.number("\(v1)usage_in_bytes").map { ($0, Self.number("\(v1)limit_in_bytes")) }
        guard let (used, limit) = found else { return nil }
        // cgroup v1 writes a limit near 2^63 if there is none.
        guard let limit, limit < Self.most else { return Readable.bytes(used) }
        return "\(Readable.bytes(used))/\(Readable.bytes(limit))"
    }

    var processes: String? {
        guard let used = Self.number("/sys/fs/cgroup/pids.current") else { return nil }
        return Self.number("/sys/fs/cgroup/pids.max").map { "\(used)/\($0)" } ?? "\(used)"
    }
}
