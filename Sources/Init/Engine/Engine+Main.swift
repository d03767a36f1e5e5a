import Kernel
import Supervise

/// The main program of `init -c FILE -- COMMAND`.
extension Engine {
    /// 0 while it doesn't run.
    var mainPID: Int32 {
        guard let group = configuration.groups.last, group.processes.first?.isMain == true,
            let id = supervisor.processes(inGroup: group.name)?.first
        else { return 0 }
        return supervisor.pid(of: id)
    }

    /// It gets the signals that mean nothing to init; false if there is no such program.
    func passToMain(_ signal: Signal) -> Bool {
        let pid = mainPID
        guard pid != 0 else { return false }
        log.log(.debug, "passing \(signal.name) to pid \(pid)")
        // It may be gone, or have another user: the sender learns of neither.
        try? SystemProcess.signal(pid, signal.number)
        return true
    }

    /// It is dead: a shell that has started init can read from the terminal again, and so can the next main program.
    func takeTerminalBack(from pid: Int32) {
        guard let group = try? Terminal.foregroundGroup(0), group == pid else { return }
        // SIGTTOU is blocked.
        try? Terminal.setForegroundGroup(0, SystemProcess.group)
    }
}
