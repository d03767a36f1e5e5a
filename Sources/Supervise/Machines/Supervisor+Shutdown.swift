// Carries out what the lifecycle decides.

extension Supervisor {
    /// What `[supervisord]` says about the course of a shutdown.
    public var shutdownRules: ShutdownRules {
        get { lifecycle.rules }
        set { lifecycle.rules = newValue }
    }

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
            endDrain(.fault(.shutdownState, ""), &actions)
            settleOrder()
            // Their programs must not start any more, whenever their wave comes.
            for slot in members.indices where members[slot].isUsed && members[slot].machine.isPreparing {
                advance(slot, .stop, now, &actions)
            }
        case .stop(let priority):
            makePlan(now, &actions)
            for index in groups.indices.reversed() where wave(ofGroup: index) == priority {
                stopAll(group: index, now, &actions)
            }
        case .stopEverybody(let killBy):
            for slot in members.indices where isUp(slot) && !members[slot].machine.isStopping {
                stop(slot, killBy: killBy, now, &actions)
                endCleanUp(slot, now, &actions)
            }
        case .killEverybody:
            for slot in members.indices where isUp(slot) {
                endCleanUp(slot, now, &actions)
                if !members[slot].machine.state.isStopped { advance(slot, .kill, now, &actions) }
            }
        case .abandon:
            giveUpWaiting(&actions)
            if logLevel <= .warn {
                actions.append(.log(.warn, "leaving, although \(namesOfRunning) can't be ended"))
            }
        case .report: reportShutdown(&actions)
        case .deliver: actions.append(.deliver)
        case .leave(let ending): actions.append(.leave(ending))
        case .sweep(let action): actions.append(.sweep(action))
        case .finished(let ending): actions.append(.finished(ending))
        }
    }

    // MARK: The order

    /// The groups of the highest wave are stopped first.
    func wave(ofGroup group: Int) -> Int {
        guard !lifecycle.isRunning, lifecycle.rules.mode == .parallel else { return groups[group].settings.priority }
        return groups[group].settings.kind == .eventListener ? 0 : 1
    }

    /// From here on nothing starts: only the mode says whether dependencies and priorities count.
    private mutating func settleOrder() {
        let mode = lifecycle.rules.mode ?? (graph.isEmpty ? .compat : .dependencies)
        lifecycle.rules.mode = mode
        guard mode != .dependencies else { return }
        graph = DependencyGraph()
        countUpAnew()
    }

    /// Once, before the first stop: divides the time that there is. What is being stopped already has its part, too.
    private mutating func makePlan(_ now: Moment, _ actions: inout [Action]) {
        guard plan == nil, lifecycle.budget != nil else { return }
        let waves = members.indices.map { isUp($0) ? wave(ofGroup: members[$0].group) : nil }
        plan = ShutdownPlan(waves: waves, graph: graph, begin: now.instant)
        for slot in members.indices where members[slot].machine.isStopping {
            guard let limit = limit(slot, now) else { continue }
            advance(slot, .hurry(killBy: limit), now, &actions)
        }
    }

    /// When `post_stop_hook` of a process that is down has to end, since others wait for it.
    func cleanUpLimit(_ slot: Int) -> Instant? {
        guard let plan, let budget = lifecycle.budget, isUp(slot), members[slot].machine.state.isStopped else {
            return nil
        }
        return plan.latest(slot, end: budget.killBy)
    }

    mutating func endCleanUps(_ now: Moment, _ actions: inout [Action]) {
        guard plan != nil else { return }
        for slot in members.indices {
            if let limit = cleanUpLimit(slot), now.instant >= limit { endCleanUp(slot, now, &actions) }
        }
    }

    /// Once.
    private mutating func endCleanUp(_ slot: Int, _ now: Moment, _ actions: inout [Action]) {
        guard isUp(slot), members[slot].machine.state.isStopped, plan == nil || cleanUpLimit(slot) != nil else {
            return
        }
        plan?.forget(slot)
        advance(slot, .kill, now, &actions)
    }

    /// When a process that is stopped now has to be killed; nil: when its own time is over.
    private func limit(_ slot: Int, _ now: Moment) -> Instant? {
        guard let plan, let budget = lifecycle.budget else { return nil }
        return plan.limit(slot, now: now.instant, end: budget.killBy)
    }

    /// Listeners hear of the last exits before they are stopped. supervisord may stop them with that event in their
    /// stdin.
    private var remaining: Lifecycle.Wave? {
        guard let priority = up.highest else { return waveOfHooks }
        // Once they are being stopped, it doesn't matter what they are.
        if case .stopping(_, priority) = lifecycle.state {
            return Lifecycle.Wave(priority: priority, isListeners: false)
        }
        for index in groups.indices where wave(ofGroup: index) == priority {
            if case .eventListener = groups[index].settings.kind { continue }
            if groups[index].members.contains(where: { members[$0].machine.isUp }) {
                return Lifecycle.Wave(priority: priority, isListeners: false)
            }
        }
        return Lifecycle.Wave(priority: priority, isListeners: true)
    }

    /// Commands of `[hook:x]` may be all that is left: after the programs, they have a wave of their own, if there is
    /// time.
    private var waveOfHooks: Lifecycle.Wave? {
        guard lifecycle.rules.awaitsHooks else { return nil }
        let wave = Lifecycle.Wave(priority: .min, isListeners: true)
        switch lifecycle.state {
        case .stopping(let course, let last): return course.force > .none || last == wave.priority ? nil : wave
        case .delivering: return wave
        case .running, .delaying, .sweeping, .finished: return nil
        }
    }

    private mutating func stopAll(group: Int, _ now: Moment, _ actions: inout [Action]) {
        for slot in membersByPriority(group: group).reversed() where graph.isFree(slot) {
            stop(slot, killBy: limit(slot, now), now, &actions)
        }
    }

    private mutating func stop(_ slot: Int, killBy: Instant?, _ now: Moment, _ actions: inout [Action]) {
        switch members[slot].machine.state {
        case .running, .starting:
            advance(slot, .stop, now, &actions)
            if let killBy { advance(slot, .hurry(killBy: killBy), now, &actions) }
        // It would be started again.
        case .stopping where members[slot].machine.isEnding:
            advance(slot, .stop, now, &actions)
            if let killBy { advance(slot, .hurry(killBy: killBy), now, &actions) }
        case .backoff: advance(slot, .giveUp, now, &actions)
        case .stopped, .stopping, .exited, .fatal, .unknown: break
        }
    }

    /// Stops processes of this wave that had to wait for those that depend on them. Those of other waves are stopped with
    /// theirs.
    private mutating func stopFreed(_ now: Moment, _ actions: inout [Action]) -> Bool {
        guard !freed.isEmpty else { return false }
        var hasStopped = false
        while let slot = freed.popLast() {
            guard case .stopping(_, let wave?) = lifecycle.state else { continue }
            guard self.wave(ofGroup: members[slot].group) == wave, graph.isFree(slot) else { continue }
            stop(slot, killBy: limit(slot, now), now, &actions)
            hasStopped = true
        }
        return hasStopped
    }

    /// Names the processes that still run.
    private mutating func reportShutdown(_ actions: inout [Action]) {
        guard logLevel <= .info else { return }
        let names = namesOfRunning
        if !names.isEmpty { actions.append(.log(.info, "waiting for \(names) to die")) }
    }

    private var namesOfRunning: String {
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
        return others > 0 ? names + " and \(others) others" : names
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
