// `depends_on`: who may start, who waits, and in which order a request stops what depends on each other.
//
// A condition is a function of a process's published state, so nothing here has a timer. What a change of state means for
// others isn't done at once, but noted in the queue of the next tick: a chain of programs of any length costs no stack, and
// a thousand programs that wait for one are started in steps.

extension Supervisor {
    /// What is to happen to a process, beyond its state.
    struct Marks: OptionSet, Equatable, Sendable {
        let rawValue: UInt8

        /// It is in the queue.
        static let queued = Marks(rawValue: 1)
        /// It will be started, with what it depends on.
        static let wanted = Marks(rawValue: 2)
        /// It was started without what it depends on.
        static let alone = Marks(rawValue: 4)
        /// It will be stopped when those that depend on it have stopped.
        static let stopsLater = Marks(rawValue: 8)
        /// When it has stopped, it is started again.
        static let comesBack = Marks(rawValue: 16)
        /// It is ready, as was published.
        static let isReady = Marks(rawValue: 32)
        /// It comes back because its files have changed, not because of what it depends on.
        static let isRenewed = Marks(rawValue: 64)

        static let renewed: Marks = [.comesBack, .isRenewed]
    }

    /// Whether a process may start.
    enum StartVerdict: Equatable {
        case ready, waiting
        case hopeless(DependencyFailure)
    }

    private enum EdgeState {
        case met, pending
        case failed(DependencyFailure.Cause)
    }

    // MARK: The graph

    /// Computes the graph anew: groups have come or gone.
    mutating func linkDependencies() {
        graph = DependencyGraph()
        defer { lookAgain() }
        // Without dependents, nobody was blocked: the counts of those that are up stay as they are.
        guard groups.contains(where: { $0.settings.processes.contains { !$0.dependencies.isEmpty } }) else { return }
        var needs: [[DependencyGraph.Need]] = Array(repeating: [], count: members.count)
        for group in groups {
            for slot in group.members {
                for dependency in settings(slot: slot).dependencies {
                    var slots = self.slots(of: dependency).map { Int32(truncatingIfNeeded: $0) }
                    if slots.isEmpty { slots = [-1] }
                    for target in slots {
                        needs[slot].append(
                            .init(slot: target, condition: dependency.condition, flags: dependency.flags))
                    }
                }
            }
        }
        graph = DependencyGraph(needs)
        for slot in members.indices where isUp(slot) { hold(slot, 1) }
        countUpAnew()
    }

    mutating func countUpAnew() {
        up = UpCounts()
        for slot in members.indices where isUp(slot) && graph.isFree(slot) {
            up.change(1, at: wave(ofGroup: members[slot].group))
        }
    }

    /// Looks again at everybody who waits, to start or to stop: the graph has changed.
    private mutating func lookAgain() {
        for slot in members.indices where members[slot].isUsed {
            let hasPlans = !members[slot].marks.isDisjoint(with: [.stopsLater, .comesBack])
            if hasPlans || members[slot].awaitsDependencies { enqueue(slot) }
        }
    }

    private func slots(of dependency: Dependency) -> [Int] {
        guard let group = group(named: dependency.group) else { return [] }
        guard let process = dependency.process else {
            // Those that take part, if there are any.
            let enabled = groups[group].members.filter { settings(slot: $0).isEnabled }
            return enabled.isEmpty ? groups[group].members : enabled
        }
        return groups[group].members.filter { settings(slot: $0).name == process }
    }

    func isUp(_ slot: Int) -> Bool { members[slot].isUsed && members[slot].machine.isUp }

    /// A process has started, or has stopped: those that it depends on may stop later, or now.
    mutating func countUp(_ slot: Int, _ difference: Int) {
        // Otherwise those that depend on it, directly or not, hold what it needs.
        guard graph.isFree(slot) else { return }
        up.change(difference, at: wave(ofGroup: members[slot].group))
        if !graph.isEmpty { hold(slot, difference) }
    }

