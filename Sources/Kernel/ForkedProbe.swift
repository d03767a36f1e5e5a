import CLinux

/// A process that forks one child for each health check: a copy costs less than a program that has to be executed.
public enum ForkedProbe {
    /// Makes stdout the socket that stdin is, and ignores SIGPIPE. False if that is no socket for packets.
    public static func prepare() -> Bool { linux_probes_begin() == 0 }

    /// The child is killed when its parent ends.
    ///
    /// - Returns: 0 in the child; its pid in the parent; nil if there can't be one now.
    public static func fork() -> Int32? {
        let pid = linux_probes_fork()
        return pid < 0 ? nil : pid
    }

    /// Reaps a child that has ended; nil if there is none. It is done if it has exited with 0.
    public static func nextDead() -> (pid: Int32, isDone: Bool)? {
        var isDone: Int32 = 0
        let pid = linux_probes_next_dead(&isDone)
        return pid > 0 ? (pid, isDone != 0) : nil
    }

    /// Waits until a packet has come, a child has ended, or the time is over.
    ///
    /// - Parameter nanoseconds: >= 0; nil: without a limit.
    /// - Returns: whether there is a packet.
    public static func wait(nanoseconds: Int64?) -> Bool { linux_probes_wait(nanoseconds ?? -1) != 0 }

    /// Ends a child that has not been reaped.
    public static func kill(_ pid: Int32) { _ = CLinux.kill(pid, SIGKILL) }
}
