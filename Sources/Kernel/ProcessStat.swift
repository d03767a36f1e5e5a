/// What `/proc/PID/stat` says about a process; proc(5) has its fields.
public struct ProcessStat: Equatable, Sendable {
    public let pid: Int
    public let parent: Int
    public let group: Int
    /// As `ps` writes it: R running, S sleeping, D in the kernel, T stopped, Z dead and not waited for.
    public let state: UInt8
    /// The file that it runs, shortened by the kernel to 15 bytes.
    public let name: [UInt8]
    /// Hundredths of a second on processors, its own and those of children that it has waited for.
    public let ticks: Int
    public let threads: Int
    /// Hundredths of a second since boot: with the pid it names a process for ever.
    public let start: Int
    /// Memory that is in use, in pages.
    public let residentPages: Int

    /// Nobody is there any more: a zombie, or one that is just disappearing.
    public var isDead: Bool { state == UInt8(ascii: "Z") || state | 0x20 == UInt8(ascii: "x") }

    /// - Parameter stat: `PID (NAME) STATE PARENT ...`; a name may contain anything, parentheses and spaces too. Fields that are missing
    ///   at the end are 0.
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

    /// nil when it is gone, or hidden (`hidepid=`).
    public init?(of pid: Int) {
        guard let stat = try? File.contents(of: "/proc/\(pid)/stat", limit: 1024) else { return nil }
        self.init(stat[...])
    }

    /// The number at the beginning.
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
