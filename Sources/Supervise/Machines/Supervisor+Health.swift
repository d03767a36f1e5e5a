// `reeve.ready`: what readiness probes ask.

extension Supervisor {
    /// The programs that aren't ready: an array of {name, statename, reason}, empty when all are. Ready is RUNNING, or
    /// healthy if it has a check; or done: exited with an expected code and not restarted; or skipped. `reason` is what it
    /// waits for, what its check or itself says, `spawnerr`, or empty. During a drain, init itself is among them.
    ///
    /// - Parameter names: as they were written; none means all programs that start automatically.
    public func unready(_ names: [String]) -> RequestAnswer {
        var slots: [Int] = []
        if names.isEmpty { slots = unreadyAmongAutomatic.slots }
        for name in names {
            guard let found = self.slots(named: name) else { return .fault(.badName, name) }
            for slot in found where !isReady(slot: slot) { slots.append(slot) }
        }
        var encoder = WireEncoder()
        encoder.array(count: slots.count + (drain == nil ? 0 : 1))
        if drain != nil {
            encoder.structure(count: 3)
            encoder.pair("name", "init")
            encoder.pair("statename", "DRAINING")
            encoder.pair("reason", "")
        }
        for slot in slots {
            let machine = members[slot].machine
            encoder.structure(count: 3)
            encoder.pair("name", namespec(slot: slot))
            encoder.pair("statename", machine.state.name)
            encoder.pair("reason", reasonForUnreadiness(slot))
        }
        return .value(encoder.bytes)
    }

    /// Those of the processes that start automatically that aren't ready, and how many of the former there are.
    var unreadyAmongAutomatic: (slots: [Int], count: Int) {
        var slots: [Int] = []
        var count = 0
        for group in groups {
            for slot in group.members where settings(slot: slot).autostart {
                count += 1
                if !isReady(slot: slot) { slots.append(slot) }
            }
        }
        return (slots, count)
    }

    /// RUNNING, healthy if it has a check, and not about to exit; or done, or skipped.
    public func isReady(slot: Int) -> Bool {
        let machine = members[slot].machine
        guard machine.state == .running else { return machine.isDone(settings(slot: slot)) || machine.isSkipped }
        return checkups[slot].map { $0.health == .healthy } ?? true && notices[slot]?.isStopping != true
    }
}
