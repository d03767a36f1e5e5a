import Kernel
import Supervise

/// Every metric that there is, in the order in which they come. docs/http.md lists them.
extension Exposition {
    // MARK: init

    mutating func supervisor(_ counted: Value?, _ process: ProcessTable.Entry?, isRunning: Bool) {
        family("reeve", .info, "Which Reeve this is.")
        sample([("version", Version.number.description)], 1)
        family("reeve_supervisor_running", .gauge, "1 while init supervises, 0 while it stops everything.")
        sample(isRunning ? 1 : 0)
        if let uptime = counted?["uptime"]?.int {
            family("reeve_uptime_seconds", .gauge, "Time since init was started.")
            sample(uptime)
        }
        guard let process else { return }
        family("reeve_init_cpu_seconds", .counter, "Time that init, and children it has reaped, were on processors.")
        sample(Self.seconds(process.ticks))
        family("reeve_init_resident_memory_bytes", .gauge, "Resident memory of init.")
        sample(process.resident)
    }

    mutating func events(_ counted: Value) {
        let events = counted["events"]
        family("reeve_events", .counter, "Events that some listener or reader wanted.")
        sample(events?["published"]?.int ?? 0)
        family("reeve_event_streams", .gauge, "Readers of events that are no listeners.")
        sample(events?["streams"]?.int ?? 0)
        family("reeve_event_streams_lost", .counter, "Readers of events that were too slow and lost their stream.")
        sample(events?["lost_streams"]?.int ?? 0)
        let pools = events?["pools"]?.array ?? []
        guard !pools.isEmpty else { return }
        family("reeve_event_pool_waiting", .gauge, "Events that wait for a listener.")
        for pool in pools { sample([("pool", pool["name"]?.text ?? "")], pool["waiting"]?.int ?? 0) }
        family("reeve_event_pool_discarded", .counter, "Events that no listener got, since its buffer was full.")
        for pool in pools { sample([("pool", pool["name"]?.text ?? "")], pool["discarded"]?.int ?? 0) }
    }

    // MARK: Programs

    mutating func programs(_ rows: [ProgramRow]) {
        guard !rows.isEmpty else { return }
        family("reeve_program_state", .gauge, "1 for the state that the program is in, 0 for the others.")
        for row in rows {
            for state in ProcessState.allCases {
                sample(row.labels + [("state", state.name)], state == row.state ? 1 : 0)
            }
        }
        counters(rows)
        gauge("start_time_seconds", "When the program was started, since 1970; only while it runs.", rows) {
            $0.pid > 0 ? $0.started : nil
        }
        gauge("uptime_seconds", "Time since the program was started; only while it runs.", rows) { $0.uptime }
        usage(rows)
    }

    private mutating func counters(_ rows: [ProgramRow]) {
        counter("starts", "Processes that were started for the program.", rows) { $0.count("starts") }
        counter("restarts", "Starts by init, because it had ended or could not be started.", rows) {
            $0.count("restarts")
        }
        family("reeve_program_exits", .counter, "Ends of the program's process, by exit code or signal.")
        for row in rows {
            for way in row.counted?["exits"]?.array ?? [] {
                let status = way["status"]?.int ?? 0
                let signal = status < 0 ? Signal(number: Int32(clamping: -status)).name.description : ""
                let how = [("code", status < 0 ? "" : "\(status)"), ("signal", signal)]
                sample(row.labels + how, way["count"]?.int ?? 0)
            }
        }
        family("reeve_program_log_bytes", .counter, "Bytes that the program has written, by channel.")
        for row in rows where row.counted != nil {
            for channel in ["stdout", "stderr"] {
                sample(row.labels + [("channel", channel)], row.count("\(channel)_bytes") ?? 0)
            }
        }
        counter("stdin_bytes", "Bytes that were sent to the program's stdin.", rows) { $0.count("stdin_bytes") }
    }

    private mutating func usage(_ rows: [ProgramRow]) {
        // Nothing is said where /proc hides all of them.
        guard rows.contains(where: { $0.usage != nil }) else { return }
        family("reeve_program_cpu_seconds", .counter, "Time on processors of the program and everything below it.")
        for row in rows {
            if let usage = row.usage { sample(row.labels, Self.seconds(usage.ticks)) }
        }
        gauge("resident_memory_bytes", "Resident memory of all its processes; shared pages count for each.", rows) {
            $0.usage?.resident
        }
        gauge("processes", "Processes of the program.", rows) { $0.usage?.processes }
        gauge("threads", "Threads of all its processes.", rows) { $0.usage?.threads }
        guard rows.contains(where: { $0.usage?.descriptors != nil }) else { return }
        gauge("open_fds", "Open file descriptors of all its processes, where that may be seen.", rows) {
            $0.usage?.descriptors
        }
    }

    private mutating func gauge(
        _ name: String, _ help: String, _ rows: [ProgramRow], _ value: (ProgramRow) -> Int?
    ) {
        family("reeve_program_\(name)", .gauge, help)
        for row in rows {
            if let value = value(row) { sample(row.labels, value) }
        }
    }

    private mutating func counter(
        _ name: String, _ help: String, _ rows: [ProgramRow], _ value: (ProgramRow) -> Int?
    ) {
        family("reeve_program_\(name)", .counter, help)
        for row in rows {
            if let value = value(row) { sample(row.labels, value) }
        }
    }

    // MARK: The gateway

    mutating func gateway(
        _ statistics: Statistics, connections: Int, began: Double, _ process: ProcessTable.Entry?
    ) {
        family("reeve_gateway_requests", .counter, "Answers of the gateway since it was started, by path and status.")
        let answers = statistics.answers.sorted {
            ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status)
        }
        for (kind, count) in answers { sample([("route", kind.route), ("code", "\(kind.status)")], count) }
        family("reeve_gateway_open_connections", .gauge, "Clients that are connected.")
        sample(connections)
        family("reeve_gateway_connections", .counter, "Clients that have connected since the gateway was started.")
        sample(statistics.connections)
        family("reeve_gateway_displaced_connections", .counter, "Idle clients that were sent away to make room.")
        sample(statistics.displaced)
        // What Prometheus' own libraries tell of the process that answers.
        family("process_start_time_seconds", .gauge, "When the gateway was started, since 1970.")
        sample(began)
        if let process {
            family("process_cpu_seconds", .counter, "Time that the gateway was on processors.")
            sample(Self.seconds(process.ticks))
            family("process_resident_memory_bytes", .gauge, "Resident memory of the gateway.")
            sample(process.resident)
            family("process_threads", .gauge, "Threads of the gateway.")
            sample(process.threads)
        }
        if let files = ProcessTable.descriptors(of: Int(Process.id)) {
            family("process_open_fds", .gauge, "Open file descriptors of the gateway.")
            sample(files)
        }
        if let limit = try? Process.limit(Kernel.Resource.openFiles) {
            family("process_max_fds", .gauge, "File descriptors that the gateway may have.")
            sample(Int(clamping: limit.soft))
        }
    }

    private static func seconds(_ ticks: Int) -> Double { Double(ticks) / Double(ProcessTable.ticksPerSecond) }
}
