import Kernel
import Supervise

/// What is asked by those who watch: `reeve.metrics` and `reeve.events`.
extension Engine {
    /// What was counted: of each process since its group was added, of events since init started, and `uptime`, the
    /// seconds since then.
    func encodeMetrics(into encoder: inout Encoder) {
        let processes = supervisor.processes
        encoder.structure(count: 4)
        encoder.pair("uptime", Int((Clock.boottime &- loop.began) / 1_000_000_000))
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
            encoder.structure(count: channels == nil ? 3 : 8)
            encoder.pair("name", supervisor.settings(of: id)?.name ?? "")
            encoder.pair("group", supervisor.groupName(of: id))
            encoder.pair("restarts", supervisor.restarts(of: id))
            channels?.encode(into: &encoder)
        }
    }

    /// Answers true, beside the descriptor that the events come from.
    func stream(_ types: EventTypes, as request: RequestID) {
        guard !types.isEmpty else {
            control?.reply(request, .fault(.incorrectParameters, ""))
            return
        }
        do throws(Errno) {
            var encoder = Encoder()
            encoder.bool(true)
            control?.reply(request, encoder.bytes, handingOver: try output.events.stream(types))
        } catch {
            control?.reply(request, .fault(.failed, error.description))
        }
    }
}
