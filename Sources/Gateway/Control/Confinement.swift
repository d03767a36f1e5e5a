import Kernel

/// What this process gives up before it reads a byte of anybody: it may be made to run other code than its own.
///
/// init has taken its user, its capabilities and its limits away already. It is done here and not there, since what is executed
/// afterwards would need its files.
enum Confinement {
    /// No file but those of /proc, to read (what programs use, and their trees); no other network than the sockets it was handed;
    /// no signal to anybody, and no look into memory or environment of others. Each as far as the kernel has Landlock.
    ///
    /// - Important: Comes before the first thread.
    static func enter() {
        // The time zone's file is read now or never.
        _ = LocalTime(0)
        guard let rules = try? Landlock(isTotal: true) else { return }
        try? rules.allow("/proc")
        try? rules.restrict()
    }
}
