import CLinux

/// Ctrl-C as something to wait for: while this exists, SIGINT does not end the process.
public struct Interrupts: ~Copyable {
    public let number: Int32
    /// Another one of these outlives this one, or the process was started with SIGINT blocked.
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
    /// - Returns: for each number whether it is ready; none is when the time is over.
    public static func waitReadable(_ numbers: [Int32], milliseconds: Int32 = -1) throws(Errno) -> [Bool] {
        var ready = [Int32](repeating: 0, count: numbers.count)
        _ = try valueOrErrno { linux_wait_readable(numbers, &ready, Int32(clamping: numbers.count), milliseconds) }
        return ready.map { $0 != 0 }
    }
}
