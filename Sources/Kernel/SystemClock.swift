import CLinux

/// The machine's clocks, in nanoseconds.
public enum SystemClock {
    /// Time since boot, including suspended time; it never goes back (CLOCK_BOOTTIME).
    public static var boottime: Int64 { linux_boottime() }
    /// Time since boot without suspended time, for others who ask for it (CLOCK_MONOTONIC).
    public static var monotonic: Int64 { linux_monotonic() }
    /// Time since 1970. Use it only for display (CLOCK_REALTIME).
    public static var realtime: Int64 { linux_realtime() }
}

/// A timerfd: the process's only timer.
public struct Alarm: ~Copyable {
    private let timer: Descriptor
    private var armed: Int64?

    public init() throws(Errno) {
        timer = Descriptor(owning: try valueOrErrno { linux_timer_create() })
    }

    public var descriptor: Int32 { timer.number }

    /// Arms the timer for a value of `boottime`; nil disarms it. A time that has passed fires at once.
    public mutating func set(_ boottime: Int64?) {
        guard boottime != armed else { return }
        armed = boottime
        _ = linux_timer_set(timer.number, boottime.map { max($0, 1) } ?? 0)
    }

    /// Consumes the expiry, so that the descriptor is no longer readable.
    public mutating func acknowledge() {
        var expirations: UInt64 = 0
        let count = withUnsafeMutableBytes(of: &expirations) { read(timer.number, $0.baseAddress, $0.count) }
        if count > 0 { armed = nil }
    }
}

/// A wall-clock time in the process's time zone, for display.
public struct LocalTime: Sendable {
    public var year, month, day, hour, minute, second: Int

    /// - Parameter seconds: since 1970.
    public init(_ seconds: Int) {
        var parts = linux_calendar()
        linux_calendar_of(Int64(seconds), &parts)
        year = Int(parts.year)
        month = Int(parts.month)
        day = Int(parts.day)
        hour = Int(parts.hour)
        minute = Int(parts.minute)
        second = Int(parts.second)
    }
}
