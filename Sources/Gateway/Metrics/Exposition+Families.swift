import Kernel
import Supervise

/// Every metric, in the order of the output. docs/http.md lists them.
extension Exposition {
    // MARK: init

    mutating func supervisor(_ counted: Value?, _ process: ProcessSnapshot.ProcessEntry?, isRunning: Bool) {
        family("reeve", .info, "The version of Reeve.")
        sample([("version", Version.number.description)], 1)
        family("reeve_supervisor_running", .gauge, "1 while init supervises, 0 while it stops everything.")
        sample(isRunning ? 1 : 0)
        if let draining = counted?["draining"] {
            family("reeve_draining", .gauge, "1 while readiness probes fail on request (ctl drain).")
            sample(draining == .bool(true) ? 1 : 0)
        }
        if let uptime = counted?["uptime"]?.int {
            family("reeve_uptime_seconds", .gauge, "Time since init was started.")
            sample(uptime)
        }
        guard let process else { return }
        family("reeve_init_cpu_seconds", .counter, "CPU time of init and of the children that it has reaped.")
        sample(Self.seconds(process.ticks))
        family("reeve_init_resident_memory_bytes", .gauge, "Resident memory of init.")
        sample(process.residentPages &* Machine.pageSize)
    }

    mutating func events(_ counted: Value) {
        let events = counted["events"]
        family("reeve_events", .counter, "Events that a listener or reader subscribed to.")
        sample(events?["published"]?.int ?? 0)
        family("reeve_event_streams", .gauge, "Readers of events that are not listeners.")
        sample(events?["streams"]?.int ?? 0)
        family("reeve_event_streams_lost", .counter, "Readers of events that were too slow and lost their stream.")
        sample(events?["lost_streams"]?.int ?? 0)
        let pools = events?["pools"]?.array ?? []
        guard !pools.isEmpty else { return }
        family("reeve_event_pool_waiting", .gauge, "Events that wait for a listener.")
        for pool in pools { sample([("pool", pool["name"]?.text ?? "")], pool["waiting"]?.int ?? 0) }
        family(
            "reeve_event_pool_discarded", .counter,
            "Events that were dropped because a listener pool's buffer was full.")
        for pool in pools { sample([("pool", pool["name"]?.text ?? "")], pool["discarded"]?.int ?? 0) }
    }

    // MARK: The gateway

    mutating func gateway(
        _ statistics: Statistics, connections: Int, began: Double, _ process: ProcessSnapshot.ProcessEntry?
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
        family("reeve_gateway_displaced_connections", .counter, "Idle clients that were disconnected to make room.")
        sample(statistics.displaced)
        // The process metrics of Prometheus' own libraries.
        family("process_start_time_seconds", .gauge, "When the gateway was started, since 1970.")
        sample(began)
        if let process {
            family("process_cpu_seconds", .counter, "CPU time of the gateway.")
            sample(Self.seconds(process.ticks))
            family("process_resident_memory_bytes", .gauge, "Resident memory of the gateway.")
            sample(process.residentPages &* Machine.pageSize)
            family("process_threads", .gauge, "Threads of the gateway.")
            sample(process.threads)
        }
        if let files = ProcessSnapshot.descriptors(of: Int(SystemProcess.id)) {
            family("process_open_fds", .gauge, "Open file descriptors of the gateway.")
            sample(files)
        }
        if let limit = try? SystemProcess.limit(ProcessLimit.openFiles) {
            family("process_max_fds", .gauge, "The limit of the gateway's file descriptors.")
            sample(Int(clamping: limit.soft))
        }
    }

    static func seconds(_ ticks: Int) -> Double { Double(ticks) / Double(ProcessSnapshot.ticksPerSecond) }
}
