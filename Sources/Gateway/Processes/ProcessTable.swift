import Kernel
import Supervise

/// The processes that are visible in /proc, at one moment. If /proc hides the processes of other users (`hidepid=`),
/// there are few.
struct ProcessTable {
    struct Entry: Equatable {
        let pid: Int
        let parent: Int
        let group: Int
        /// The state letter of `ps`: R running, S sleeping, D in the kernel, T stopped, Z dead but not reaped.
        let state: UInt8
        /// The file that it runs, shortened by the kernel to 15 bytes.
        let name: String
        /// CPU time in hundredths of a second, including that of reaped children.
        let ticks: Int
        let threads: Int
        /// Hundredths of a second since boot: together with the pid it identifies a process.
        let start: Int
        /// Bytes.
        let resident: Int

        /// - Parameter stat: `/proc/PID/stat`; the name is in parentheses and may contain parentheses. See proc(5).
        init?(_ stat: [UInt8]) {
            guard let open = stat.firstIndex(of: UInt8(ascii: "(")), let close = stat.lastIndex(of: UInt8(ascii: ")")),
                open < close
            else { return nil }
            let fields = stat[(close + 1)...].split(separator: UInt8(ascii: " "))
            // The first of them is the third in the manual.
            func field(_ number: Int) -> Int {
                fields.count > number - 3 ? Int(String(decoding: fields[number - 3], as: UTF8.self)) ?? 0 : 0
            }
            let digits = stat[..<open].prefix { $0 != UInt8(ascii: " ") }
            guard let pid = Int(String(decoding: digits, as: UTF8.self)), let state = fields.first?.first else {
                return nil
            }
            self.pid = pid
            self.state = state
            name = String(decoding: stat[(open + 1)..<close], as: UTF8.self)
            parent = field(4)
            group = field(5)
            ticks = field(14) &+ field(15) &+ field(16) &+ field(17)
            threads = field(20)
            start = field(22)
            resident = field(24) &* Machine.pageSize
        }
    }

    /// The most processes to read: each costs up to three system calls, and other work waits meanwhile.
    private static let most = 20_000
    /// Hundredths: the kernel's unit of time on every architecture that init supports.
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

    /// The current processes; none if /proc belongs to another PID namespace.
    static var pids: [String] {
        guard File.linkTarget("/proc/self") == "\(Process.id)" else { return [] }
        return Directory.names(in: "/proc", limit: most).filter { name in
            name.utf8.first.map { 0x30...0x39 ~= $0 } ?? false
        }
    }

    /// Reads those of `pids` that exist: a few at a time, since each takes three system calls.
    mutating func read(_ pids: some Sequence<String>) {
        for pid in pids {
            if let stat = try? File.contents(of: "/proc/\(pid)/stat", limit: 4096), let entry = Entry(stat) {
                add(entry)
            }
        }
    }

    subscript(pid: Int) -> Entry? { entries[pid] }

    /// Ascending by pid.
    func children(of pid: Int) -> [Entry] { (childrenOf[pid] ?? []).sorted().compactMap { entries[$0] } }

    /// A child of init and its descendants, including those that init has adopted and that are in its process group.
    /// Empty if it isn't visible.
    func family(of pid: Int, below initPID: Int) -> [Entry] {
        guard let root = entries[pid], root.parent == initPID else { return [] }
        let members = (membersOf[pid] ?? []).sorted().compactMap { entries[$0] }
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
