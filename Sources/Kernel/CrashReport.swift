import CLinux

/// What the report says if this process crashes: see crash.c.
public enum CrashReport {
    /// From now on SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE and SIGSEGV cause a report on stderr and in the log; then
    /// they end the process, as before.
    public static func begin() { linux_crash_begin() }

    /// Sets what the process is doing. Use a participle: the report says "while ...".
    public static func phase(_ phase: StaticString) {
        phase.utf8Start.withMemoryRebound(to: CChar.self, capacity: phase.utf8CodeUnitCount + 1) {
            linux_crash_phase($0)
        }
    }

    /// Sets what the process is doing, and for which program.
    public static func phase(_ phase: StaticString, of name: String) {
        self.phase(phase)
        name.utf8.withContiguousStorageIfAvailable { name in
            name.withMemoryRebound(to: CChar.self) { name in
                if let start = name.baseAddress { linux_crash_subject(start, name.count) }
            }
        }
    }

    /// Where the report goes besides stderr; nil for nowhere.
    public static func log(to descriptor: Int32?) { linux_crash_log(descriptor ?? -1) }
}
