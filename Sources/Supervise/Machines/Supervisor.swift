// The supervisor as a value: all groups and processes, the requests that wait, and the shutdown.
//
// The driver performs the actions in the given order, reports the result of `.signal` at once, and that of `.spawn`
// when it is known. The code is in several files: this one holds the processes and what happens to them,
// Supervisor+Requests the requests, +Groups what a new configuration changes, +Readiness what programs say and their health checks, +Endings
// which end of a program ends everything, +Shutdown and Lifecycle the end, +Queries the answers to queries.

/// Identifies one process for as long as its group exists; never reused for another.
public struct ProcessID: Hashable, Sendable {
    /// Index of the process in the driver's tables; reused after the group is removed.
    public let slot: Int
    public let generation: UInt32
}

/// Identifies a request; chosen by the driver, unique among those that are open.
public typealias RequestID = UInt64

public struct Supervisor: ~Copyable, Sendable {
    public enum Event: Sendable {
        /// The result of `.spawn`: a child, and then that it has executed its program; or a failure, instead of either.
        case forked(ProcessID, pid: Int32)
        case spawned(ProcessID, pid: Int32)
        case spawnFailed(ProcessID, StartError)
        /// The result of `.signal`.
        case signalled(ProcessID)
        case signalFailed(ProcessID, reason: String)
        /// The result of `.runHook`.
        case hookEnded(ProcessID, HookKind, HookEnd)
        /// The result of `.look`, if the group is empty.
        case groupEnded(ProcessID, Int32)
        /// A child is gone. Children that belong to no process are not reported.
        case exited(pid: Int32, ExitStatus)
        /// Time has passed; see `deadline`.
        case tick
        /// Stop everything, then `.finished`. A restart does not undo a shutdown.
        case end(Ending)
        /// A signal to init asks for a shutdown.
        case terminate
        /// The result of `.deliver`: listeners have no more events to process.
        case delivered
        /// The result of `.sweep`.
        case swept(OrphanSweep.Event)
        /// The result of `.leave`.
        case gatewayEnded
        /// It says something about itself.
        case told(ProcessID, NotifyMessage)
        /// The result of `.check`; nil: none could be made now.
        case checked(ProcessID, HealthResult?)
        /// A file of its `watch`, at this path, has changed.
        case filesChanged(ProcessID, path: String)
        /// The client is gone: its answer is not wanted any more.
        case abandoned(RequestID)
    }

    public enum Action: Sendable {
        case spawn(ProcessID)
        /// Cancel the spawn: there is no child yet, and there must be none.
        case cancelSpawn(ProcessID)
        /// `group`: to the whole process group, whose number is the pid.
        case signal(ProcessID, pid: Int32, Signal, group: Bool)
        /// Run this command for the process, and report its end, also after `.cancelHook`.
        case runHook(ProcessID, HookKind, HookContext)
        case cancelHook(ProcessID, HookKind)
        /// Send the signal to the group of this number, which its last run has left, and report if it is empty.
        case look(ProcessID, group: Int32, Signal?)
        case publish(Notice)
        case log(LogLevel, String)
        case reply(RequestID, RequestAnswer)
        /// Check its health.
        case check(ProcessID)
        /// The check isn't wanted any more. Its result is still reported.
        case cancelCheck(ProcessID)
        /// A group was added: create its automatic logs and sockets.
        case added(group: String)
        /// These processes were removed: close their logs and sockets.
        case removed([ProcessID])
        /// These processes are new in their group: create their automatic logs.
        case joined([ProcessID])
        /// These processes have new settings: change their logs.
        case adapted([ProcessID])
        /// A program has caused the shutdown that begins now.
        case explain(EndCause)
        /// Event listeners are stopped next: give them a moment for the events that they have.
        case deliver
        /// No program runs any more: stop the gateway, unless it can continue after a restart.
        case leave(Ending)
        /// What to do about orphans that programs have left behind.
        case sweep(OrphanSweep.Action)
        /// Nothing runs any more: leave, or start again.
        case finished(Ending)
    }

    /// What event listeners hear.
    public enum Notice: Equatable, Sendable {
        case process(ProcessID, ProcessMachine.Transition)
        /// One of Reeve's own types.
        case detail(ProcessID, EventType)
        case groupAdded(String)
        case groupRemoved(String)
        case state(SupervisorState)
    }

