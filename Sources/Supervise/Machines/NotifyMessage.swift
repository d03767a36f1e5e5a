/// What a program says of itself: one datagram of sd_notify(3).
public struct NotifyMessage: Equatable, Sendable {
    public enum Watchdog: Equatable, Sendable {
        /// `WATCHDOG=1`: it is alive.
        case alive
        /// `WATCHDOG=trigger`: it wants to be treated as if it weren't.
        case trigger
    }

    public var isReady = false
    public var isReloading = false
    public var isStopping = false
    /// `STATUS=`, as one line of at most `statusLimit` bytes; empty takes an earlier one back.
    public var status: String?
    /// `ERRNO=`: why it fails.
    public var errno: Int?
    /// `EXIT_STATUS=`: with which code it will exit.
    public var exitStatus: Int?
    public var watchdog: Watchdog?
    /// `WATCHDOG_USEC=` and `EXTEND_TIMEOUT_USEC=`, in microseconds, > 0.
    public var watchdogMicroseconds: Int64?
    public var extendMicroseconds: Int64?
    /// `RESTART_RESET=1`: the pauses before restarts start over.
    public var resetsRestarts = false
    /// `MAINPID=`: the process that it wants to count as the program, which is refused for any but its own.
    public var mainPID: Int64?

    public static let statusLimit = 200
    /// Bytes of the longest datagram that is read.
    public static let limit = 4096
    /// About 11 days: longer times are shortened to this.
    private static let mostMicroseconds: Int64 = 1_000_000_000_000

    public init(isReady: Bool = false) { self.isReady = isReady }

    /// Reads a datagram: assignments, one a line. What is unknown or malformed has no meaning.
    public init(_ bytes: [UInt8]) {
        for line in bytes.split(separator: ASCII.newline) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            note(Text(line[..<equals]), Text(line[(equals + 1)...]))
        }
    }

    private mutating func note(_ name: Text, _ value: Text) {
        if name.is("READY") {
            if value.is("1") { isReady = true }
        } else if name.is("RELOADING") {
            if value.is("1") { isReloading = true }
        } else if name.is("STOPPING") {
            if value.is("1") { isStopping = true }
        } else if name.is("STATUS") {
            status = Self.line(value)
        } else if name.is("ERRNO") {
            errno = Self.number(value).map { Int($0) }
        } else if name.is("EXIT_STATUS") {
            exitStatus = Self.number(value).map { Int($0) }
        } else if name.is("WATCHDOG") {
            if value.is("1") { watchdog = .alive } else if value.is("trigger") { watchdog = .trigger }
        } else if name.is("WATCHDOG_USEC") {
            watchdogMicroseconds = Self.number(value)
        } else if name.is("EXTEND_TIMEOUT_USEC") {
            extendMicroseconds = Self.number(value)
        } else if name.is("RESTART_RESET") {
            if value.is("1") { resetsRestarts = true }
        } else if name.is("MAINPID") {
            mainPID = Self.number(value)
        }
    }

    private static func line(_ value: Text) -> String {
        var end = value.bytes.prefix(statusLimit)
        // A character that was cut would become a replacement character.
        if value.bytes.dropFirst(statusLimit).first.map({ $0 & 0xc0 == 0x80 }) ?? false {
            while let last = end.popLast(), last & 0xc0 == 0x80 {}
        }
        return String(decoding: end, as: UTF8.self).oneLine
    }

    /// nil: not a number, or 0.
    private static func number(_ text: Text) -> Int64? {
        var value: Int64 = 0
        for byte in text.bytes {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = min(value * 10 + Int64(byte - UInt8(ascii: "0")), mostMicroseconds)
        }
        return value > 0 ? value : nil
    }
}
