import Kernel
import Supervise

/// The processes that are visible in /proc, at one moment. If /proc hides the processes of other users (`hidepid=`),
/// there are few.
struct ProcessSnapshot {
    typealias ProcessEntry = ProcessStat

    /// The most processes to read.
    private static let most = 20_000
    /// Hundredths: the kernel's unit of time on every architecture that init supports.
    static let ticksPerSecond = 100

    private var entries: [Int: ProcessEntry] = [:]
    private var childrenOf: [Int: [Int]] = [:]
    private var membersOf: [Int: [Int]] = [:]

    init(_ entries: [ProcessEntry] = []) {
        for entry in entries { add(entry) }
    }

    /// What /proc shows now: three system calls for each process.
    static func now() -> ProcessSnapshot {
        let names = pids
        var snapshot = ProcessSnapshot()
        snapshot.entries.reserveCapacity(names.count)
        snapshot.membersOf.reserveCapacity(names.count)
        for pid in names {
            if let entry = Int(pid).flatMap({ ProcessStat(of: $0) }) { snapshot.add(entry) }
        }
        return snapshot
    }

    private mutating func add(_ entry: ProcessEntry) {
        guard entries.updateValue(entry, forKey: entry.pid) == nil else { return }
        childrenOf[entry.parent, default: []].append(entry.pid)
        membersOf[entry.group, default: []].append(entry.pid)
    }

    /// None if /proc belongs to another PID namespace.
    private static var pids: [String] {
        guard File.linkTarget("/proc/self") == "\(SystemProcess.id)" else { return [] }
        return Directory.names(in: "/proc", limit: most).filter { name in
            name.utf8.first.map { 0x30...0x39 ~= $0 } ?? false
        }
    }

    subscript(pid: Int) -> ProcessEntry? { entries[pid] }

    /// Ascending by pid.
    func children(of pid: Int) -> [ProcessEntry] { (childrenOf[pid] ?? []).sorted().compactMap { entries[$0] } }

    /// A child of init and its descendants, including those that init has adopted and that are in its process group.
    /// Empty if it isn't visible.
    func family(of pid: Int, below initPID: Int) -> [ProcessEntry] {
        guard let root = entries[pid], root.parent == initPID else { return [] }
        // Most programs are a single process.
        let group = membersOf[pid] ?? []
        if childrenOf[pid] == nil, group.allSatisfy({ $0 == pid }) { return [root] }
        let members = group.sorted().compactMap { entries[$0] }
        var found = [root] + members.filter { $0.parent == initPID && $0.pid != pid }
        // Entries were read one by one while the processes lived, and may be inconsistent: even a cycle ends.
        var seen = Set(found.map(\.pid))
        var index = 0
        while index < found.count {
            for child in children(of: found[index].pid) where seen.insert(child.pid).inserted { found.append(child) }
            index += 1
        }
        return found
    }

    /// Open descriptors; nil if this process may not see them.
    static func descriptors(of pid: Int) -> Int? {
        let path = "/proc/\(pid)/fd"
        let count = Directory.names(in: path, limit: 1 << 20).count
        return count > 0 || Directory.isReadable(path) ? count : nil
    }
}