    struct Member: Sendable {
        // In this order they need the least memory: the small ones fill gaps.
        var machine = ProcessMachine()
        /// False for a slot whose group was removed.
        var isUsed = true
        var marks = Marks()
        /// How many waiters depend on this process.
        var waiters: UInt32 = 0
        /// When to log again that a stop is pending.
        var reportAt: Instant?
        /// How often init restarted it, after an exit or a failed start.
        var restarts: UInt32 = 0
        /// Index in `groups`.
        var group: Int
        /// Index in the settings of the group.
        var index: Int
        var generation: UInt32
        var history = RunHistory()

        var awaitsDependencies: Bool { machine.isWaiting || machine.recoversWithDependencies }
    }

    struct Group: Sendable {
        var settings: GroupSettings
        /// In the order of `settings.processes`.
        var members: [Int]
    }

    /// The most processes that one tick starts, so that signals are handled while thousands start.
    static let startsPerTick = 32

    public internal(set) var lifecycle = Lifecycle()
    /// What `[supervisord]` says about the end.
    public var endRules = EndRules()
    /// When a request last changed something, and when to leave because every program is done.
    var lastRequest: Instant?
    var leaveAt: Instant?
    /// An update of a changed group stops all of its processes, as supervisord's does.
    public var updatesWholeGroups = false
    /// Lines below this level are not even built.
    public var logLevel = LogLevel.info

    var members: [Member] = []
    var freeSlots: [Int] = []
    var groups: [Group] = []
    /// Positions in `groups` by name.
    var groupIndex = HashIndex()
    /// The groups of the most recently read configuration: what `add` can add.
    var available: [GroupSettings] = []
    var waiters: [Waiter] = []
    /// Who depends on whom.
    var graph = DependencyGraph()
    /// What programs say of themselves, and what their health checks say of them: of those that have ever been up.
    var notices = SlotTable<NotifyMachine>()
    var checkups = SlotTable<HealthMachine>()
    /// Of processes that are reading their configuration again, or whose files have changed.
    var reloads = SlotTable<Reload>()
    /// During a shutdown: processes that nobody depends on any more.
    var freed: [Int] = []
    var recentRestarts = RecentRestarts()
    /// Readiness probes fail on request.
    var drain: Drain?
    /// During a shutdown with a budget: when each process is stopped.
    var plan: ShutdownPlan?
    /// Processes that the next ticks look at, such as those to be started automatically, in order, from `nextStart` on.
    var startQueue: [ProcessID] = []
    var nextStart = 0
    /// Running processes, by the priority of their groups.
    var up = UpCounts()
    /// Slots by the pid of their child.
    private var children = HashIndex()
    private var earliest: Instant?
    var isEarliestKnown = false
    private var scratch: [ProcessMachine.Action] = []

    /// - Parameter sweepsOrphans: a shutdown ends what programs have left behind.
    public init(sweepsOrphans: Bool = false) {
        lifecycle.sweepsOrphans = sweepsOrphans
    }

    /// As RPC shows it.
    public var state: SupervisorState { lifecycle.ending?.state ?? .running }

    // MARK: What the driver asks

    /// When `.tick` next matters; nil when only an event can move anything.
    public mutating func deadline(now: Instant) -> Instant? {
        if nextStart < startQueue.count || finishesUpdate { return now }
        if !isEarliestKnown {
            earliest = lifecycle.deadline
            for slot in members.indices where members[slot].isUsed {
                note(members[slot])
                note(cleanUpLimit(slot))
            }
            note(leaveAt)
            note(notices.earliest { $0.deadline })
            note(checkups.earliest { $0.deadline })
            note(reloads.earliest { $0.change?.due })
            note(drain?.until)
            isEarliestKnown = true
        }
        return earliest
    }

    private mutating func note(_ member: Member) {
        switch member.machine.state {
        case .backoff, .exited, .fatal: if lifecycle.isRunning { note(member.machine.deadline) }
        case .stopped, .starting, .running, .stopping, .unknown: note(member.machine.deadline)
        }
        note(member.reportAt)
    }

    private mutating func note(_ deadline: Instant?) {
        guard let deadline else { return }
        earliest = min(earliest ?? deadline, deadline)
    }

    public func process(pid: Int32) -> ProcessID? {
        slot(ofChild: pid).map { id(slot: $0) }
    }

