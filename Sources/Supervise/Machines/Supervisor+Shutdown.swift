// Carries out what the lifecycle decides.

extension Supervisor {
    mutating func handle(_ event: Lifecycle.Event, _ now: Moment, _ actions: inout [Action]) {
        var decided: [Lifecycle.Action] = []
        lifecycle.handle(event, now: now.instant, into: &decided)
        for action in decided { perform(action, now, &actions) }
    }

    /// Continues the shutdown as far as possible now.
    mutating func advanceShutdown(_ now: Moment, _ actions: inout [Action]) {
        while lifecycle.asksWhatRemains {
            isEarliestKnown = false
            var decided: [Lifecycle.Action] = []
            lifecycle.handle(.remaining(remaining), now: now.instant, into: &decided)
            var hasStopped = false
            for action in decided {
                if case .stop = action { hasStopped = true }
                perform(action, now, &actions)
            }
            if stopFreed(now, &actions) { hasStopped = true }
            guard hasStopped else { return }
        }
    }

    private mutating func perform(_ action: Lifecycle.Action, _ now: Moment, _ actions: inout [Action]) {
        switch action {
        case .announce(let ending):
            startQueue = []
            nextStart = 0
            leaveAt = nil
            for slot in members.indices { members[slot].marks = [] }
            actions.append(.publish(.state(ending.state)))
            endWaits(&actions)
            // Their programs must not start any more, whenever their wave comes.
            for slot in members.indices where members[slot].isUsed && members[slot].machine.isPreparing {
                advance(slot, .stop, now, &actions)
            }
        case .stop(let priority):
            for index in groups.indices.reversed() where groups[index].settings.priority == priority {
                stopAll(group: index, now, &actions)
            }
        case .report: reportShutdown(&actions)
        case .deliver: actions.append(.deliver)
        case .leave(let ending): actions.append(.leave(ending))
        case .sweep(let action): actions.append(.sweep(action))
        case .finished(let ending): actions.append(.finished(ending))
        }
    }

    /// Listeners hear of the last exits before they are stopped. supervisord may stop them with that event in their
    /// stdin.
    private var remaining: Lifecycle.Wave? {
        guard let priority = up.highest else { return nil }
        // Once they are being stopped, it doesn't matter what they are.
        if case .stopping(_, priority) = lifecycle.state {
            return Lifecycle.Wave(priority: priority, isListeners: false)
        }
        for group in groups where group.settings.priority == priority {
            if case .eventListener = group.settings.kind { continue }
            if group.members.contains(where: { members[$0].machine.isUp }) {
                return Lifecycle.Wave(priority: priority, isListeners: false)
            }
        }
        return Lifecycle.Wave(priority: priority, isListeners: true)
    }

    private mutating func stopAll(group: Int, _ now: Moment, _ actions: inout [Action]) {
        for slot in membersByPriority(group: group).reversed() where graph.isFree(slot) { stop(slot, now, &actions) }
    }

    private mutating func stop(_ slot: Int, _ now: Moment, _ actions: inout [Action]) {
        switch members[slot].machine.state {
        case .running, .starting: advance(slot, .stop, now, &actions)
        // It would be started again.
        case .stopping: if members[slot].machine.isEnding { advance(slot, .stop, now, &actions) }
        case .backoff: advance(slot, .giveUp, now, &actions)
        case .stopped, .exited, .fatal, .unknown: break
        }
    }

    /// Stops processes of this wave that had to wait for those that depend on them. Those of other waves are stopped with
    /// theirs.
    private mutating func stopFreed(_ now: Moment, _ actions: inout [Action]) -> Bool {
        guard !freed.isEmpty else { return false }
        var hasStopped = false
        while let slot = freed.popLast() {
            guard case .stopping(_, let wave?) = lifecycle.state else { continue }
            guard groups[members[slot].group].settings.priority == wave, graph.isFree(slot) else { continue }
            stop(slot, now, &actions)
            hasStopped = true
        }
        return hasStopped
    }

    /// Names the processes that still run.
    private mutating func reportShutdown(_ actions: inout [Action]) {
        guard logLevel <= .info else { return }
        var names = ""
        var others = 0
        for group in groups {
            for slot in group.members where !members[slot].machine.state.isStopped {
                // A line with thousands of names every three seconds helps no one.
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

/// How many processes run, by the priority of their groups, so that a death requires no look at all of them.
struct UpCounts: Equatable, Sendable {
    private struct Entry: Equatable, Sendable {
        var priority: Int
        /// > 0.
        var count: Int
    }

    /// In no order; there are few priorities.
    private var entries: [Entry] = []

    /// nil: nothing runs.
    var highest: Int? {
        var highest: Int?
        for entry in entries { highest = max(highest ?? entry.priority, entry.priority) }
        return highest
    }

    mutating func change(_ difference: Int, at priority: Int) {
        guard let index = entries.firstIndex(where: { $0.priority == priority }) else {
            if difference > 0 { entries.append(Entry(priority: priority, count: difference)) }
            return
        }
        entries[index].count += difference
        if entries[index].count <= 0 { entries.remove(at: index) }
    }
}
