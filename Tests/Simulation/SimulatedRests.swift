@testable import Supervise

/// Processes of the simulation that outlive the leader of their group.
extension SimulatedWorld {
    mutating func leaveRest(_ id: ProcessID, _ pid: Int32) {
        rests.insert(pid)
        leaderless[id] = nil
        guard let settings = supervisor.settings(of: id), settings.killAsGroup || settings.stopAsGroup else { return }
        leaderless[id] = (pid, now.instant, settings.stopWaitSeconds)
    }

    /// New settings, which may shorten what it has left.
    mutating func adaptRest(_ id: ProcessID) {
        guard let rest = leaderless[id], let settings = supervisor.settings(of: id) else { return }
        leaderless[id]?.wait = min(rest.wait, settings.stopWaitSeconds)
    }

    mutating func look(
        _ id: ProcessID, _ group: Int32, _ signal: Signal?, _ more: inout [Supervisor.Action]
    ) {
        if supervisor.members[id.slot].machine.isPreparing { begun.insert(id) } else { begun.remove(id) }
        guard rests.contains(group) else {
            return supervisor.handle(.groupEnded(id, group), now: now, into: &more)
        }
        if let signal, dice.percent(signal == .kill ? 90 : 50) { rests.remove(group) }
    }

    /// Where groups are stopped as one, the old one is empty, or had `stopwaitsecs` to end.
    func checkRest(_ id: ProcessID) throws {
        guard let (group, since, wait) = leaderless[id], rests.contains(group),
            let settings = supervisor.settings(of: id),
            settings.killAsGroup || settings.stopAsGroup
        else { return }
        if now.instant < since + min(wait, settings.stopWaitSeconds) {
            throw violation("a process is started while its old group runs")
        }
    }
}
