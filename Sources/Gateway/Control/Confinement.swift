import Kernel

/// What this process gives up before it reads any byte from a client: an attacker may make it run other code.
///
/// init has already set its user, its capabilities and its limits. This step is here and not there, since executing the
/// program needs files.
enum Confinement {
    /// No file except those of /proc, for reading (resource usage and trees of programs); no network except the
    /// inherited sockets; no signals to other processes, and no look into their memory or environment. Each as far as
    /// the kernel's Landlock supports it.
    ///
    /// - Important: Must precede the first thread.
    static func enter() {
        // The time zone's file is read now or never.
        _ = LocalTime(0)
        guard let rules = try? Landlock(isTotal: true) else { return }
        try? rules.allow("/proc")
        try? rules.restrict()
    }
}
