import Kernel
import Supervise

/// A metric of programs. It is written for a few programs at a time: there may be thousands, and other work waits
/// meanwhile.
struct ProgramFamily {
    let name: String
    let kind: Exposition.Kind
    let help: String
    /// What must be known of at least one program; otherwise the metric is left out.
    var needs: (ProgramRow) -> Bool = { _ in true }
    let write: (inout Exposition, ProgramRow) -> Void

    private static func gauge(_ name: String, _ help: String, _ value: @escaping (ProgramRow) -> Int?) -> ProgramFamily
    {
        ProgramFamily(name: "reeve_program_\(name)", kind: .gauge, help: help) { exposition, row in
            if let value = value(row) { exposition.sample(opened: row.labels, value) }
        }
    }

    private static func counter(_ name: String, _ help: String, _ value: @escaping (ProgramRow) -> Int?)
        -> ProgramFamily
    {
        ProgramFamily(name: "reeve_program_\(name)", kind: .counter, help: help) { exposition, row in
            if let value = value(row) { exposition.sample(opened: row.labels, value) }
        }
    }

    private func needing(_ needs: @escaping (ProgramRow) -> Bool) -> ProgramFamily {
        var family = self
        family.needs = needs
        return family
    }

    /// In the order in which they come.
    static func all() -> [ProgramFamily] { counted() + used() }

    private static func counted() -> [ProgramFamily] {
        let states = ProcessState.allCases.map { (state: $0, label: Exposition.last("state", $0.name.description)) }
        let (stdout, stderr) = (Exposition.last("channel", "stdout"), Exposition.last("channel", "stderr"))
        return [
            ProgramFamily(
                name: "reeve_program_state", kind: .gauge,
                help: "1 for the state that the program is in, 0 for the others."
            ) { exposition, row in
                for (state, label) in states {
                    exposition.sample(opened: row.labels, last: label, state == row.state ? 1 : 0)
                }
            },
            gauge("waiting", "1 while the program waits for what it depends on, else 0.") {
                $0.counted?.isWaiting.map { $0 ? 1 : 0 }
            },
            gauge("ready", "1 if the program runs and is healthy, or is done, else 0.") {
                $0.counted?.isReady.map { $0 ? 1 : 0 }
            },
            gauge("healthy", "1 if the program's last health checks say so, else 0; only for programs with a check.") {
                $0.counted?.isHealthy.map { $0 ? 1 : 0 }
            }.needing { $0.counted?.isHealthy != nil },
            counter("starts", "Processes that were started for the program.") { $0.counted?.starts },
            counter("restarts", "Starts by init after the program exited or could not be started.") {
                $0.counted?.restarts
            },
            ProgramFamily(
                name: "reeve_program_exits", kind: .counter,
                help: "Exits of the program's process, by exit code or signal.", write: exits),
            ProgramFamily(
                name: "reeve_program_log_bytes", kind: .counter,
                help: "Bytes that the program has written, by channel."
            ) { exposition, row in
                guard let counted = row.counted else { return }
                exposition.sample(opened: row.labels, last: stdout, counted.stdoutBytes)
                exposition.sample(opened: row.labels, last: stderr, counted.stderrBytes)
            },
            counter("stdin_bytes", "Bytes that were sent to the program's stdin.") { $0.counted?.stdinBytes },
            gauge("start_time_seconds", "When the program was started, since 1970; only while it runs.") {
                $0.pid > 0 ? $0.started : nil
            },
            gauge("uptime_seconds", "Time since the program was started; only while it runs.") { $0.uptime },
        ]
    }

    private static func exits(_ exposition: inout Exposition, _ row: ProgramRow) {
        for (status, count) in row.counted?.exits ?? [] {
            let signal = status < 0 ? Signal(number: Int32(clamping: -status)).name.description : ""
            let code = status < 0 ? "" : "\(status)"
            exposition.sample(
                opened: row.labels, last: Exposition.last("code", code) + Exposition.last("signal", signal), count)
        }
    }

    /// Left out if /proc hides all of them.
    private static func used() -> [ProgramFamily] {
        let isSeen = { (row: ProgramRow) in row.usage != nil }
        return [
            ProgramFamily(
                name: "reeve_program_cpu_seconds", kind: .counter,
                help: "CPU time of the program and all its descendants.", needs: isSeen
            ) { exposition, row in
                if let usage = row.usage { exposition.sample(opened: row.labels, Exposition.seconds(usage.ticks)) }
            },
            gauge("resident_memory_bytes", "Resident memory of all its processes; shared pages count for each.") {
                $0.usage?.resident
            }.needing(isSeen),
            gauge("processes", "Processes of the program.") { $0.usage?.processes }.needing(isSeen),
            gauge("threads", "Threads of all its processes.") { $0.usage?.threads }.needing(isSeen),
            gauge("open_fds", "Open file descriptors of all its processes, if the gateway may see them.") {
                $0.usage?.descriptors
            }.needing { $0.usage?.descriptors != nil },
        ]
    }
}
