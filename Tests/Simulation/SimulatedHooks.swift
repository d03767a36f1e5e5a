@testable import Supervise

/// Hooks of the simulation: they take any time, fail, and need a moment to be cancelled.
extension SimulatedWorld {
    static func addHooks(_ dice: inout Dice, to values: inout KeyValues) {
        for kind in HookKind.allCases where kind != .reload && dice.percent(50) {
            values[Key.startCondition.rawValue + kind.rawValue] = .text("/bin/hook")
        }
    }

    mutating func runHook(_ id: ProcessID, _ kind: HookKind) throws {
        if kind == .reload { return try runReload(id) }
        if hooks[id] != nil { throw violation("two hooks of a process run at a time") }
        guard supervisor.settings(of: id)?.hasHook(kind) == true else {
            throw violation("a hook runs that isn't there")
        }
        switch kind {
        case .startCondition, .preStart:
            if owners[id] != nil { throw violation("\(kind.key) runs while the program does") }
            if endedHook != id, !begun.contains(id) { try checkStart(id) }
        case .postStart:
            if owners[id] == nil { throw violation("post_start_hook runs without its program") }
        case .preStop:
            if owners[id] == nil || published[id] != .stopping {
                throw violation("pre_stop_hook runs without a stop")
            }
        case .postStop:
            if owners[id] != nil { throw violation("post_stop_hook runs while the program does") }
        case .reload: break
        case .stop:
            if owners[id] == nil || published[id] != .stopping { throw violation("stop_command runs without a stop") }
        }
        if kind == .postStart, published[id] != .running { throw violation("post_start_hook runs too early") }
        hooks[id] = (kind, false)
    }

    mutating func cancelHook(_ id: ProcessID, _ kind: HookKind) throws {
        if kind == .reload { return try cancelReload(id) }
        // To cancel it again changes nothing.
        guard let hook = hooks[id], hook.kind == kind else {
            throw violation("a hook is cancelled that doesn't run")
        }
        hooks[id] = (kind, true)
    }

    mutating func advanceHooks() throws {
        let running = hooks.keys.sorted { ($0.slot, $0.generation) < ($1.slot, $1.generation) }
        for id in running where dice.percent(40) {
            guard let hook = hooks.removeValue(forKey: id) else { continue }
            var end = HookEnd(.ended(.exited(code: 0)))
            if hook.isCancelled {
                end = HookEnd(.cancelled)
            } else if dice.percent(30) {
                end = HookEnd(
                    dice.among([
                        .timedOut, .ended(.exited(code: 3)), .ended(.signalled(.kill, core: false)),
                        .notStarted(StartError(.resource, "no luck")),
                    ]))
            }
            endedHook = id
            try tell(.hookEnded(id, hook.kind, end))
            endedHook = nil
        }
    }

    /// Who waits for a hook has one, and what runs is known.
    func checkHooks() throws {
        for id in supervisor.processes {
            let machine = supervisor.members[id.slot].machine
            if machine.hook != hooks[id]?.kind { throw violation("a hook runs, and nobody knows it") }
            if machine.hook == nil, machine.cleanUp != nil { throw violation("post_stop_hook was forgotten") }
            if machine.hook == nil, machine.isPreparing && machine.rest == nil || machine.isUnwinding {
                throw violation("a process waits for a hook that isn't there")
            }
            let runs = machine.pid != 0 && (machine.state == .running || machine.state == .starting)
            if runs, let kind = machine.hook, kind != .postStart {
                throw violation("\(kind.key) runs with its program")
            }
        }
    }
}