    private func slot(ofChild pid: Int32) -> Int? {
        children.find(HashIndex.hash(pid)) { members[$0].machine.pid == pid }
    }

    mutating func forgetChild(_ pid: Int32, of slot: Int) {
        if pid != 0 { children.remove(HashIndex.hash(pid), slot) }
    }

    public func settings(of id: ProcessID) -> ProcessSettings? {
        guard isCurrent(id) else { return nil }
        return settings(slot: id.slot)
    }

    public func name(of id: ProcessID) -> String {
        isCurrent(id) ? groups[members[id.slot].group].settings.processes[members[id.slot].index].name : ""
    }

    public func groupName(of id: ProcessID) -> String {
        isCurrent(id) ? groups[members[id.slot].group].settings.name : ""
    }

    public func pid(of id: ProcessID) -> Int32 {
        isCurrent(id) ? members[id.slot].machine.pid : 0
    }

    public func state(of id: ProcessID) -> ProcessState? {
        isCurrent(id) ? members[id.slot].machine.state : nil
    }

    /// How often init restarted it by itself.
    public func restarts(of id: ProcessID) -> Int {
        isCurrent(id) ? Int(members[id.slot].restarts) : 0
    }

    /// Its spawn was requested, and there is no child yet.
    public func awaitsSpawn(_ id: ProcessID) -> Bool {
        isCurrent(id) && members[id.slot].machine.awaitsSpawn
    }

    /// Requests that wait for their answers.
    public var openRequests: Int { waiters.count }

    /// Somebody wants to know whether a signal was sent: only requests and reloads do.
    public var awaitsSignals: Bool { !waiters.isEmpty || !reloads.isEmpty }

    /// Every process, in no particular order.
    public var processes: [ProcessID] {
        members.indices.filter { members[$0].isUsed }.map { id(slot: $0) }
    }

    // MARK: What happens

    public mutating func handle(_ event: Event, now: Moment, into actions: inout [Action]) {
        isEarliestKnown = false
        switch event {
        case .forked(let id, let pid):
            guard isCurrent(id) else { return }
            forgetChild(members[id.slot].machine.pid, of: id.slot)
            children.insert(HashIndex.hash(pid), id.slot)
            advance(id.slot, .forked(pid: pid), now, &actions)
        case .spawned(let id, let pid):
            guard isCurrent(id) else { return }
            advance(id.slot, .spawned(pid: pid), now, &actions)
            // Nobody else hears of it, but some may wait for it.
            noteChange(id.slot, from: .starting)
            settleEffect(of: id, failure: nil, &actions)
        case .spawnFailed(let id, let failure):
            guard isCurrent(id) else { return }
            forgetChild(members[id.slot].machine.pid, of: id.slot)
            advance(id.slot, .spawnFailed(failure), now, &actions)
        case .exited(let pid, let status):
            guard let slot = slot(ofChild: pid) else { return }
            forgetChild(pid, of: slot)
            advance(slot, .exited(status), now, &actions)
        case .signalled(let id):
            settleEffect(of: id, failure: nil, &actions)
            reloadEnded(id, nil, nil, &actions)
        case .signalFailed(let id, let reason):
            settleEffect(of: id, failure: reason, &actions)
            reloadEnded(id, nil, reason, &actions)
            guard isCurrent(id) else { return }
            advance(id.slot, .signalFailed(reason: reason), now, &actions)
        case .hookEnded(let id, .reload, let end): reloadEnded(id, end, nil, &actions)
        case .hookEnded(let id, let kind, let end):
            guard isCurrent(id) else { return }
            advance(id.slot, .hookEnded(kind, end), now, &actions)
        case .groupEnded(let id, let number):
            if isCurrent(id) { advance(id.slot, .groupEnded(number), now, &actions) }
        case .tick:
            tick(now, &actions)
        case .end(let ending): handle(.end(ending), now, &actions)
        case .terminate: handle(.terminate, now, &actions)
        case .delivered: handle(.delivered, now, &actions)
        case .swept(let event): handle(.swept(event), now, &actions)
        case .gatewayEnded: handle(.gatewayEnded, now, &actions)
        case .told(let id, let message): if isCurrent(id) { hear(id.slot, .told(message), now, &actions) }
        case .checked(let id, let result):
            if isCurrent(id) { examine(id.slot, .checked(result), now, &actions) }
        case .filesChanged(let id, let path): if isCurrent(id) { filesChanged(id.slot, path, now) }
        case .abandoned(let request):
            abandon(request)
        }
        // Nothing is replaced any more: only answers are due.
        if !lifecycle.isRunning { finishUpdates(now, &actions) }
        endWhenDone(now, &actions)
        advanceShutdown(now, &actions)
    }

