// The end: waves of groups by descending priority, each waited for. Groups of one priority are one wave, so
// that ten programs that ignore SIGTERM cost one `stopwaitsecs` and not ten.

extension Supervisor {
    /// How long listeners may work on the last events: a container has ten seconds for all of its end, often.
    static let deliverSeconds = 1

    mutating func end(_ how: SupervisorState, _ now: Moment, _ actions: inout [Action]) {
        let wasRunning = state == .running
        switch (state, how) {
        case (.running, .shutdown), (.running, .restarting), (.restarting, .shutdown): state = how
        case (.running, _), (.restarting, _), (.shutdown, _), (.fatal, _): return
        }
        isEarliestKnown = false
        endingSince = now.instant
        guard wasRunning else { return }
        startQueue = []
        nextStart = 0
        shutdownReportAt = now.instant
        actions.append(.publish(.state(how)))
        endWaits(&actions)
    }

    /// Stops the next wave when the one before is through; says when nothing is left.
    mutating func advanceShutdown(_ now: Moment, _ actions: inout [Action]) {
        guard state != .running, !hasFinished else { return }
        while true {
            var highest: Int?
            for group in groups where group.members.contains(where: { !members[$0].machine.state.isStopped }) {
                highest = max(highest ?? group.settings.priority, group.settings.priority)
            }
            guard let highest else {
                hasFinished = true
                shutdownReportAt = nil
                deliverUntil = nil
                actions.append(.finished(state))
                return
            }
            guard highest != wave else {
                deliverUntil = nil
                reportShutdown(now, &actions)
                return
            }
            guard mayStop(highest, now, &actions) else {
                reportShutdown(now, &actions)
                return
            }
            deliverUntil = nil
            wave = highest
            isEarliestKnown = false
            for index in groups.indices.reversed() where groups[index].settings.priority == highest {
                stopAll(group: index, now, &actions)
            }
        }
    }

    /// Listeners hear of the last end before their own. supervisord may stop them with that event in their stdin.
    private mutating func mayStop(_ priority: Int, _ now: Moment, _ actions: inout [Action]) -> Bool {
        for group in groups where group.settings.priority == priority {
            guard group.members.contains(where: { !members[$0].machine.state.isStopped }) else { continue }
            guard case .eventListener = group.settings.kind else { return true }
        }
        isEarliestKnown = false
        guard let until = deliverUntil else {
            deliverUntil = now.instant + Self.deliverSeconds
            actions.append(.deliver)
            return false
        }
        return now.instant >= until
    }

    private mutating func stopAll(group: Int, _ now: Moment, _ actions: inout [Action]) {
        for slot in membersByPriority(group: group).reversed() {
            switch members[slot].machine.state {
            case .running, .starting: advance(slot, .stop, now, &actions)
            case .backoff: advance(slot, .giveUp, now, &actions)
            case .stopped, .stopping, .exited, .fatal, .unknown: break
            }
        }
    }

    /// Names those that are still up: at once and every three seconds.
    mutating func reportShutdown(_ now: Moment, _ actions: inout [Action]) {
        guard let reportAt = shutdownReportAt, now.instant >= reportAt, !hasFinished else { return }
        shutdownReportAt = now.instant + 3
        isEarliestKnown = false
        guard logLevel <= .info else { return }
        var names = ""
        var others = 0
        for group in groups {
            for slot in group.members where !members[slot].machine.state.isStopped {
                // Thousands of names in a line every three seconds help nobody.
                if names.utf8.count > 4096 {
                    others += 1
                } else {
                    names += names.isEmpty ? settings(slot: slot).name : ", \(settings(slot: slot).name)"
                }
            }
        }
        guard !names.isEmpty else { return }
        let rest = others > 0 ? " and \(others) others" : ""
        actions.append(.log(.info, "waiting for \(names)\(rest) to die"))
    }
}
