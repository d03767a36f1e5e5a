// start, stop and signal: requests that change processes, and the answers that have to wait.

/// The processes that a request is about.
public enum Selection: Equatable, Sendable {
    case all
    case group(String)
    /// As it was written: `web`, `group:web`, `group:*` or `group:`.
    case named(String)
}

/// A request that changes what runs.
public enum SupervisorCommand: Sendable {
    /// `alone`: without what they depend on.
    case start(Selection, wait: Bool, alone: Bool = false)
    /// `dependents`: and everything that depends on them; the answer is a list.
    case stop(Selection, wait: Bool, dependents: Bool = false)
    /// The signal as it was written: its validity is checked after the name is.
    case signal(Selection, String)
    /// Until all of them (every process, if no name is given) are in one of the states at the same time. The states are
    /// numbers, as in RPC: an unknown one is never reached.
    case wait([String], [Int])
    /// Let them read their own configuration again.
    case reload(Selection)
    /// Let readiness probes fail for so many seconds.
    case drain(seconds: Int)
    case addGroup(String)
    case removeGroup(String)
    /// Give a group the settings that were read last.
    ///
    /// - Parameter isScaled: only because it has another number of processes.
    case updateGroup(String, isScaled: Bool = false)
    case shutdown
    /// With the configuration that was read for it.
    case restart(Configuration)
}

/// Why a command can't be spawned, known without trying: `start` then changes no state.
public enum SpawnRejection: Equatable, Sendable {
    case notFound(String)
    case notExecutable(String)
}

/// A request whose answer has to wait for processes.
struct Waiter: Sendable {
    enum Purpose: Equatable, Sendable {
        case start, stop, signal, reload, update, scale
        /// For `wanted`; here `pending` are all processes that it is about, until it is answered.
        case state

        /// `finishUpdates` answers it.
        var isUpdate: Bool { self == .update || self == .scale }
    }

    let request: RequestID
    let purpose: Purpose
    /// Until the process has started or stopped; else only until it is spawned or signalled.
    let waits: Bool
    /// The answer is one value or fault; else a list of results, in the order in which they arrive.
    let isSingle: Bool
    /// The name in the texts of faults, as it was written; for lists, each process's own.
    let name: String
    var pending: [ProcessID]
    var results: [ProcessResult] = []
    var wanted: [Int] = []
}

extension Supervisor {
    /// Performs a request, or rejects it. Every request gets exactly one answer, unless it is abandoned.
    ///
    /// - Parameter refusal: called before a process is started: what a look at the file system says.
    public mutating func perform(
        _ command: SupervisorCommand, for request: RequestID, now: Moment,
        refusal: (ProcessSettings) -> SpawnRejection?,
        into actions: inout [Action]
    ) {
        isEarliestKnown = false
        defer {
            endWhenDone(now, &actions)
            advanceShutdown(now, &actions)
        }
        if !lifecycle.isRunning {
            actions.append(.reply(request, .fault(.shutdownState, "")))
            return
        }
        noteRequest(now)
        switch command {
        case .start(let selection, let wait, let alone):
            start(selection, wait: wait, alone: alone, request, now, refusal, &actions)
        case .stop(let selection, let wait, let dependents):
            stop(selection, wait: wait, dependents: dependents, request, now, &actions)
        case .signal(let selection, let signal):
            self.signal(selection, signal, request, &actions)
        case .reload(let selection): reload(selection, request, &actions)
        case .wait(let names, let states):
            self.wait(for: states, of: names, request, &actions)
        case .drain(let seconds): drain(seconds: seconds, request, now, &actions)
        case .addGroup(let name): actions.append(.reply(request, addGroup(name, now, &actions)))
        case .removeGroup(let name): actions.append(.reply(request, removeGroup(name, &actions)))
        case .updateGroup(let name, let isScaled):
            updateGroup(name, isScaled ? .scale : .update, request, now, &actions)
        case .shutdown:
            actions.append(.reply(request, .true))
            handle(.end(.shutdown(nil)), now, &actions)
        case .restart(let configuration):
            actions.append(.reply(request, .true))
            handle(.end(.restart(configuration)), now, &actions)
        }
    }

