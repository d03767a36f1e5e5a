import CLinux

/// Ctrl-C as something to wait for: while this lives, SIGINT does not end the process.
public struct Interrupts: ~Copyable {
    public let number: Int32
    /// Another one of these lives longer, or the process was started that way.
    private let wasBlocked: Int32

    public init() throws(Errno) {
        var wasBlocked: Int32 = 0
        number = try valueOrErrno { linux_interrupts_open(&wasBlocked) }
        self.wasBlocked = wasBlocked
    }

    deinit {
        linux_interrupts_close(number, wasBlocked)
    }

    /// Forgets those that came.
    public borrowing func take() { linux_interrupts_take(number) }
}

extension File {
    /// Waits until one of `numbers` (at most 8; negative ones are left out) can be read or was closed by the other side.
    ///
    /// - Parameter milliseconds: how long at most; -1: for ever.
    /// - Returns: for each whether it is ready; none is when the time is over.
    public static func waitReadable(_ numbers: [Int32], milliseconds: Int32 = -1) throws(Errno) -> [Bool] {
        var ready = [Int32](repeating: 0, count: numbers.count)
        _ = try valueOrErrno { linux_wait_readable(numbers, &ready, Int32(clamping: numbers.count), milliseconds) }
        return ready.map { $0 != 0 }
    }
}
