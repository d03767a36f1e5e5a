import Kernel
import Supervise

/// The processes that can be seen in /proc, at one moment. Read by whoever runs this process, so where /proc hides the
/// processes of others (`hidepid=`) there are few.
struct ProcessTable {
    typealias Entry = ProcessStat

    /// Processes that are looked at, at most: each costs a system call or three, and others wait meanwhile.
    private static let most = 20_000
    /// Hundredths: what the kernel tells times in, on every architecture that there is init for.
    static let ticksPerSecond = 100

    private var entries: [Int: Entry] = [:]
    private var childrenOf: [Int: [Int]] = [:]
    private var membersOf: [Int: [Int]] = [:]

    init(_ entries: [Entry] = []) {
        for entry in entries { add(entry) }
    }

    private mutating func add(_ entry: Entry) {
        guard entries.updateValue(entry, forKey: entry.pid) == nil else { return }
        childrenOf[entry.parent, default: []].append(entry.pid)
        membersOf[entry.group, default: []].append(entry.pid)
    }

    /// The processes that there are now; none where /proc is that of another PID namespace.
    static var pids: [String] {
        guard File.linkTarget("/proc/self") == "\(Process.id)" else { return [] }
        return Directory.names(in: "/proc", limit: most).filter { name in
            name.utf8.first.map { 0x30...0x39 ~= $0 } ?? false
        }
    }

    /// Reads what there is of some of `pids`: a few at a time, since each takes three system calls.
    mutating func read(_ pids: some Sequence<String>) {
        for pid in pids {
            if let entry = Int(pid).flatMap({ ProcessStat(of: $0) }) { add(entry) }
        }
    }

    subscript(pid: Int) -> Entry? { entries[pid] }

    /// Ascending by pid.
    func children(of pid: Int) -> [Entry] { (childrenOf[pid] ?? []).sorted().compactMap { entries[$0] } }

    /// A process of init's and everything below it; also what it has left to init in its process group. Empty when it can't be
    /// seen.
    func family(of pid: Int, below initPID: Int) -> [Entry] {
        guard let root = entries[pid], root.parent == initPID else { return [] }
        let members = (membersOf[pid] ?? []).sorted().compactMap { entries[$0] }
        var found = [root] + members.filter { $0.parent == initPID && $0.pid != pid }
        // Read one by one while they lived, entries may contradict each other: even a circle ends.
        var seen = Set(found.map(\.pid))
        var index = 0
        while index < found.count {
            for child in children(of: found[index].pid) where seen.insert(child.pid).inserted { found.append(child) }
            index += 1
        }
        return found
    }

    /// Open descriptors; nil when that may not be seen.
    static func descriptors(of pid: Int) -> Int? {
        let path = "/proc/\(pid)/fd"
        let count = Directory.names(in: path, limit: 1 << 20).count
        return count > 0 || Directory.isReadable(path) ? count : nil
    }
}