    // MARK: Names

    private enum Found {
        case process(Int)
        /// A whole group or everything: the answer is a list.
        case list([Int])
        case nothing
    }

    private func find(_ selection: Selection) -> Found {
        switch selection {
        case .all:
            let order = Order.sorted(groups.map { Order.Rank($0.settings.priority) })
            return .list(order.flatMap { membersByPriority(group: $0) })
        case .group(let name):
            guard let group = group(named: name) else { return .nothing }
            return .list(membersByPriority(group: group))
        case .named(let text):
            let namespec = Namespec(text)
            guard let group = group(named: Text(namespec.group).string) else { return .nothing }
            guard let process = namespec.process else { return .list(membersByPriority(group: group)) }
            let processName = Text(process).string
            guard let slot = groups[group].members.first(where: { settings(slot: $0).name == processName }) else {
                return .nothing
            }
            return .process(slot)
        }
    }

    /// A process by its written name; nil also for a whole group.
    public func process(named text: String) -> ProcessID? {
        if case .process(let slot) = find(.named(text)) { return id(slot: slot) }
        return nil
    }

    /// All processes that a written name means; nil if it means none.
    func slots(named text: String) -> [Int]? {
        switch find(.named(text)) {
        case .process(let slot): [slot]
        case .list(let slots): slots
        case .nothing: nil
        }
    }

    /// All processes, ascending by priority of groups, then of processes.
    public var processesByPriority: [ProcessID] {
        if case .list(let slots) = find(.all) { return slots.map { id(slot: $0) } }
        return []
    }

    func membersByPriority(group: Int) -> [Int] {
        let processes = groups[group].settings.processes
        let order = Order.sorted(processes.map { Order.Rank($0.priority) })
        return order.map { groups[group].members[$0] }
    }

    // MARK: Start

    private mutating func start(
        _ selection: Selection, wait: Bool, alone: Bool, _ request: RequestID, _ now: Moment,
        _ refusal: (ProcessSettings) -> SpawnRejection?, _ actions: inout [Action]
    ) {
        let (slots, name, isSingle) = targets(selection, request, &actions)
        guard let slots else { return }
        var waiter = Waiter(request: request, purpose: .start, waits: wait, isSingle: isSingle, name: name, pending: [])
        for slot in slots where isSingle || !members[slot].machine.state.isRunning {
            if selection == .all, !settings(slot: slot).isEnabled { continue }
            if let result = refuseStart(slot, name: name, isSingle: isSingle, waits: wait, refusal, &actions) {
                waiter.results.append(result)
                continue
            }
            let id = id(slot: slot)
            waiter.pending.append(id)
            members[slot].waiters &+= 1
        }
        let starting = waiter.pending
        waiters.append(waiter)
        for id in starting { begin(id.slot, alone: alone, now, &actions) }
        settle(&actions)
    }

    private func refuseStart(
        _ slot: Int, name: String, isSingle: Bool, waits: Bool, _ refusal: (ProcessSettings) -> SpawnRejection?,
        _ actions: inout [Action]
    ) -> ProcessResult? {
        let spec = isSingle ? name : namespec(slot: slot)
        switch refusal(settings(slot: slot)) {
        case .notFound(let text): return result(slot, .noFile, text)
        case .notExecutable(let text): return result(slot, .notExecutable, text)
        case nil: break
        }
        switch members[slot].machine.state {
        case .starting, .running, .backoff: return result(slot, .alreadyStarted, spec)
        case .unknown: return result(slot, .failed, "\(spec) is in an unknown process state")
        // supervisord tries to spawn, and finds the old process still there: only a client that waits learns of it.
        case .stopping:
            if logLevel <= .warn {
                actions.append(.log(.warn, "process '\(settings(slot: slot).name)' already running"))
            }
            return result(slot, waits ? .abnormalTermination : nil, spec)
        case .stopped, .exited, .fatal: return nil
        }
    }

