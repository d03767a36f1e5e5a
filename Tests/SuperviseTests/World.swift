import Testing

@testable import Supervise

/// A machine for the core, on which the test decides about pids, deaths and time.
final class World {
    var supervisor = Supervisor()
    var now = Moment(instant: Instant(nanoseconds: 1_000_000_000), wall: 1_000_000)
    var nextPID: Int32 = 100
    /// Names whose spawn fails, with the reason.
    var unspawnable: [String: String] = [:]
    var spawnCause = StartError.Cause.step
    /// Whether processes die as soon as the stop signal arrives.
    var dieOnSignal = true
    /// Those that die even if the others don't, and those that survive SIGKILL.
    var heeds: Set<String> = []
    var unkillable: Set<String> = []
    /// What programs have left behind, and whether SIGTERM doesn't end it.
    var orphans: [Int32] = []
    var orphansStay = false
    /// Whether listeners have nothing left to do when they are to be stopped.
    var deliversAtOnce = true
    var transitions: [String] = []
    /// Events of Reeve's own types.
    var details: [String] = []
    var log: [String] = []
    var replies: [RequestID: RequestAnswer] = [:]
    var replyCounts: [RequestID: Int] = [:]
    var signals: [String] = []
    var finished: SupervisorState?
    /// What was explained, and the cause with which everything ended.
    var causes: [EndCause] = []
    var cause: EndCause?
    /// Whether the gateway exits as soon as it is asked to.
    var gatewayLeaves = true
    var live: [Int32: ProcessID] = [:]
    /// Health checks that were begun and have no result yet, by name.
    var checks: [String] = []
    /// What has happened to hooks, and those that run.
    var hooks: [String] = []
    var runningHooks: [(id: ProcessID, kind: HookKind)] = []
    var hooksEndAtOnce = false
    /// Names of which the process group has other members when the leader exits, and the signals that end those.
    var leavesOthers: Set<String> = []
    var othersHeed: Set<Signal> = [.kill]

    init(_ groups: [GroupSettings], level: LogLevel = .info, rules: EndRules = EndRules()) {
        supervisor.logLevel = level
        supervisor.endRules = rules
        var actions: [Supervisor.Action] = []
        supervisor.boot(groups, now: now, into: &actions)
        perform(actions)
    }

    static func program(
        _ name: String, _ own: KeyValues = [:], kind: GroupSettings.Kind = .program
    ) -> GroupSettings {
        let values = ([.command: .text("/bin/\(name)")] as KeyValues).overridden(by: own, unless: .process)
        let process = ProcessSettings(name, values)
        return GroupSettings(name, priority: process.priority, kind: kind, processes: [process])
    }

    func name(_ id: ProcessID) -> String { supervisor.settings(of: id)?.name ?? "?" }

    func tell(_ event: Supervisor.Event) {
        var actions: [Supervisor.Action] = []
        supervisor.handle(event, now: now, into: &actions)
        perform(actions)
    }

    func ask(_ command: SupervisorCommand, as id: RequestID, refusal: SpawnRejection? = nil) {
        var actions: [Supervisor.Action] = []
        supervisor.perform(command, for: id, now: now, refusal: { _ in refusal }, into: &actions)
        perform(actions)
    }

    /// Lets time pass, deadline by deadline.
    func pass(seconds: Int) { pass(milliseconds: seconds * 1000) }

    func pass(milliseconds: Int) {
        let end = now.instant.advanced(milliseconds: milliseconds)
        while let deadline = supervisor.deadline(now: now.instant), deadline <= end {
            now.wall += Int(max(0, deadline.since(now.instant)) / 1_000_000_000)
            now.instant = max(deadline, now.instant)
            tell(.tick)
        }
        now.instant = end
    }

    func exit(_ name: String, _ status: Supervise.ExitStatus = .exited(code: 0)) {
        guard let (pid, _) = live.first(where: { self.name($0.value) == name }) else { return }
        live[pid] = nil
        tell(.exited(pid: pid, status))
    }

    func state(_ name: String) -> ProcessState? {
        supervisor.process(named: name).flatMap { supervisor.state(of: $0) }
    }

    /// What a waiting process waits for.
    func awaited(_ name: String) -> String? { supervisor.process(named: name).flatMap { supervisor.awaited($0.slot) } }

