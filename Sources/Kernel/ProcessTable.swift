import CLinux

/// The processes of this PID namespace, according to /proc.
public struct ProcessTable {
    /// The pids of all visible processes that are alive, in ascending order.
    public private(set) var pids: [Int32] = []
    /// The parent of each; 0: the process came into the namespace from outside.
    public private(set) var parents: [Int32] = []

    /// Reads /proc; nil if it isn't mounted, or belongs to another namespace, where pids mean other processes.
    ///
    /// - Parameter limit: names in /proc beyond this number are ignored.
    public init?(limit: Int = 65_536) {
        guard let own = File.linkTarget("/proc/self"), Int32(own) == SystemProcess.id else { return nil }
        var buffer = [UInt8](repeating: 0, count: 512)
        for name in Directory.names(in: "/proc", limit: limit) {
            guard let pid = Int32(name), let parent = Self.parent(of: pid, &buffer) else { continue }
            pids.append(pid)
            parents.append(parent)
        }
    }

    /// The name of the executable, truncated by the kernel, without characters that would break a line; empty if the
    /// process is gone.
    public static func name(of pid: Int32) -> String {
        var bytes = (try? File.contents(of: "/proc/\(pid)/comm", limit: 64)) ?? []
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        for index in bytes.indices where bytes[index] < 0x20 || bytes[index] == 0x7F {
            bytes[index] = UInt8(ascii: "?")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// nil for a process that is dead or gone.
    private static func parent(of pid: Int32, _ buffer: inout [UInt8]) -> Int32? {
        guard let file = try? Descriptor.open("/proc/\(pid)/stat", O_RDONLY) else { return nil }
        let number = file.number
        let count = buffer.withUnsafeMutableBytes { (try? File.read(number, into: $0)) ?? 0 }
        guard let stat = ProcessStat(buffer[..<count]), !stat.isDead else { return nil }
        return Int32(truncatingIfNeeded: stat.parent)
    }
}
