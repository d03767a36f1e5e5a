extension KeyTable {
    /// Limits that the kernel has for each process of a program.
    static let limits: InlineArray<_, KeyRow> = [
        KeyRow(
            .rlimitCPU, "rlimit_cpu", in: .programs, .limit(0), read: .perProcess, since: .v010,
            "seconds of processor time"),
        KeyRow(
            .rlimitFSize, "rlimit_fsize", in: .programs, .limit(1), read: .perProcess, since: .v010,
            "bytes of a file that it writes"),
        KeyRow(
            .rlimitData, "rlimit_data", in: .programs, .limit(2), read: .perProcess, since: .v010,
            "bytes of memory that is its own"),
        KeyRow(
            .rlimitStack, "rlimit_stack", in: .programs, .limit(3), read: .perProcess, since: .v010,
            "bytes of the stack"),
        KeyRow(
            .rlimitCore, "rlimit_core", in: .programs, .limit(4), read: .perProcess, since: .v010,
            "bytes of a core file"),
        KeyRow(
            .rlimitRSS, "rlimit_rss", in: .programs, .limit(5), read: .perProcess, since: .v010,
            "nothing, in kernels of today"),
        KeyRow(
            .rlimitNProc, "rlimit_nproc", in: .programs, .limit(6), read: .perProcess, since: .v010,
            "processes of its user"),
        KeyRow(
            .rlimitNoFile, "rlimit_nofile", in: .programs, .limit(7), read: .perProcess, since: .v010,
            "open files"),
        KeyRow(
            .rlimitMemlock, "rlimit_memlock", in: .programs, .limit(8), read: .perProcess, since: .v010,
            "bytes of locked memory"),
        KeyRow(
            .rlimitAS, "rlimit_as", in: .programs, .limit(9), read: .perProcess, since: .v010,
            "bytes of address space"),
        KeyRow(
            .rlimitLocks, "rlimit_locks", in: .programs, .limit(10), read: .perProcess, since: .v010,
            "nothing, in kernels of today"),
        KeyRow(
            .rlimitSigPending, "rlimit_sigpending", in: .programs, .limit(11), read: .perProcess, since: .v010,
            "signals that wait"),
        KeyRow(
            .rlimitMsgQueue, "rlimit_msgqueue", in: .programs, .limit(12), read: .perProcess, since: .v010,
            "bytes in POSIX message queues"),
        KeyRow(
            .rlimitNice, "rlimit_nice", in: .programs, .limit(13), read: .perProcess, since: .v010,
            "20 minus the lowest nice that it may take"),
        KeyRow(
            .rlimitRTPrio, "rlimit_rtprio", in: .programs, .limit(14), read: .perProcess, since: .v010,
            "the highest real-time priority that it may take"),
        KeyRow(
            .rlimitRTTime, "rlimit_rttime", in: .programs, .limit(15), read: .perProcess, since: .v010,
            "microseconds that it may run in real time without a pause"),
    ]
}

extension KeyTable {
    /// Limits of the cgroup of a program, for all of its processes together.
    static let cgroups: InlineArray<_, KeyRow> = [
        KeyRow(
            .memoryMax, "memory_max", in: .programs, .memoryLimit, since: .v010,
            "memory that its processes may use together; beyond it the kernel kills"),
        KeyRow(
            .memoryHigh, "memory_high", in: .programs, .memoryLimit, since: .v010,
            "memory beyond which they are slowed down"),
        KeyRow(
            .cpuMax, "cpu_max", in: .programs, .cpuQuota, since: .v010,
            "processor time that they may use together"),
        KeyRow(
            .pidsMax, "pids_max", in: .programs, .processLimit, since: .v010,
            "how many processes and threads there may be"),
        KeyRow(
            .cgroupRequired, "cgroup_required", in: .programs, .boolean, default: .prose("`false`"), since: .v010,
            """
            it is not started where it can't have what the four keys above ask for; by default it runs without, and \
            the log says why
            """),
    ]
}