    /// What a process needs stays up as long as it does: directly, or through others that are down, such as jobs that
    /// are done.
    private mutating func hold(_ slot: Int, _ difference: Int) {
        var holders = [slot]
        while let holder = holders.popLast() {
            for need in graph.needs(of: holder) where need.slot >= 0 {
                let target = Int(need.slot)
                guard graph.block(target, Int32(difference)) else { continue }
                guard isUp(target) else {
                    holders.append(target)
                    continue
                }
                up.change(-difference, at: wave(ofGroup: members[target].group))
                if difference < 0, !lifecycle.isRunning { freed.append(target) }
            }
        }
    }

    // MARK: Starting

    /// Whether what a process depends on allows its start.
    func verdict(_ slot: Int) -> StartVerdict {
        if members[slot].marks.contains(.alone) { return .ready }
        var verdict = StartVerdict.ready
        for need in graph.needs(of: slot) {
            if need.slot < 0 && need.flags.contains(.optional) || isOut(need) { continue }
            switch edgeState(need.slot, need.condition) {
            case .met: break
            case .pending: verdict = .waiting
            case .failed(let cause):
                guard !need.flags.contains(.optional) else { continue }
                return .hopeless(DependencyFailure(name: namespec(slot: Int(need.slot)), cause: cause))
            }
        }
        return verdict
    }

    /// It is disabled, nobody has started it, and it isn't required.
    private func isOut(_ need: DependencyGraph.Need) -> Bool {
        guard need.slot >= 0, need.flags.contains(.optional) else { return false }
        let member = members[Int(need.slot)]
        return member.machine.state == .stopped && !member.marks.contains(.wanted)
            && !settings(slot: Int(need.slot)).isEnabled
    }

    /// How far a process is on its way to a condition.
    private func edgeState(_ slot: Int32, _ condition: Dependency.Condition) -> EdgeState {
        guard slot >= 0 else { return .pending }
        let member = members[Int(slot)]
        // About to start, or about to stop.
        if !member.marks.isDisjoint(with: [.wanted, .stopsLater]) { return .pending }
        let machine = member.machine
        switch machine.state {
        case .fatal:
            if case .dependency(let failure) = machine.trouble { return .failed(failure.inherited) }
            return .failed(.fatal(machine.spawnError))
        case .unknown: return .failed(.unknown)
        case .stopped, .backoff, .stopping: return .pending
        case .starting: return condition == .started && machine.wasExecuted ? .met : .pending
        case .running:
            switch condition {
            case .started: return .met
            case .ready: return isFit(Int(slot)) ? .met : .pending
            case .healthy: return checkups[Int(slot)]?.health == .healthy ? .met : .pending
            case .completed, .exited: return .pending
            }
        case .exited:
            // What isn't wanted here is no reason to wait.
            if condition == .started || machine.isSkipped { return .met }
            if machine.awaitsRestart { return .pending }
            switch condition {
            case .exited: return .met
            case .ready where settings(slot: Int(slot)).isOneShot && machine.isDone(settings(slot: Int(slot))):
                return .met
            case .completed where machine.isDone(settings(slot: Int(slot))): return .met
            case .started, .ready, .healthy, .completed: return .failed(.ended(machine.exitStatus))
            }
        }
    }

    /// Starts a process with what it depends on, as a person or `autostart` wants it.
    mutating func begin(_ slot: Int, alone: Bool = false, _ now: Moment, _ actions: inout [Action]) {
        members[slot].marks.remove([.wanted, .alone, .renewed])
        if alone { members[slot].marks.insert(.alone) } else { want(neededBy: slot) }
        launch(slot, now, &actions)
    }

    /// Starts a process, or lets it wait for what it depends on.
    mutating func launch(_ slot: Int, _ now: Moment, _ actions: inout [Action]) {
        members[slot].marks.remove(.wanted)
        switch verdict(slot) {
        case .ready:
            reportOptional(slot, &actions)
            advance(slot, .start, now, &actions)
        case .waiting: advance(slot, .postpone, now, &actions)
        case .hopeless:
            advance(slot, .postpone, now, &actions)
            enqueue(slot)
        }
    }

