import Testing

@testable import Supervise

/// splitmix64: the seed determines the whole run.
struct Dice {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(max(count, 1))) }
    mutating func percent(_ chance: Int) -> Bool { below(100) < chance }
    mutating func among<Item>(_ items: [Item]) -> Item { items[below(items.count)] }
}

/// A violation of a rule, with the seed that reproduces it.
struct Violation: Error, CustomStringConvertible {
    var seed: UInt64
    var step: Int
    var rule: String

    var description: String { "seed \(seed), step \(step): \(rule) (replay: SIMULATION_SEED=\(seed) make simulate)" }
}

/// The core on a machine where anything happens: spawns fail, children die or ignore signals, requests arrive at any
/// time and their senders disappear.
struct SimulatedWorld: ~Copyable {
    let seed: UInt64
    var dice: Dice
    var supervisor = Supervisor()
    var now = Moment(instant: Instant(nanoseconds: 0), wall: 1_700_000_000)
    var step = 0
    /// Living children and their processes.
    var live: [Int32: ProcessID] = [:]
    var owners: [ProcessID: Int32] = [:]
    /// Starts that have no child yet, and children on their way to their programs.
    var queued: [ProcessID] = []
    var underway: [Int32: ProcessID] = [:]
    var nextPID: Int32 = 2
    var nextRequest: RequestID = 1
    var open: Set<RequestID> = []
    /// The states that open requests wait for.
    var waits: [RequestID: (ids: [ProcessID], states: [ProcessState])] = [:]
    var finished: SupervisorState?
    let sweeps: Bool
    var orphans: [Int32] = []
    var gatewayIsGone = true
    /// The hook of each process, and whether it is cancelled.
    var hooks: [ProcessID: (kind: HookKind, isCancelled: Bool)] = [:]
    /// The reload_command of each process, and whether it is cancelled.
    var reloading: [ProcessID: Bool] = [:]
    /// Its hook has just ended: conditions held when its start began, before that.
    var endedHook: ProcessID?
    /// Groups that have lost their leaders, and those of them that have other members.
    var leaderless: [ProcessID: (group: Int32, since: Instant, wait: Int)] = [:]
    var rests: Set<Int32> = []
    /// Starts that wait for such a group: their conditions held when they began.
    var begun: Set<ProcessID> = []
    /// Those that are ready, as everybody heard.
    var ready: Set<ProcessID> = []
    /// The states of processes, as everybody heard of them.
    var published: [ProcessID: ProcessState] = [:]
    /// Those that are EXITED since their start was skipped.
    var skipped: Set<ProcessID> = []
    /// Processes that were already being stopped when the shutdown began: their SIGKILL comes at another time.
    var stoppedEarlier: Set<ProcessID> = []
    var configuration: [GroupSettings] = []
    /// Programs may end everything.
    let hasEndings: Bool
    /// The cause that was explained, and whether something else asked for the end before.
    var cause: EndCause?
    var isAskedToEnd = false
    /// Programs may say when they are ready, and may have health checks.
    let hasReadiness: Bool
    /// Programs that have said so in this run.
    var announced: Set<ProcessID> = []
    /// Processes that init ends by itself.
    var failed: Set<ProcessID> = []
    /// Checks without a result.
    var checking: [ProcessID] = []
    /// What results say of programs, and the checks that they come from.
    var checkups: [ProcessID: Checkup] = [:]
    var checkedBy: [ProcessID: HealthCheckSettings] = [:]
    var shutdown = SimulatedShutdown()

    init(seed: UInt64) throws {
        self.seed = seed
        dice = Dice(seed: seed)
        sweeps = dice.percent(50)
        hasEndings = seed % 3 == 2
        hasReadiness = seed % 5 < 2
        supervisor = Supervisor(sweepsOrphans: sweeps)
        supervisor.logLevel = dice.percent(10) ? .blather : .critical
        configuration = Self.groups(&dice, hasEndings: hasEndings, hasReadiness: hasReadiness)
        if hasEndings {
            supervisor.endRules = EndRules(exitsWhenDone: dice.percent(50))
            supervisor.endRules.successCodes = dice.among([[], [3], [137]])
        }
        if dice.percent(50) { supervisor.shutdownRules = Self.rules(&dice) }
        var actions: [Supervisor.Action] = []
        supervisor.boot(configuration, now: now, into: &actions)
        try perform(actions)
    }

