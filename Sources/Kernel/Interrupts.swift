import CLinux

/// Ctrl-C as something to wait for: while this lives, SIGINT does not end the process.
public struct Interrupts: ~Copyable {
    public let number: Int32

    public init() throws(Errno) {
        number = try valueOrErrno { linux_interrupts_open() }
    }

    deinit {
        linux_interrupts_close(number)
    }
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
