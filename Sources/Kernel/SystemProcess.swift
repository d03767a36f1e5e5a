import CLinux

/// Limits that the kernel keeps per process.
public enum ProcessLimit {
    /// RLIMIT_*, from 0 on.
    public static let count: Int32 = 16
    public static let processes = Int32(linux_limit_processes)
    public static let openFiles = Int32(linux_limit_open_files)
    public static let core = Int32(linux_limit_core)
    public static let data = Int32(linux_limit_data)
}

/// Calls about this process and others by pid.
public enum SystemProcess {
    public static var id: Int32 { getpid() }
    public static var parent: Int32 { getppid() }
    public static var group: Int32 { getpgrp() }
    public static var uid: UInt32 { getuid() }
    public static var effectiveUID: UInt32 { geteuid() }
    public static var gid: UInt32 { getgid() }

    /// The processors that this process may use; at least 1.
    public static var processorCount: Int { Int(linux_processor_count()) }

    /// Removes a variable from this process's environment; nil if there is none.
    public static func takeVariable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let taken = String(cString: value)
        unsetenv(name)
        return taken
    }

    /// Call it before anything else is opened: otherwise, if stdout is closed, output goes to whatever has got its
    /// number, such as a control connection.
    public static func reserveStandardStreams() { linux_reserve_standard_streams() }

    /// The processors that the quota of this process's cgroup is worth, rounded up; nil: it has none.
    public static func processorQuota(
        membership: String = "/proc/self/cgroup", root: String = "/sys/fs/cgroup"
    ) -> Int? {
        let quota = Int(linux_processor_quota(membership, root))
        return quota > 0 ? quota : nil
    }

    /// True for PID 1 of its namespace, which adopts orphans in any case.
    public static var isInit: Bool { id == 1 }

    /// - Throws: ESRCH when it is gone, EPERM when it is another user's.
    public static func signal(_ pid: Int32, _ number: Int32) throws(Errno) {
        // 0 and -1 would mean "my group" and "every process".
        guard pid > 1 || pid == 1 && !isInit else { throw .noSuchProcess }
        _ = try valueOrErrno { kill(pid, number) }
    }

    /// Sends a signal to this process.
    public static func signalSelf(_ number: Int32) throws(Errno) {
        _ = try valueOrErrno { kill(getpid(), number) }
    }

    /// Sends a signal to every process of a group.
    public static func signal(group: Int32, _ number: Int32) throws(Errno) {
        guard group > 1 else { throw .noSuchProcess }
        _ = try valueOrErrno { kill(-group, number) }
    }

    /// Sends a signal to every process that this one may signal, except itself and PID 1. For the sweep at the end of
    /// PID 1.
    public static func signalEverybody(_ number: Int32) throws(Errno) {
        guard isInit else { throw .notPermitted }
        _ = try valueOrErrno { kill(-1, number) }
    }

    public static func signal(_ pidfd: borrowing Descriptor, _ number: Int32) throws(Errno) {
        let fd = pidfd.number
        _ = try valueOrErrno { linux_pidfd_signal(fd, number) }
    }

    public static func openPidfd(of pid: Int32) throws(Errno) -> Descriptor {
        Descriptor(owning: try valueOrErrno { linux_pidfd_open(pid) })
    }

    /// Makes this process adopt orphaned descendants in place of PID 1.
    public static func becomeSubreaper() throws(Errno) {
        _ = try valueOrErrno { linux_set_subreaper(1) }
    }

    public static var isSubreaper: Bool { linux_is_subreaper() != 0 }

    /// Sets the signal that this process gets when its parent dies; 0: none.
    public static func setDeathSignal(_ number: Int32) throws(Errno) {
        _ = try valueOrErrno { linux_set_death_signal(number) }
    }

    /// From now on no process of the same user may trace this one, read its memory or open its files in /proc, unless
    /// it has CAP_SYS_PTRACE; and there is no core file.
    ///
    /// - Source: PR_SET_DUMPABLE in prctl(2), ptrace(2).
    public static func denyInspection() { _ = linux_set_dumpable(0) }

    public static func startSession() throws(Errno) {
        _ = try valueOrErrno { setsid() }
    }

    /// The session of a process; 0 stands for this process.
    public static func session(of pid: Int32) throws(Errno) -> Int32 {
        try valueOrErrno { getsid(pid) }
    }

    public static func group(of pid: Int32) throws(Errno) -> Int32 {
        try valueOrErrno { getpgid(pid) }
    }

    public static func setGroup(of pid: Int32, to group: Int32) throws(Errno) {
        _ = try valueOrErrno { setpgid(pid, group) }
    }

    /// The corresponding C function is `fork`; used only to daemonize. Returns 0 in the child.
    public static func fork() throws(Errno) -> Int32 {
        try valueOrErrno { CLinux.fork() }
    }

    /// Exits at once, without flushing or running anything.
    public static func exit(_ code: Int32) -> Never {
        _exit(code)
    }

    /// Replaces a handler with the signal's default action, or ignores the signal.
    public static func setDisposition(of number: Int32, ignored: Bool) throws(Errno) {
        _ = try valueOrErrno { linux_signal_disposition(number, ignored ? 0 : 1) }
    }

    /// Sets the umask, and returns the previous one.
    @discardableResult public static func setUmask(_ mask: UInt32) -> UInt32 {
        umask(mask & 0o777)
    }

    public static func changeDirectory(to path: String) throws(Errno) {
        _ = try valueOrErrno { chdir(path) }
    }

    public static func currentDirectory() throws(Errno) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getcwd(&buffer, buffer.count) != nil else { throw .last }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Freed memory goes back to the kernel, and all threads share one heap: for a process that should stay small, but
    /// sometimes works with large blocks. By default glibc keeps more with every such block, up to 32 MB.
    public static func keepHeapSmall() { linux_keep_heap_small() }

    /// The limit for one of RLIMIT_*; `UInt64.max`: unlimited.
    public static func limit(_ resource: Int32) throws(Errno) -> (soft: UInt64, hard: UInt64) {
        var soft: UInt64 = 0
        var hard: UInt64 = 0
        _ = try valueOrErrno { linux_getrlimit(resource, &soft, &hard) }
        return (soft, hard)
    }

    public static func setLimit(_ resource: Int32, soft: UInt64, hard: UInt64) throws(Errno) {
        _ = try valueOrErrno { linux_setrlimit(resource, soft, hard) }
    }

    public static func setGroups(_ groups: [UInt32]) throws(Errno) {
        _ = try valueOrErrno { linux_setgroups(groups, Int32(clamping: groups.count)) }
    }

    /// Sets the real, effective and saved group.
    public static func setGID(_ gid: UInt32) throws(Errno) {
        _ = try valueOrErrno { linux_setgid(gid) }
    }

    /// Sets the real, effective and saved user: there is no way back.
    public static func setUID(_ uid: UInt32) throws(Errno) {
        _ = try valueOrErrno { linux_setuid(uid) }
        guard getuid() == uid, geteuid() == uid else { throw .notPermitted }
    }
}