    func trouble(_ name: String) -> String? {
        supervisor.process(named: name).map { supervisor.members[$0.slot].machine.spawnError }
    }

    /// The hook that began first ends.
    func endHook(_ cause: TaskResult.Cause = .ended(.exited(code: 0))) {
        var actions: [Supervisor.Action] = []
        endHook(cause, into: &actions)
        perform(actions)
    }

    private func endHook(
        _ cause: TaskResult.Cause = .ended(.exited(code: 0)), into actions: inout [Supervisor.Action]
    ) {
        guard !runningHooks.isEmpty else { return }
        let (id, kind) = runningHooks.removeFirst()
        supervisor.handle(.hookEnded(id, kind, HookEnd(cause)), now: now, into: &actions)
    }

    private func perform(_ actions: [Supervisor.Action]) {
        var queue = actions
        while !queue.isEmpty {
            let action = queue.removeFirst()
            var more: [Supervisor.Action] = []
            switch action {
            case .spawn(let id):
                if let reason = unspawnable[name(id)] {
                    supervisor.handle(.spawnFailed(id, StartError(spawnCause, reason)), now: now, into: &more)
                } else {
                    nextPID += 1
                    live[nextPID] = id
                    supervisor.handle(.forked(id, pid: nextPID), now: now, into: &more)
                    supervisor.handle(.spawned(id, pid: nextPID), now: now, into: &more)
                }
            case .signal(let id, let pid, let signal, let group):
                signals.append("\(signal.name) \(name(id))\(group ? " group" : "")")
                supervisor.handle(.signalled(id), now: now, into: &more)
                let name = name(id)
                let dies = dieOnSignal || heeds.contains(name) || signal == .kill && !unkillable.contains(name)
                if dies, live.removeValue(forKey: pid) != nil {
                    queue.append(contentsOf: more)
                    more = []
                    supervisor.handle(.exited(pid: pid, .signalled(signal, core: false)), now: now, into: &more)
                }
            case .cancelSpawn: break
            case .check(let id): checks.append(name(id))
            case .cancelCheck(let id):
                if checks.contains(name(id)) {
                    checks.removeAll { $0 == name(id) }
                    supervisor.handle(
                        .checked(id, HealthResult(isSuccess: false, problem: "cancelled")), now: now, into: &more)
                }
            case .runHook(let id, let kind, let context):
                hooks.append("\(kind.key) \(name(id))\(context.reason.map { " (\($0.word))" } ?? "")")
                runningHooks.append((id, kind))
                if hooksEndAtOnce { endHook(into: &more) }
            case .cancelHook(let id, let kind): hooks.append("cancel \(kind.key) \(name(id))")
            case .look(let id, let group, let signal):
                if !leavesOthers.contains(name(id)) {
                    supervisor.handle(.groupEnded(id, group), now: now, into: &more)
                } else if let signal {
                    signals.append("\(signal.name) others of \(name(id))")
                    if othersHeed.contains(signal) { leavesOthers.remove(name(id)) }
                }
            case .publish(.process(let id, let transition)):
                transitions.append("\(name(id)) \(transition.from.name)>\(transition.to.name)")
            case .publish(.detail(let id, let type)):
                let remark = supervisor.remark(on: type, of: id)
                details.append(
                    "\(name(id)) \("\(type.name)".dropFirst(6))\(remark.isEmpty ? "" : ": \(remark)")")
            case .publish: break
            case .deliver: if deliversAtOnce { supervisor.handle(.delivered, now: now, into: &more) }
            case .log(_, let text): log.append(text)
            case .reply(let id, let answer):
                replies[id] = answer
                replyCounts[id, default: 0] += 1
            case .added, .removed: break
            case .explain(let cause): causes.append(cause)
            case .leave: if gatewayLeaves { supervisor.handle(.gatewayEnded, now: now, into: &more) }
            case .sweep(let action):
                switch action {
                case .look:
                    let event: OrphanSweep.Event = orphans.isEmpty ? .childless : .found(orphans, unreachable: [])
                    supervisor.handle(.swept(event), now: now, into: &more)
                case .end(_, let signal): if !orphansStay || signal == .kill { orphans = [] }
                case .endEverybody, .leave: break
                }
            case .finished(let ending):
                finished = ending.state
                cause = ending.cause
            }
            queue.append(contentsOf: more)
        }
    }
}
