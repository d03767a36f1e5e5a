import CLinux

/// The way into the background, in two steps: first a child in a session of its own, still with the terminal's
/// descriptors; once everything is set up, the terminal is let go.
///
/// The process that was started waits in between, and ends with 0 when the child is set up, or with the child's code
/// when it ends before that: so whoever started it sees an error, and its text.
public struct Daemon: ~Copyable {
    /// A byte in it says that the child is set up.
    private let ready: Descriptor

    /// Returns in the child only.
    ///
    /// What belongs to a process (epoll with a signalfd in it) must be made after it.
    public static func start() throws(Errno) -> Daemon {
        var ends: [Int32] = [-1, -1]
        _ = try valueOrErrno { linux_pipe(&ends) }
        let reading = Descriptor(owning: ends[0])
        let writing = Descriptor(owning: ends[1])
        let child = try SystemProcess.fork()
        if child == 0 {
            try SystemProcess.startSession()
            return Daemon(ready: writing)
        }
        _ = consume writing
        wait(for: child, reading)
    }

    private static func wait(for child: Int32, _ ready: consuming Descriptor) -> Never {
        // Ctrl-C ends the waiting, as it would end any program; the child is in another session.
        SignalSet.none.setBlocked()
        var byte: UInt8 = 0
        let count = withUnsafeMutableBytes(of: &byte) { (try? ready.read(into: $0)) ?? 0 }
        if count == 1 { SystemProcess.exit(0) }
        guard let status = try? Reaper.wait(for: child) else { SystemProcess.exit(1) }
        SystemProcess.exit(status.shellCode)
    }

    /// `/dev/null` on 0, 1 and 2.
    public borrowing func detach() {
        if let null = try? Descriptor.null() {
            for number: Int32 in 0...2 { _ = dup2(null.number, number) }
        }
    }

    /// Everything is set up: the waiting process may end.
    public consuming func announce() {
        try? ready.writeAll([1])
    }
}
