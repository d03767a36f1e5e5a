import Host
import Kernel
import Supervise

/// Signals to children, and their deaths.
extension Engine {
    func send(_ signal: Signal, to pid: Int32, group: Bool, for id: ProcessID) {
        CrashReport.phase("sending a signal to", of: supervisor.name(of: id))
        // It may have been reaped since this was decided, and its pid may belong to another process.
        guard supervisor.pid(of: id) == pid else { return noteDead(id, pid) }
        if signal == .kill { starts.noteKill(of: pid) }
        if supervisor.state(of: id) == .stopping { expectedDeaths.add(pid) }
        do throws(Errno) {
            if group {
                try SystemProcess.signal(group: pid, signal.number)
            } else {
                try SystemProcess.signal(pid, signal.number)
            }
            noteSignalled(id)
        } catch .noSuchProcess {
            noteDead(id, pid)
        } catch {
            tell(.signalFailed(id, reason: error.description))
        }
    }

    private func noteDead(_ id: ProcessID, _ pid: Int32) {
        let name = supervisor.name(of: id)
        log.log(
            .debug,
            "unable to signal \(name) (pid \(pid)), it probably just exited on its own: \(Errno.noSuchProcess.text)")
        noteSignalled(id)
    }

    private func noteSignalled(_ id: ProcessID) {
        if supervisor.awaitsSignals { tell(.signalled(id)) }
    }

    /// Signals what is left of a process group, or only looks whether anything is.
    @inline(never)
    func look(_ id: ProcessID, _ group: Int32, sending signal: Signal?) {
        do throws(Errno) {
            // The kernel gives a number away again only when the group is empty.
            guard case .nobody = owner(of: group) else { throw .noSuchProcess }
            try SystemProcess.signal(group: group, signal?.number ?? 0)
        } catch .noSuchProcess {
            tell(.groupEnded(id, group))
        } catch {
            // It is there, but another user's.
        }
    }

    /// What a process belongs to, dead or alive.
    @inline(never)
    func owner(of pid: Int32) -> ChildOwner {
        if let owner = gateway?.owner(of: pid) { return owner }
        if let task = tasks.owner(of: pid) { return .task(task) }
        if let id = supervisor.process(pid: pid) { return .program(id) }
        return starts.isDying(pid) ? .failedStart : .nobody
    }

    func reaped(_ child: Reaped) {
        guard let status = ExitStatus(child.status) else { return }
        hasChangedPrograms = true
        switch owner(of: child.pid) {
        case .program(let id): ended(id, child.pid, status)
        case .task(let id): tasks.reaped(id, status)
        case .gateway: gateway?.reaped(child.pid, status)
        case .failedStart:
            starts.reaped(child.pid)
            gateway?.buried(child.pid)
        case .nobody:
            hasBuriedOrphans = true
            log.log(.info, "reaped unknown pid \(child.pid) (\(status.description))")
        }
    }

    /// The child of a process is gone: handles its last output first, then its death.
    private func ended(_ id: ProcessID, _ pid: Int32, _ status: ExitStatus) {
        // The result of its start must be handled before its death.
        if starts.reaped(pid) { return }
        CrashReport.phase("handling the death of", of: supervisor.name(of: id))
        let isKilled = status.signal == .kill && supervisor.state(of: id) != .stopping
        let status = isKilled && cgroups.hasRunOutOfMemory(slot: id.slot) ? .outOfMemory : status
        cgroups.ended(slot: id.slot)
        channels(of: id)?.childExited()
        channels(of: id)?.count(status)
        endAnnouncement(of: id)
        if pid == mainPID { takeTerminalBack(from: pid) }
        tell(.exited(pid: pid, status))
    }
}
