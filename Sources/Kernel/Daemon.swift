import CLinux

/// Moves the process into the background in two steps: it first continues as a child in a new session, still with the
/// terminal's descriptors; once everything is set up, it releases the terminal.
///
/// Meanwhile the original process waits. It exits with 0 when the child is set up, or with the child's code if the
/// child exits before that, so that the caller sees the error and its message.
public struct Daemon: ~Copyable {
    /// A byte written to it reports that the child is set up.
    private let ready: Descriptor

    /// Returns in the child only.
    ///
    /// Create descriptors that belong to a process, such as epoll with a signalfd, after this call.
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
        // Ctrl-C ends the waiting process, as it ends any program; the child is in another session.
        SignalSet.none.setBlocked()
        var byte: UInt8 = 0
        let count = withUnsafeMutableBytes(of: &byte) { (try? ready.read(into: $0)) ?? 0 }
        if count == 1 { SystemProcess.exit(0) }
        guard let status = try? Reaper.wait(for: child) else { SystemProcess.exit(1) }
        SystemProcess.exit(status.shellCode)
    }

    /// Connects descriptors 0, 1 and 2 to `/dev/null`.
    public borrowing func detach() {
        if let null = try? Descriptor.null() {
            for number: Int32 in 0...2 { _ = dup2(null.number, number) }
        }
    }

    /// Reports that everything is set up, so that the waiting process exits.
    public consuming func announce() {
        try? ready.writeAll([1])
    }
}