/// Calls on a descriptor that may be a terminal.
public enum Terminal {
    public static func isOne(_ number: Int32) -> Bool {
        isatty(number) == 1
    }

    /// A new open file description of the terminal behind `number`, on which reads don't wait; nil if it is not a
    /// terminal.
    public static func withoutWaiting(_ number: Int32) -> Descriptor? {
        guard isOne(number), let own = try? Descriptor.open("/dev/tty", O_RDONLY | O_NONBLOCK),
            linux_is_same_terminal(number, own.number) == 1
        else { return nil }
        return own
    }

    /// The foreground process group of the terminal.
    public static func foregroundGroup(_ number: Int32) throws(Errno) -> Int32 {
        try valueOrErrno { tcgetpgrp(number) }
    }

    /// Sets the foreground process group. SIGTTOU must be blocked or ignored, or a background process stops here.
    public static func setForegroundGroup(_ number: Int32, _ group: Int32) throws(Errno) {
        _ = try valueOrErrno { tcsetpgrp(number, group) }
    }

    /// Gives up the session's terminal: the foreground group gets SIGHUP and SIGCONT.
    public static func giveUp(_ number: Int32) throws(Errno) {
        _ = try valueOrErrno { linux_drop_terminal(number) }
    }

    public static func take(_ number: Int32) throws(Errno) {
        _ = try valueOrErrno { linux_take_terminal(number) }
    }
}