    /// Puts everything in the queue that a process needs, directly or not, and that is down.
    private mutating func want(neededBy slot: Int) {
        guard !graph.needs(of: slot).isEmpty else { return }
        var isVisited = Array(repeating: false, count: members.count)
        var path = [slot]
        while let next = path.popLast() {
            for need in graph.needs(of: next) where need.slot >= 0 && !isVisited[Int(need.slot)] {
                let target = Int(need.slot)
                isVisited[target] = true
                // Who is about to be started finds its own.
                guard !members[target].marks.contains(.wanted), !isOut(need) else { continue }
                if case .met = edgeState(need.slot, need.condition) { continue }
                switch members[target].machine.state {
                case .stopped, .exited, .fatal:
                    members[target].marks.insert(.wanted)
                    enqueue(target)
                case .starting: path.append(target)
                case .running, .backoff, .stopping, .unknown: break
                }
            }
        }
    }

    /// Says without whom a program starts.
    private mutating func reportOptional(_ slot: Int, _ actions: inout [Action]) {
        guard logLevel <= .warn, !members[slot].marks.contains(.alone) else { return }
        for need in graph.needs(of: slot) where need.flags.contains(.optional) {
            if isOut(need) {
                let name = namespec(slot: Int(need.slot))
                actions.append(.log(.info, "\(settings(slot: slot).name) starts without \(name), which is disabled"))
            }
            guard case .failed(let cause) = edgeState(need.slot, need.condition) else { continue }
            let failure = DependencyFailure(name: namespec(slot: Int(need.slot)), cause: cause)
            actions.append(.log(.warn, "\(settings(slot: slot).name) starts without it: \(failure.sentence)"))
        }
    }

    // MARK: The queue

    /// The next tick looks at this process.
    mutating func enqueue(_ slot: Int) {
        guard !members[slot].marks.contains(.queued) else { return }
        members[slot].marks.insert(.queued)
        startQueue.append(id(slot: slot))
    }

    /// Starts it, stops it or gives it up, if it is time.
    mutating func look(_ slot: Int, _ now: Moment, _ actions: inout [Action]) {
        members[slot].marks.remove(.queued)
        let machine = members[slot].machine
        if members[slot].marks.contains(.stopsLater) {
            stopIfFree(slot, now, &actions)
        } else if members[slot].marks.contains(.wanted) {
            guard machine.state.isStopped else { return unmark(slot, .wanted) }
            begin(slot, now, &actions)
        } else if members[slot].marks.contains(.comesBack) {
            guard machine.state.isStopped else { return }
            members[slot].marks.remove(.renewed)
            launch(slot, now, &actions)
        } else if machine.isWaiting {
            switch verdict(slot) {
            case .ready: launch(slot, now, &actions)
            case .waiting: break
            case .hopeless(let failure): advance(slot, .dependencyFailed(failure), now, &actions)
            }
        } else if machine.recoversWithDependencies, verdict(slot) == .ready {
            launch(slot, now, &actions)
        }
    }

    /// What was to happen to a process has happened, or isn't wanted any more. While it was, nobody's conditions held.
    private mutating func unmark(_ slot: Int, _ marks: Marks) {
        members[slot].marks.remove(marks)
        for dependent in graph.dependents(of: slot) where members[Int(dependent.slot)].awaitsDependencies {
            enqueue(Int(dependent.slot))
        }
    }

    /// A process has changed its state: notes what that means for those that depend on it, and for those it depends on.
    mutating func noteChange(_ slot: Int, from before: ProcessState) {
        guard lifecycle.isRunning else { return }
        let machine = members[slot].machine
        if machine.pid == 0, !members[slot].marks.isDisjoint(with: [.comesBack, .stopsLater]) { enqueue(slot) }
        guard !graph.isEmpty else { return }
        if machine.pid == 0 {
            for need in graph.needs(of: slot) where need.slot >= 0 {
                if members[Int(need.slot)].marks.contains(.stopsLater) { enqueue(Int(need.slot)) }
            }
        }
        let isOut = machine.state == .stopped && !settings(slot: slot).isEnabled
        for dependent in graph.dependents(of: slot) {
            let other = Int(dependent.slot)
            if isOut, dependent.flags.contains(.optional), members[other].awaitsDependencies { enqueue(other) }
            switch edgeState(Int32(truncatingIfNeeded: slot), dependent.condition) {
            case .met: if members[other].awaitsDependencies { enqueue(other) }
            case .failed where members[other].awaitsDependencies: enqueue(other)
            case .pending, .failed:
                guard dependent.flags.contains(.restart), Self.met(dependent.condition, in: before) else { continue }
                restartWithout(other)
            }
        }
    }