    static func groups(_ dice: inout Dice, hasEndings: Bool, hasReadiness: Bool) -> [GroupSettings] {
        var groups: [GroupSettings] = []
        let dependsOnOthers = dice.percent(60)
        let hasHooks = dice.percent(40)
        let reloads = dice.percent(40)
        for name in ["a", "b", "c", "d", "e", "f"] where dice.percent(60) {
            let priority = dice.among([-1, 1, 5, 999, 999])
            let kind: GroupSettings.Kind = dice.percent(25) ? .eventListener : .program
            var processes: [ProcessSettings] = []
            for index in 0...dice.below(3) {
                var values: KeyValues = [
                    .priority: .int(dice.among([1, 2, 999])), .autostart: .bool(dice.percent(80)),
                    .autorestart: .autoRestart(dice.among([.always, .never, .unexpected])),
                    .startsecs: .int(dice.among([0, 1, 1, 3, -1])), .startretries: .int(dice.among([0, 1, 3])),
                    .stopwaitsecs: .int(dice.among([0, 1, 5])),
                ]
                let stopsGroup = dice.percent(20)
                values[.stopasgroup] = .bool(stopsGroup)
                values[.killasgroup] = .bool(stopsGroup || dice.percent(20))
                values[.exitcodes] = .ints(dice.among([[0], [0, 2], []]))
                if hasHooks { addHooks(&dice, to: &values) }
                if kind == .program, dice.percent(15) { values[.type] = .text("oneshot") }
                if dice.percent(5) { values[.enabled] = .bool(false) }
                if dependsOnOthers { values[.dependsOn] = dependencies(of: name, &dice) }
                if hasEndings { addEndings(&dice, to: &values) }
                if reloads { addReloads(&dice, to: &values) }
                if hasReadiness { addReadiness(&dice, to: &values) }
                processes.append(ProcessSettings("\(name)\(index)", values))
            }
            groups.append(GroupSettings(name, priority: priority, kind: kind, processes: processes))
        }
        return groups
    }

    func violation(_ rule: String) -> Violation { Violation(seed: seed, step: step, rule: rule) }

    // MARK: Steps

    mutating func advance() throws {
        // A program has ended everything: `end` sees to the rest.
        guard cause == nil else { return }
        step += 1
        if hasEndings || hasReadiness { noteStopped() }
        switch dice.below(100) {
        case 0..<35: try passTime(milliseconds: dice.among([1, 10, 100, 500, 1000, 3000]))
        case 35..<60: try somebodyDies()
        case 60..<90: try ask()
        case 90..<93: try abandonSomething()
        case 93..<95: try reread()
        case 95..<97: try goOn()
        case 97: try somebodySpeaks()
        case 98: try someFileChanges()
        default: try tell(.tick)
        }
        try check()
    }

    mutating func tell(_ event: Supervisor.Event) throws {
        var actions: [Supervisor.Action] = []
        supervisor.handle(event, now: now, into: &actions)
        try perform(actions)
    }

    mutating func passTime(milliseconds: Int) throws {
        let end = now.instant.advanced(milliseconds: milliseconds)
        var turns = 0
        while let deadline = supervisor.deadline(now: now.instant), deadline <= end {
            if let killBy = gatewayKillBy, killBy < deadline { try endGateway(at: killBy) }
            now.instant = max(deadline, now.instant)
            try tell(.tick)
            turns += 1
            if turns > 10_000 { throw violation("time-outs that have passed come back for ever") }
        }
        if let killBy = gatewayKillBy, killBy < end { try endGateway(at: killBy) }
        now.instant = end
        now.wall += milliseconds / 1000
        try goOn()
        for group in rests.sorted() where dice.percent(20) {
            rests.remove(group)
            if dice.percent(50) { supervisor.orphansEnded(now.instant) }
        }
        if hasReadiness { try liveOn() }
    }

