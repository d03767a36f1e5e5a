@testable import Supervise

/// What must be true after each step.
extension SimulatedWorld {
    mutating func check() throws {
        var isWaiting = false
        for id in supervisor.processes {
            guard let state = supervisor.state(of: id) else { continue }
            if supervisor.state == .running, supervisor.isReady(slot: id.slot) != ready.contains(id) {
                throw violation("nobody heard whether it is ready")
            }
            let pid = supervisor.pid(of: id)
            if pid != 0, live[pid] != id { throw violation("\(state.name) without a child") }
            switch state {
            // The child causes the events.
            case .starting where queued.contains(id) || underway.values.contains(id): break
            case .starting where supervisor.members[id.slot].machine.isWaiting: break
            // It has all the time in the world.
            case .starting where supervisor.members[id.slot].machine.isAnnouncing: break
            case .starting where pid != 0 && supervisor.settings(of: id)?.isOneShot == true: break
            // The hook causes the event.
            case .starting where hooks[id] != nil && pid == 0, .stopping where hooks[id] != nil: break
            case .starting, .stopping: isWaiting = true
            case .backoff: isWaiting = isWaiting || supervisor.state == .running
            case .stopped, .running, .exited, .fatal, .unknown: break
            }
        }
        if isWaiting, supervisor.deadline(now: now.instant) == nil {
            throw violation("a waiting state has no deadline")
        }
        try checkMemory()
        try checkWaits()
        try checkDependencies()
        try checkEndings()
        try checkReadiness()
        try checkHooks()
        try checkReloads()
    }

    /// No request may wait for a state that has been reached or can't be reached any more.
    private func checkWaits() throws {
        for (request, wait) in waits where !wait.ids.isEmpty {
            let states = wait.ids.map { supervisor.state(of: $0) }
            if states.allSatisfy({ $0.map(wait.states.contains) ?? false }) {
                throw violation("request \(request) is not answered though what it waits for is so")
            }
            if states.contains(nil) { throw violation("request \(request) waits for a process that is no more") }
            let isHopeless = wait.ids.contains { id in
                supervisor.state(of: id) == .fatal && !supervisor.members[id.slot].machine.awaitsRestart
            }
            if isHopeless, !wait.states.contains(.fatal) {
                throw violation("request \(request) waits for something that never comes")
            }
        }
    }

    /// At most six groups of four processes exist at a time, so the memory must be limited accordingly, whatever
    /// happened before.
    private func checkMemory() throws {
        if supervisor.members.count > 24 { throw violation("removed processes are kept") }
        if supervisor.freeSlots.count > supervisor.members.count { throw violation("a slot is free twice") }
        if supervisor.groups.count > 6 { throw violation("removed groups are kept") }
        // A request that was answered or whose sender has left must be forgotten.
        if supervisor.waiters.count > open.count { throw violation("answered requests are kept") }
        // Autostart finishes with every tick; between two ticks, groups may come and go once per request.
        if supervisor.startQueue.count - supervisor.nextStart > 24 * 8 { throw violation("starts pile up") }
    }
}
