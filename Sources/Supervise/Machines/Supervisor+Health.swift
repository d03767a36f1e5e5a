// `reeve.ready`: what readiness probes ask.

extension Supervisor {
    /// The programs that aren't ready: an array of {name, statename, reason}, empty when all are. Ready is RUNNING, or
    /// done: exited with an expected code and not restarted, or skipped. `reason` is `spawnerr`, or empty.
    ///
    /// - Parameter names: as they were written; none means all programs that start automatically.
    public func unready(_ names: [String]) -> RequestAnswer {
        var slots: [Int] = []
        if names.isEmpty {
            for group in groups {
                for slot in group.members where settings(slot: slot).autostart { slots.append(slot) }
            }
        }
        for name in names {
            guard let found = self.slots(named: name) else { return .fault(.badName, name) }
            slots += found
        }
        slots.removeAll(where: isReady)
        var encoder = WireEncoder()
        encoder.array(count: slots.count)
        for slot in slots {
            let machine = members[slot].machine
            encoder.structure(count: 3)
            encoder.pair("name", namespec(slot: slot))
            encoder.pair("statename", machine.state.name)
            encoder.pair("reason", awaited(slot).map { "waiting for \($0)" } ?? machine.spawnError)
        }
        return .value(encoder.bytes)
    }

    func isReady(slot: Int) -> Bool {
        let machine = members[slot].machine
        return machine.state == .running || machine.isDone(settings(slot: slot)) || machine.isSkipped
    }
}
