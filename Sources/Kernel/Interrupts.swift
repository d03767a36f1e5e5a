import CLinux

/// Ctrl-C as an event to wait for: while this exists, SIGINT does not end the process.
public struct Interrupts: ~Copyable {
    public let number: Int32
    /// SIGINT was blocked before: by another `Interrupts`, which outlives this one, or when the process was started.
    private let wasBlocked: Int32

    public init() throws(Errno) {
        var wasBlocked: Int32 = 0
        number = try valueOrErrno { linux_interrupts_open(&wasBlocked) }
        self.wasBlocked = wasBlocked
    }

    deinit {
        linux_interrupts_close(number, wasBlocked)
    }

    /// Discards those that have arrived.
    public borrowing func take() { linux_interrupts_take(number) }
}

extension File {
    /// Waits until one of `numbers` (at most 8; negative ones are ignored) is readable or its other side has closed.
    ///
    /// - Parameter milliseconds: the time limit; -1: none.
    /// - Returns: for each number, whether it is ready; all false if the time limit has passed.
    public static func waitReadable(_ numbers: [Int32], milliseconds: Int32 = -1) throws(Errno) -> [Bool] {
        var ready = [Int32](repeating: 0, count: numbers.count)
        _ = try valueOrErrno { linux_wait_readable(numbers, &ready, Int32(clamping: numbers.count), milliseconds) }
        return ready.map { $0 != 0 }
    }
}