    /// Advances most of the starts; some hang for a random time.
    mutating func goOn() throws {
        for id in queued where dice.percent(80) {
            queued.removeAll { $0 == id }
            try fork(id)
        }
        try advanceHooks()
        try advanceReloads()
        for pid in underway.keys.sorted() where dice.percent(80) {
            guard let id = underway.removeValue(forKey: pid) else { continue }
            if dice.percent(15) {
                // A child that fails before its program runs dies without a report of its death.
                live[pid] = nil
                if owners[id] == pid { owners[id] = nil }
                try tell(.spawnFailed(id, StartError(.step, "no luck in the child")))
            } else {
                try tell(.spawned(id, pid: pid))
            }
        }
    }

    private mutating func fork(_ id: ProcessID) throws {
        if supervisor.state(of: id) == nil { throw violation("a start is left behind by its process") }
        if dice.percent(15) { return try tell(.spawnFailed(id, StartError(.step, "no luck"))) }
        let pid = nextPID
        nextPID += 1
        live[pid] = id
        owners[id] = pid
        underway[pid] = id
        try tell(.forked(id, pid: pid))
    }

    mutating func somebodyDies() throws {
        guard !live.isEmpty else { return }
        let pid = dice.among(live.keys.sorted())
        let status: Supervise.ExitStatus =
            switch dice.below(20) {
            case 0..<10: .exited(code: Int32(dice.below(4)))
            case 10: .outOfMemory
            case 11: .signalled(.kill, core: true)
            default: .signalled(.kill, core: false)
            }
        try die(pid, status)
    }

    mutating func die(_ pid: Int32, _ status: Supervise.ExitStatus) throws {
        // The child was killed before its program ran: first report that it existed.
        if let id = underway.removeValue(forKey: pid) { try tell(.spawned(id, pid: pid)) }
        let owner = live.removeValue(forKey: pid)
        if let owner, owners[owner] == pid { owners[owner] = nil }
        let mustEnd = owner.map { endsEverything($0, status) } ?? false
        if let owner, dice.percent(30), supervisor.state(of: owner) != .unknown { leaveRest(owner, pid) }
        let earlier = cause
        try tell(.exited(pid: pid, status))
        if mustEnd, cause == nil { throw violation("a program ends, and everything else goes on") }
        if let cause, cause != earlier, case .policy = cause.rule, cause.culprit?.id != owner {
            throw violation("the wrong program is the cause of the end")
        }
    }

    private mutating func selection() -> Selection {
        let group = dice.among(["a", "b", "c", "d", "e", "f", "nix"])
        switch dice.below(10) {
        case 0: return .all
        case 1, 2: return .group(group)
        case 3: return .named("\(group):*")
        default: return .named("\(group):\(group)\(dice.below(4))")
        }
    }

    mutating func ask() throws {
        let command: SupervisorCommand
        switch dice.below(15) {
        case 0..<4: command = .start(selection(), wait: dice.percent(70), alone: dice.percent(10))
        case 4..<8: command = .stop(selection(), wait: dice.percent(70), dependents: dice.percent(20))
        case 8, 9: command = .signal(selection(), dice.among(["TERM", "9", "nonsense", "USR1"]))
        case 10: command = .addGroup(dice.among(["a", "b", "c", "d", "e", "f", "nix"]))
        case 11: command = .removeGroup(dice.among(["a", "b", "c", "d", "e", "f", "nix"]))
        case 12: command = .updateGroup(dice.among(["a", "b", "c", "d", "e", "f", "nix"]))
        case 13: command = .reload(selection())
        default: command = wait()
        }
        let request = nextRequest
        nextRequest += 1
        if case .wait(let names, let states) = command {
            waits[request] = (
                names.compactMap { supervisor.process(named: $0) }, states.compactMap(ProcessState.init(rawValue:))
            )
        }
        open.insert(request)
        let refuses = dice.percent(10)
        var actions: [Supervisor.Action] = []
        supervisor.perform(
            command, for: request, now: now, refusal: { _ in refuses ? .notFound("can't find command 'x'") : nil },
            into: &actions)
        try perform(actions)
    }

