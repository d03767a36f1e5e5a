import Kernel
import Supervise

/// Monitoring: `reeve.metrics` and `reeve.events`.
extension Engine {
    /// The processes of one answer, which then fits into a packet in most cases and takes a fraction of a millisecond.
    private static let page = 64

    /// Counters: of each process since its group was added, of events since init started, and `uptime`, the seconds
    /// since then; `restarts_in_hour`, by init, of all processes in the last 55 to 60 minutes.
    ///
    /// - Parameter position: 0, or `next` of the previous answer: thousands of processes come in pieces, so that
    ///   nothing else waits. `next` is 0 in the last one.
    func metrics(from position: Int) -> RequestAnswer {
        let (processes, next) = supervisor.processes(from: position, most: Self.page)
        var encoder = WireEncoder()
        let left = supervisor.drainLeft(Self.now.instant)
        encoder.structure(count: 9)
        encoder.pair("next", next ?? 0)
        encoder.pair("now", Self.now.wall)
        encoder.pair("draining", left != nil)
        encoder.pair("drain_left", left ?? -1)
        encoder.pair("uptime", Int((SystemClock.boottime &- loop.began) / 1_000_000_000))
        encoder.pair("restarts_in_hour", supervisor.restartsInHour(Self.now.instant))
        encoder.key("memory")
        encoder.structure(count: 3)
        encoder.pair("short", Heap.isShort)
        encoder.pair("reserve", Heap.reserved)
        encoder.pair("reserve_most_used", Heap.mostUsed)
        encoder.key("events")
        output.events.encode(into: &encoder)
        encoder.key("processes")
        encoder.array(count: processes.count)
        for id in processes {
            let channels = channels(of: id)
            let health = supervisor.health(of: id)
            encoder.structure(count: (channels == nil ? 8 : 13) + (health == nil ? 0 : 1))
            encoder.pair("name", supervisor.name(of: id))
            encoder.pair("group", supervisor.groupName(of: id))
            encoder.pair("state", (supervisor.state(of: id) ?? .unknown).rawValue)
            encoder.pair("pid", Int(supervisor.pid(of: id)))
            encoder.pair("start", supervisor.started(id))
            encoder.pair("restarts", supervisor.restarts(of: id))
            encoder.pair("waiting", supervisor.isWaiting(id))
            encoder.pair("ready", supervisor.isReady(slot: id.slot))
            if let health { encoder.pair("health", "\(health.name)") }
            channels?.encode(into: &encoder)
        }
        return .value(encoder.bytes)
    }

    /// Answers true, with the descriptor that the events come from.
    func stream(_ types: EventTypes, as request: RequestID) {
        guard !types.isEmpty else {
            control?.reply(request, .fault(.incorrectParameters, ""))
            return
        }
        do throws(Errno) {
            var encoder = WireEncoder()
            encoder.bool(true)
            control?.reply(request, encoder.bytes, handingOver: try output.events.stream(types))
        } catch {
            control?.reply(request, .fault(.failed, error.description))
        }
    }
}