    /// Whether a process in that state may have met the condition.
    private static func met(_ condition: Dependency.Condition, in state: ProcessState) -> Bool {
        switch state {
        case .running: !condition.isAboutTheEnd
        case .starting: condition == .started
        case .exited: condition.isAboutTheEnd
        case .stopped, .backoff, .stopping, .fatal, .unknown: false
        }
    }

    /// Stops a process that runs and depends on somebody who has gone down, and starts it again later.
    private mutating func restartWithout(_ slot: Int) {
        let machine = members[slot].machine
        guard machine.state == .running || machine.state == .starting && !machine.isWaiting else { return }
        guard members[slot].marks.isDisjoint(with: [.alone, .stopsLater]) else { return }
        members[slot].marks.insert([.stopsLater, .comesBack])
        enqueue(slot)
    }

    // MARK: Stopping

    /// Stops processes that a request names, after those that have to be stopped before them.
    mutating func stopInOrder(_ slots: [Int], _ now: Moment, _ actions: inout [Action]) {
        guard !graph.isEmpty else {
            for slot in slots {
                members[slot].marks.remove(.renewed)
                advance(slot, .stop, now, &actions)
            }
            return
        }
        for slot in slots {
            unmark(slot, [.wanted, .renewed])
            members[slot].marks.insert(.stopsLater)
        }
        // Those that are restarted with what they depend on.
        var all = slots
        var next = 0
        while next < all.count {
            for dependent in graph.dependents(of: all[next]) where dependent.flags.contains(.restart) {
                let other = Int(dependent.slot)
                guard !members[other].machine.state.isStopped, !members[other].machine.isWaiting,
                    !members[other].machine.isStopping,
                    members[other].marks.isDisjoint(with: [.alone, .stopsLater])
                else { continue }
                members[other].marks.insert([.stopsLater, .comesBack])
                all.append(other)
            }
            next += 1
        }
        for slot in all.reversed() where members[slot].marks.contains(.stopsLater) { stopIfFree(slot, now, &actions) }
    }

    /// The processes that depend on these, directly or not, and these.
    func withDependents(_ slots: [Int]) -> [Int] {
        var isVisited = Array(repeating: false, count: members.count)
        for slot in slots { isVisited[slot] = true }
        var all = slots
        var next = 0
        while next < all.count {
            for dependent in graph.dependents(of: all[next]) where !isVisited[Int(dependent.slot)] {
                isVisited[Int(dependent.slot)] = true
                all.append(Int(dependent.slot))
            }
            next += 1
        }
        return all
    }

    private mutating func stopIfFree(_ slot: Int, _ now: Moment, _ actions: inout [Action]) {
        let isBlocked = graph.dependents(of: slot).contains {
            let other = members[Int($0.slot)]
            return other.machine.isUnwinding
                || other.machine.pid != 0 && (other.marks.contains(.stopsLater) || other.machine.isStopping)
        }
        guard !isBlocked || members[slot].machine.pid == 0 else { return }
        unmark(slot, .stopsLater)
        advance(slot, .stop, now, &actions)
    }

    // MARK: What people see

    /// Bytes of names after which the others are only counted.
    private static let mostAwaitedBytes = 200

    /// What a waiting process waits for, as `db to be ready, cache to be started and 2 more`; nil if it doesn't wait.
    func awaited(_ slot: Int) -> String? {
        guard members[slot].machine.isWaiting else { return nil }
        var text = ""
        var others = 0
        for need in graph.needs(of: slot) {
            guard case .pending = edgeState(need.slot, need.condition), !isOut(need) else { continue }
            guard text.utf8.count <= Self.mostAwaitedBytes else {
                others += 1
                continue
            }
            let name = need.slot >= 0 ? namespec(slot: Int(need.slot)) : "a program that was removed"
            text += "\(text.isEmpty ? "" : ", ")\(name) \(need.condition.expectation)"
        }
        if others > 0 { text += " and \(others) more" }
        return text.isEmpty ? "its turn" : text
    }
}