    /// Sends one event to one machine and handles all consequences.
    mutating func advance(
        _ slot: Int, _ event: ProcessMachine.Event, _ now: Moment, _ actions: inout [Action]
    ) {
        scratch.removeAll(keepingCapacity: true)
        let (group, index) = (members[slot].group, members[slot].index)
        let before = members[slot].machine.state
        let wasUp = members[slot].machine.isUp
        members[slot].machine.handle(
            event, groups[group].settings.processes[index], now: now, into: &scratch)
        let (restarts, started) = (members[slot].restarts, members[slot].machine.started)
        members[slot].history.note(
            event, restarts: restarts, started: started, groups[group].settings.processes[index], now: now)
        defer {
            attend(slot, event, now, &actions)
            if !reloads.isEmpty { attendReload(slot, &actions) }
            noteReadiness(slot, &actions)
        }
        let id = id(slot: slot)
        var didChange = false
        for action in scratch {
            switch action {
            case .spawn: actions.append(.spawn(id))
            case .cancelSpawn: actions.append(.cancelSpawn(id))
            case .signal(let pid, let signal, let group):
                actions.append(.signal(id, pid: pid, signal, group: group))
            case .publish(let transition):
                didChange = true
                actions.append(.publish(.process(id, transition)))
            case .log(let level, let text):
                if level >= logLevel { actions.append(.log(level, text)) }
            case .runHook(let kind, let context): actions.append(.runHook(id, kind, told(context, slot)))
            case .cancelHook(let kind): actions.append(.cancelHook(id, kind))
            case .look(let group, let signal): actions.append(.look(id, group: group, signal))
            }
        }
        let isUp = members[slot].machine.isUp
        if isUp != wasUp { countUp(slot, isUp ? 1 : -1) }
        guard didChange else { return }
        if members[slot].machine.state.isStopped { members[slot].reportAt = nil }
        noteChange(slot, from: before)
        noteDetails(slot, &actions)
        if members[slot].waiters > 0 { settleWaiters(of: id, &actions) }
        endIfWanted(slot, now, &actions)
        restartIfWanted(slot, now, &actions)
    }

    private mutating func restartIfWanted(_ slot: Int, _ now: Moment, _ actions: inout [Action]) {
        guard lifecycle.isRunning else { return }
        guard members[slot].machine.wantsRestart(at: now.instant) else { return }
        guard !members[slot].marks.contains(.stopsLater) else { return }
        restart(slot, now, &actions)
    }

    private mutating func tick(_ now: Moment, _ actions: inout [Action]) {
        finishUpdates(now, &actions)
        workOffQueue(now, &actions)
        for slot in members.indices where members[slot].isUsed {
            if let reportAt = members[slot].reportAt, now.instant >= reportAt {
                report(slot, now, &actions)
            }
            guard let deadline = members[slot].machine.deadline, now.instant >= deadline else { continue }
            if members[slot].machine.wantsRetry(at: now.instant) || members[slot].machine.wantsRestart(at: now.instant)
            {
                guard lifecycle.isRunning, !members[slot].marks.contains(.stopsLater) else { continue }
                restart(slot, now, &actions)
            } else {
                advance(slot, .tick, now, &actions)
            }
        }
        attendDue(now, &actions)
        guard !lifecycle.isRunning else { return tickDrain(now, &actions) }
        endCleanUps(now, &actions)
        handle(.tick, now, &actions)
    }

    /// Looks at the next few of the queue.
    private mutating func workOffQueue(_ now: Moment, _ actions: inout [Action]) {
        guard nextStart < startQueue.count else { return }
        let end = min(nextStart + Self.startsPerTick, startQueue.count)
        let batch = startQueue[nextStart..<end]
        nextStart = end
        for id in batch where isCurrent(id) && lifecycle.isRunning { look(id.slot, now, &actions) }
        if nextStart >= startQueue.count {
            startQueue = []
            nextStart = 0
        }
    }
}
