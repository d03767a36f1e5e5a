/// How programs and the container are stopped.
extension Interpreter {
    /// `shutdown_delay` is a part of `shutdown_timeout`, and the rest must do for the stop.
    func checkShutdown() {
        let (timeout, delay) = (supervisor.int(.shutdownTimeout) ?? 0, supervisor.int(.shutdownDelay) ?? 0)
        guard timeout > 0, timeout - delay < ShutdownRules.leastTimeout, let section = document.section("supervisord"),
            let entry = document.entry(section, .shutdownDelay)
        else { return }
        complain(
            Complaint(
                .joined("shutdown_delay=", entry.value, " leaves less than 2 seconds of shutdown_timeout"),
                "Write at most \(timeout - ShutdownRules.leastTimeout), or a longer shutdown_timeout."), about: entry)
    }

    /// Remarks on what a shutdown has no time for.
    func remarkOnStop(_ section: Int, _ values: KeyValues) {
        guard let timeout = supervisor.int(.shutdownTimeout), values.int(.stopwaitsecs, or: .process) > timeout,
            let entry = document.entry(section, .stopwaitsecs)
        else { return }
        remark(
            .joined("a shutdown has no time for stopwaitsecs=", entry.value, ": shutdown_timeout is shorter"),
            at: Origin(file: entry.origin.file, offset: Int(entry.keyOffset)))
    }
}
