import CLinux

/// The fields of `/proc/PID/stat`, which proc(5) describes.
public struct ProcessStat: Equatable, Sendable {
    public let pid: Int
    public let parent: Int
    public let group: Int
    /// The state as `ps` shows it: R running, S sleeping, D in uninterruptible sleep, T stopped, Z zombie.
    public let state: UInt8
    /// The name of the executable, truncated by the kernel to 15 bytes.
    public let name: [UInt8]
    /// CPU time in hundredths of a second, of the process and of the children that it has waited for.
    public let ticks: Int
    public let threads: Int
    /// The start time in hundredths of a second since boot: together with the pid, it identifies a process uniquely.
    public let start: Int
    /// Resident memory in pages.
    public let residentPages: Int

    /// True for a zombie, and for a process that is just disappearing.
    public var isDead: Bool { state == UInt8(ascii: "Z") || state | 0x20 == UInt8(ascii: "x") }

    /// - Parameter stat: `PID (NAME) STATE PARENT ...`; the name may contain any character, including parentheses and
    ///   spaces. Fields that are missing at the end are 0.
    public init?(_ stat: ArraySlice<UInt8>) {
        guard let open = stat.firstIndex(of: UInt8(ascii: "(")), let close = stat.lastIndex(of: UInt8(ascii: ")")),
            open < close, close + 2 < stat.endIndex, let pid = Self.number(stat[..<open])
        else { return nil }
        self.pid = pid
        state = stat[close + 2]
        name = Array(stat[(open + 1)..<close])
        var (parent, group, ticks, threads, start, pages) = (0, 0, 0, 0, 0, 0)
        var field = 2
        for index in (close + 1)..<(stat.endIndex - 1) where stat[index] == UInt8(ascii: " ") {
            field += 1
            guard field <= 24 else { break }
            var value: Int { Self.number(stat[(index + 1)...]) ?? 0 }
            switch field {
            case 4: parent = value
            case 5: group = value
            case 14...17: ticks &+= value
            case 20: threads = value
            case 22: start = value
            case 24: pages = value
            default: break
            }
        }
        (self.parent, self.group, self.ticks) = (parent, group, ticks)
        (self.threads, self.start, residentPages) = (threads, start, pages)
    }

    /// nil if the process is gone or hidden (`hidepid=`).
    public init?(of pid: Int) {
        guard let file = try? Descriptor.open("/proc/\(pid)/stat", O_RDONLY) else { return nil }
        let number = file.number
        // The kernel gives all of it at once.
        let stat = [UInt8](unsafeUninitializedCapacity: 1024) { buffer, count in
            count = (try? File.read(number, into: UnsafeMutableRawBufferPointer(buffer))) ?? 0
        }
        self.init(stat[...])
    }

    /// Parses the number at the beginning of `text`.
    private static func number(_ text: ArraySlice<UInt8>) -> Int? {
        let isNegative = text.first == UInt8(ascii: "-")
        var number: Int?
        for byte in isNegative ? text.dropFirst() : text {
            guard 0x30...0x39 ~= byte else { break }
            number = (number ?? 0) &* 10 &+ Int(byte &- 0x30)
        }
        return number.map { isNegative ? 0 &- $0 : $0 }
    }
}