    private mutating func wait() -> SupervisorCommand {
        let states: [[ProcessState]] = [
            [.running], [.stopped], [.exited], [.fatal], [.backoff, .starting], [.stopped, .exited, .fatal],
            [.stopping],
        ]
        var names: [String] = []
        // By name, so that the world knows which processes are meant.
        for _ in 0..<dice.below(4) {
            let group = dice.among(["a", "b", "c", "d", "e", "f"])
            names.append("\(group):\(group)\(dice.below(4))")
        }
        return .wait(names, dice.among(states).map(\.rawValue))
    }

    mutating func abandonSomething() throws {
        guard let request = open.min() else { return }
        open.remove(request)
        waits[request] = nil
        try tell(.abandoned(request))
    }

    mutating func reread() throws {
        configuration = Self.groups(&dice, hasEndings: hasEndings, hasReadiness: hasReadiness)
        _ = supervisor.reread(configuration)
    }

    /// The end may begin.
    mutating func noteStopped() {
        stoppedEarlier = []
        for id in supervisor.processes where supervisor.state(of: id) == .stopping { stoppedEarlier.insert(id) }
    }

    mutating func leaveOrphans() {
        for _ in 0..<dice.below(4) { orphans.append(Int32(1_000_000 + orphans.count)) }
    }

    // MARK: The machine

    private mutating func perform(_ first: [Supervisor.Action]) throws {
        var queue = first
        var index = 0
        while index < queue.count {
            if index > 100_000 { throw violation("actions lead to actions for ever") }
            let action = queue[index]
            index += 1
            var more: [Supervisor.Action] = []
            switch action {
            case .spawn(let id): try spawn(id)
            case .cancelSpawn(let id):
                guard queued.contains(id) else { throw violation("a start is cancelled that nobody waits for") }
                queued.removeAll { $0 == id }
            case .signal(let id, let pid, let signal, let group): try send(signal, to: pid, of: id, group, &more)
            case .reply(let request, _):
                if open.remove(request) == nil {
                    throw violation("request \(request) is answered twice or never asked")
                }
                waits[request] = nil
            case .finished(let ending):
                if finished != nil { throw violation("it finishes twice") }
                if !gatewayIsGone { throw violation("it finishes before the gateway") }
                if ending.cause != cause { throw violation("it doesn't finish with the first cause") }
                if sweeps, case .shutdown = ending, !orphans.isEmpty { throw violation("orphans are left") }
                finished = ending.state
                shutdown.end = now.instant
            case .leave: gatewayIsGone = false
            case .sweep(let action): sweep(action, &more)
            case .removed(let ids):
                // A process in the UNKNOWN state may outlive its group.
                for id in ids {
                    owners[id] = nil
                    hooks[id] = nil
                    reloading[id] = nil
                    leaderless[id] = nil
                    begun.remove(id)
                    ready.remove(id)
                    checkups[id] = nil
                    announced.remove(id)
                }
            case .deliver:
                // The supervisor waits for listeners that hang, but only for a limited time.
                if dice.percent(50) { supervisor.handle(.delivered, now: now, into: &more) }
            case .runHook(let id, let kind, _): try runHook(id, kind)
            case .cancelHook(let id, let kind): try cancelHook(id, kind)
            case .look(let id, let group, let signal): look(id, group, signal, &more)
            case .publish(.process(let id, let transition)): try publish(id, transition)
            case .publish(.detail(let id, .ready)): ready.insert(id)
            case .publish(.detail(let id, .notReady)): ready.remove(id)
            case .check(let id): try check(id)
            case .cancelCheck: break
            case .explain(let cause): try explained(cause)
            case .adapted(let ids):
                for id in ids {
                    adapted(id)
                    adaptRest(id)
                }
            case .publish, .log, .added, .joined: break
            }
            queue.append(contentsOf: more)
        }
    }

