@testable import Supervise

/// Whom processes of the simulation depend on, and the rules about that, found out anew from the published states.
extension SimulatedWorld {
    /// Of groups with earlier names only, so that there is no cycle whatever the active groups were read from. Some are
    /// not there.
    static func dependencies(of name: String, _ dice: inout Dice) -> KeyValue? {
        let earlier = ["a", "b", "c", "d", "e", "f"].filter { $0 < name }
        guard !earlier.isEmpty, dice.percent(70) else { return nil }
        var dependencies: [Dependency] = []
        for _ in 0...dice.below(2) {
            let group = dice.among(earlier)
            var flags: Dependency.Flags = []
            if dice.percent(30) { flags.insert(.optional) }
            if dice.percent(30) { flags.insert(.restart) }
            dependencies.append(
                Dependency(
                    group, dice.percent(50) ? nil : "\(group)\(dice.below(3))",
                    dice.among([.started, .ready, .ready, .healthy, .completed, .exited]), flags))
        }
        return .dependencies(dependencies)
    }

    var hasDependencies: Bool {
        supervisor.processes.contains { supervisor.settings(of: $0)?.dependencies.isEmpty == false }
    }

    enum Verdict { case met, pending, ruledOut }

    func targets(_ dependency: Dependency) -> [ProcessID] {
        let members = supervisor.processes(inGroup: dependency.group) ?? []
        let areAllOut = members.allSatisfy { supervisor.settings(of: $0)?.isEnabled != true }
        return members.filter {
            let settings = supervisor.settings(of: $0)
            return dependency.process.map { $0 == settings?.name } ?? (settings?.isEnabled == true || areAllOut)
        }
    }

    private func verdict(_ id: ProcessID, _ condition: Dependency.Condition) -> Verdict {
        let machine = supervisor.members[id.slot].machine
        let isOver = machine.state == .exited && !machine.awaitsRestart
        switch machine.state {
        case .fatal, .unknown: return .ruledOut
        case .stopped, .backoff, .stopping: return .pending
        case .starting:
            let isExecuted = machine.pid != 0 && underway[machine.pid] == nil
            return condition == .started && isExecuted ? .met : .pending
        case .running:
            switch condition {
            case .started: return .met
            case .ready: return isFit(id) ? .met : .pending
            case .healthy: return checkups[id]?.health == .healthy ? .met : .pending
            case .completed, .exited: return .pending
            }
        case .exited:
            if machine.isSkipped { return .met }
            switch condition {
            case .started: return .met
            case .exited: return isOver ? .met : .pending
            case .healthy: return isOver ? .ruledOut : .pending
            case .ready where supervisor.settings(of: id)?.isOneShot != true: return isOver ? .ruledOut : .pending
            case .ready, .completed:
                let settings = supervisor.settings(of: id)
                let code = machine.exitStatus?.supervisordCode ?? -1
                let isWell = settings?.exitCodes.contains(code) == true && machine.trouble != .ended(.watchdog)
                if isOver { return isWell ? .met : .ruledOut }
                return .pending
            }
        }
    }

    /// Nobody waits for who is disabled, unless it must be there.
    private func isOut(_ target: ProcessID, _ dependency: Dependency) -> Bool {
        guard let settings = supervisor.settings(of: target), !settings.isEnabled else { return false }
        return dependency.flags.contains(.optional) && supervisor.state(of: target) == .stopped
    }

    private func isReadyAtItsEnd(_ id: ProcessID) -> Bool {
        supervisor.settings(of: id)?.isOneShot == true || skipped.contains(id)
    }

    private func verdict(_ id: ProcessID) -> Verdict {
        var verdict = Verdict.met
        for dependency in supervisor.settings(of: id)?.dependencies ?? [] {
            let targets = targets(dependency)
            if targets.isEmpty, !dependency.flags.contains(.optional) { verdict = .pending }
            for target in targets {
                if isOut(target, dependency) { continue }
                // It is about to be started or stopped.
                if !supervisor.members[target.slot].marks.isDisjoint(with: [.wanted, .stopsLater]) {
                    verdict = .pending
                    continue
                }
                switch self.verdict(target, dependency.condition) {
                case .met: break
                case .pending: verdict = .pending
                case .ruledOut: if !dependency.flags.contains(.optional) { return .ruledOut }
                }
            }
        }
        return verdict
    }

    /// Nobody starts before its conditions hold. Here that's told from what was published until then: more may have
    /// happened in the same turn.
    func checkStart(_ id: ProcessID) throws {
        guard !supervisor.members[id.slot].marks.contains(.alone) else { return }
        for dependency in supervisor.settings(of: id)?.dependencies ?? [] {
            for target in targets(dependency) {
                let state = published[target] ?? .stopped
                let isMet =
                    switch dependency.condition {
                    case .started: state == .starting || state == .running || state == .exited
                    case .ready:
                        state == .running && isFit(target) || state == .exited && isReadyAtItsEnd(target)
                    case .healthy: state == .running && checkups[target]?.health == .healthy || skipped.contains(target)
                    case .completed, .exited: state == .exited
                    }
                let isRuledOut = state == .fatal || state == .exited || state == .unknown
                if isOut(target, dependency) { continue }
                if isMet || isRuledOut && dependency.flags.contains(.optional) { continue }
                throw violation("a process starts before its conditions hold: \(dependency.text) is \(state.name)")
            }
        }
    }

    /// Everyone whose conditions hold starts, and a dead end is explained by somebody who is stopped or FATAL.
    func checkDependencies() throws {
        let isSettled = supervisor.nextStart >= supervisor.startQueue.count
        guard supervisor.state == .running, isSettled else { return }
        for id in supervisor.processes {
            let machine = supervisor.members[id.slot].machine
            if supervisor.members[id.slot].marks.contains(.queued) {
                throw violation("a mark says that it is in the queue")
            }
            if machine.isWaiting {
                switch verdict(id) {
                case .met: throw violation("a process waits though its conditions hold")
                case .ruledOut: throw violation("a process waits for what never comes")
                case .pending:
                    if supervisor.awaited(id.slot) == "its turn" { throw violation("nobody knows what it waits for") }
                }
            } else if machine.recoversWithDependencies, verdict(id) == .met {
                throw violation("a process stays FATAL though what it depends on is ready")
            }
        }
    }

    /// During a shutdown, no process is stopped before those that depend on it have stopped, directly or not.
    func checkDependents(_ id: ProcessID) throws {
        var seen: Set<ProcessID> = [id]
        var next = [id]
        while let one = next.popLast() {
            for other in supervisor.processes where !seen.contains(other) {
                let dependencies = supervisor.settings(of: other)?.dependencies ?? []
                guard dependencies.contains(where: { targets($0).contains(one) }) else { continue }
                guard supervisor.state(of: other)?.isStopped == true else {
                    throw violation("a process is stopped before one that depends on it")
                }
                seen.insert(other)
                next.append(other)
            }
        }
    }
}