    // MARK: Stop

    private mutating func stop(
        _ selection: Selection, wait: Bool, dependents: Bool, _ request: RequestID, _ now: Moment,
        _ actions: inout [Action]
    ) {
        let (found, name, isOne) = targets(selection, request, &actions)
        guard var slots = found else { return }
        let isSingle = isOne && !dependents
        if dependents { slots = withDependents(slots) }
        var waiter = Waiter(request: request, purpose: .stop, waits: wait, isSingle: isSingle, name: name, pending: [])
        for slot in slots {
            let machine = members[slot].machine
            guard
                machine.state.isRunning || machine.awaitsRestart || machine.recoversWithDependencies
                    || members[slot].marks.contains(.comesBack)
            else {
                if isSingle { waiter.results.append(result(slot, .notRunning, name)) }
                continue
            }
            waiter.pending.append(id(slot: slot))
            members[slot].waiters &+= 1
        }
        let stopping = waiter.pending
        waiters.append(waiter)
        stopInOrder(stopping.map { $0.slot }, now, &actions)
        // It was about to come back.
        for id in stopping where members[id.slot].machine.state == .stopped { settleWaiters(of: id, &actions) }
        for id in stopping {
            if wait, !members[id.slot].machine.state.isStopped { report(id.slot, now, &actions) }
        }
        settle(&actions)
    }

    /// Logs that a stop is pending: at once and every two seconds.
    mutating func report(_ slot: Int, _ now: Moment, _ actions: inout [Action]) {
        guard members[slot].machine.isStopping else {
            members[slot].reportAt = nil
            return
        }
        if logLevel <= .info { actions.append(.log(.info, "waiting for \(settings(slot: slot).name) to stop")) }
        members[slot].reportAt = now.instant + 2
    }

    // MARK: Signal

    private mutating func signal(
        _ selection: Selection, _ text: String, _ request: RequestID, _ actions: inout [Action]
    ) {
        let (slots, name, isSingle) = targets(selection, request, &actions)
        guard let slots else { return }
        var waiter = Waiter(
            request: request, purpose: .signal, waits: false, isSingle: isSingle, name: name, pending: [])
        var signals: [Action] = []
        for slot in slots where isSingle || members[slot].machine.isSignallable {
            guard let signal = Signal(written: text) else {
                waiter.results.append(result(slot, .badSignal, text))
                continue
            }
            guard members[slot].machine.isSignallable else {
                waiter.results.append(result(slot, .notRunning, isSingle ? name : namespec(slot: slot)))
                continue
            }
            let pid = members[slot].machine.pid
            if logLevel <= .debug {
                signals.append(.log(.debug, "sending \(settings(slot: slot).name) (pid \(pid)) sig \(signal.name)"))
            }
            signals.append(.signal(id(slot: slot), pid: pid, signal, group: false))
            waiter.pending.append(id(slot: slot))
            members[slot].waiters &+= 1
        }
        waiters.append(waiter)
        actions.append(contentsOf: signals)
        settle(&actions)
    }

    /// The result of `.spawn` and `.signal`: answers requests that wait for nothing more.
    mutating func settleEffect(of id: ProcessID, failure: String?, _ actions: inout [Action]) {
        guard isCurrent(id), members[id.slot].waiters > 0 else { return }
        for index in waiters.indices where !waiters[index].waits && waiters[index].pending.contains(id) {
            close(id, in: index, failure == nil ? nil : .failed, extra: failure ?? "")
        }
        settle(&actions)
    }

    /// A reload is over: answers those who have asked for it.
    mutating func settleReload(of id: ProcessID, _ failure: String?, _ actions: inout [Action]) {
        for index in waiters.indices where waiters[index].purpose == .reload && waiters[index].pending.contains(id) {
            close(id, in: index, failure == nil ? nil : .failed, extra: failure ?? "")
        }
        settle(&actions)
    }

    // MARK: Waiting