    /// Processes that programs left behind end when they are killed, and most of them at SIGTERM.
    private mutating func sweep(_ action: OrphanSweep.Action, _ more: inout [Supervisor.Action]) {
        switch action {
        case .look:
            let event: OrphanSweep.Event = orphans.isEmpty ? .childless : .found(orphans, unreachable: [])
            supervisor.handle(.swept(event), now: now, into: &more)
        case .end(let pids, let signal):
            for pid in pids where signal == .kill || dice.percent(70) { orphans.removeAll { $0 == pid } }
        case .endEverybody: orphans = []
        case .leave: break
        }
    }

    private mutating func spawn(_ id: ProcessID) throws {
        if owners[id] != nil || queued.contains(id) { throw violation("a process that lives is started") }
        if hooks[id] != nil { throw violation("a process is started while a hook runs") }
        try checkRest(id)
        if endedHook != id, begun.remove(id) == nil { try checkStart(id) }
        // What was decided before the end comes before it in the queue, too.
        let isEnding = cause != nil || isAskedToEnd
        if supervisor.state != .running, isEnding { throw violation("a process is started during shutdown") }
        queued.append(id)
    }

    private mutating func send(
        _ signal: Signal, to pid: Int32, of id: ProcessID, _ group: Bool, _ more: inout [Supervisor.Action]
    ) throws {
        if live[pid] == nil { throw violation("signal \(signal.number) goes to a process that is known to be dead") }
        if signal == Self.reloadSignal, published[id] != .running {
            throw violation("a program that isn't RUNNING is told to reload")
        }
        // It doesn't work: that has nothing to do with the shutdown.
        if supervisor.members[id.slot].machine.isEnding { failed.insert(id) }
        if !failed.contains(id) { try checkShutdown(signal, id) }
        if signal == .kill {
            shutdown.killed.insert(pid)
        } else if supervisor.state != .running {
            shutdown.told.insert(pid)
        }
        if dice.percent(2) {
            supervisor.handle(.signalFailed(id, reason: "not permitted"), now: now, into: &more)
            return
        }
        supervisor.handle(.signalled(id), now: now, into: &more)
    }

    /// During a shutdown, no process is signalled before all groups of a higher priority have ended.
    func checkOrder(_ id: ProcessID) throws {
        let mine = supervisor.priority(of: id) ?? 0
        for other in supervisor.processes {
            guard let theirs = supervisor.priority(of: other), let state = supervisor.state(of: other) else { continue }
            if theirs > mine, !state.isStopped { throw violation("a group is stopped before one of a higher priority") }
        }
    }

    /// Stops everything: the shutdown must end, and every request must be answered.
    mutating func end() throws {
        if cause == nil {
            noteStopped()
            leaveOrphans()
        }
        isAskedToEnd = true
        try askForTheEnd()
        var turns = 0
        while finished == nil {
            turns += 1
            if turns > 2000 { throw violation("the end never comes") }
            if dice.percent(40) { try somebodyDies() }
            if dice.percent(40) { try goOn() }
            if dice.percent(10) { try ask() }
            if dice.percent(5) { try askForTheEnd() }
            if dice.percent(50) { try endGateway() }
            try passTime(milliseconds: 700)
        }
        if !open.isEmpty { throw violation("requests without an answer: \(open.count)") }
        if supervisor.openRequests != 0 { throw violation("answered requests are kept") }
        if reloading.values.contains(false) { throw violation("a reload_command runs after the end") }
        for id in supervisor.processes where hooks[id] != nil && mustEndBy == nil {
            throw violation("a hook runs after the end")
        }
        try checkEndOfShutdown()
    }
}
