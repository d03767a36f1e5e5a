import CLinux

/// How a child ended or stopped: the number that wait(2) fills in.
public struct WaitStatus: Equatable, Hashable, Sendable {
    public let raw: Int32

    public init(raw: Int32) {
        self.raw = raw
    }

    /// 0...255; nil when it didn't exit.
    public var exitCode: Int32? { raw & 0x7f == 0 ? (raw >> 8) & 0xff : nil }

    /// The signal that killed it.
    public var signal: Int32? {
        let number = raw & 0x7f
        return number != 0 && number != 0x7f ? number : nil
    }

    /// The shell's number: the exit code, or 128 + the signal.
    public var shellCode: Int32 { exitCode ?? 128 &+ (signal ?? 0) }

    public var dumpedCore: Bool { signal != nil && raw & 0x80 != 0 }

    /// The signal that stopped it.
    public var stopSignal: Int32? { raw & 0xff == 0x7f ? (raw >> 8) & 0xff : nil }
}

public struct Reaped: Equatable, Sendable {
    public var pid: Int32
    public var status: WaitStatus

    public init(pid: Int32, status: WaitStatus) {
        self.pid = pid
        self.status = status
    }
}

/// Reaps dead children, adopted ones too.
public enum Reaper {
    /// The next dead child; nil when there is none at the moment.
    ///
    /// Call it until nil: one SIGCHLD may stand for any number of deaths.
    /// - Parameter stopped: also returns children that were stopped.
    public static func next(stopped: Bool = false) -> Reaped? {
        var pid: Int32 = 0
        var status: Int32 = 0
        while linux_wait_any(&pid, &status, stopped ? WUNTRACED : 0) != 0 {
            if Errno.last != .interrupted { return nil }
        }
        return pid > 0 ? Reaped(pid: pid, status: WaitStatus(raw: status)) : nil
    }

    /// The pid of a dead child without reaping it; nil if there is none.
    public static func peek() -> Int32? {
        var pid: Int32 = 0
        guard linux_wait_peek(&pid) == 0, pid > 0 else { return nil }
        return pid
    }

    /// Sleeps until this child is dead, and reaps it.
    public static func wait(for pid: Int32) throws(Errno) -> WaitStatus {
        var status: Int32 = 0
        var found: Int32 = 0
        _ = try valueOrErrno { linux_wait_one(pid, -1, &status, WEXITED, &found) }
        return WaitStatus(raw: status)
    }

    /// The same by pidfd.
    public static func wait(for pidfd: borrowing Descriptor) throws(Errno) -> WaitStatus {
        var status: Int32 = 0
        var found: Int32 = 0
        let number = pidfd.number
        _ = try valueOrErrno { linux_wait_one(0, number, &status, WEXITED, &found) }
        return WaitStatus(raw: status)
    }

    /// The status of this child if it is dead; nil while it lives.
    public static func poll(_ pid: Int32) throws(Errno) -> WaitStatus? {
        var status: Int32 = 0
        var found: Int32 = 0
        _ = try valueOrErrno { linux_wait_one(pid, -1, &status, WEXITED | WNOHANG, &found) }
        return found > 0 ? WaitStatus(raw: status) : nil
    }

    /// Whether there is any child, dead or alive.
    public static var hasChildren: Bool {
        var pid: Int32 = 0
        return linux_wait_peek(&pid) == 0 || Errno.last != .noChild
    }
}