    mutating func targets(
        _ selection: Selection, _ request: RequestID, _ actions: inout [Action]
    ) -> (slots: [Int]?, name: String, isSingle: Bool) {
        let name: String
        switch selection {
        case .all: name = ""
        case .group(let text), .named(let text): name = text
        }
        switch find(selection) {
        case .process(let slot): return ([slot], name, true)
        case .list(let slots): return (slots, name, false)
        case .nothing:
            actions.append(.reply(request, .fault(.badName, name)))
            return (nil, name, false)
        }
    }

    func result(_ slot: Int, _ fault: Fault?, _ extra: String) -> ProcessResult {
        ProcessResult(
            name: settings(slot: slot).name, group: groups[members[slot].group].settings.name, fault: fault,
            extra: extra)
    }

    /// A process changed its state: answers the requests that waited for that.
    mutating func settleWaiters(of id: ProcessID, _ actions: inout [Action]) {
        for index in waiters.indices where waiters[index].pending.contains(id) {
            let spec = waiters[index].isSingle ? waiters[index].name : namespec(slot: id.slot)
            let machine = members[id.slot].machine
            switch waiters[index].purpose {
            case .start:
                switch machine.state {
                case .running: close(id, in: index, nil)
                // It has done what it was started for, or its start_condition has decided.
                case .exited where substate(id.slot) != nil: close(id, in: index, nil)
                // It will be started, which is all that the request asked for.
                case .starting where (machine.isWaiting || machine.isPreparing) && !waiters[index].waits:
                    close(id, in: index, nil)
                case .starting: break
                // It was begun, which is all that the request asked for.
                case .stopping where !waiters[index].waits, .stopped where !waiters[index].waits:
                    close(id, in: index, nil)
                case .stopping, .stopped, .backoff, .exited, .fatal, .unknown:
                    close(id, in: index, machine.trouble == nil ? .abnormalTermination : .spawnError, extra: spec)
                }
            case .stop, .update, .scale:
                switch machine.state {
                case .unknown: close(id, in: index, .failed, extra: "unknown problem killing \(spec)")
                case .stopped, .exited, .fatal: close(id, in: index, nil)
                case .starting, .running, .backoff, .stopping: break
                }
            case .signal: break
            case .reload: if !machine.isInService { close(id, in: index, .notRunning, extra: spec) }
            case .state: judge(index)
            }
        }
        settle(&actions)
    }

    private mutating func close(_ id: ProcessID, in index: Int, _ fault: Fault?, extra: String = "") {
        waiters[index].results.append(result(id.slot, fault, extra))
        waiters[index].pending.removeAll { $0 == id }
        members[id.slot].waiters &-= 1
    }

    /// Answers every request for which nothing is pending any more.
    mutating func settle(_ actions: inout [Action]) {
        var index = 0
        while index < waiters.count {
            // More follows when what an update stops has stopped.
            guard waiters[index].pending.isEmpty, !waiters[index].purpose.isUpdate else {
                index += 1
                continue
            }
            let waiter = waiters.remove(at: index)
            let answer: RequestAnswer
            if !waiter.isSingle {
                answer = ProcessResult.encode(waiter.results)
            } else if let result = waiter.results.first, let fault = result.fault {
                answer = .fault(fault, result.extra)
            } else {
                answer = .true
            }
            actions.append(.reply(waiter.request, answer))
        }
    }

    /// init leaves although some processes can't be ended.
    mutating func giveUpWaiting(_ actions: inout [Action]) {
        for index in waiters.indices {
            for id in waiters[index].pending where isCurrent(id) {
                close(id, in: index, .failed, extra: "\(namespec(slot: id.slot)) can't be ended")
            }
        }
        settle(&actions)
    }

    mutating func abandon(_ request: RequestID) {
        drain?.requests.removeAll { $0 == request }
        guard let index = waiters.firstIndex(where: { $0.request == request }) else { return }
        for id in waiters[index].pending where isCurrent(id) { members[id.slot].waiters &-= 1 }
        waiters.remove(at: index)
    }
}
