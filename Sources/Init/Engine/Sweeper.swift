import Kernel
import Supervise

/// Performs what `OrphanSweep` decides, at the end of a shutdown.
final class Sweeper {
    /// The most names in one line of the log.
    private static let mostNames = 10

    private let log: SupervisorLog
    /// The log has reported the kills; what later rounds find is not reported.
    private var hasKilled = false

    init(log: SupervisorLog) {
        self.log = log
    }

    /// - Parameter own: process groups of init's own, or 0: they end by themselves, or their own machines end them.
    /// - Returns: the result, if there is one.
    func perform(_ action: OrphanSweep.Action, sparing own: [Int32]) -> OrphanSweep.Event? {
        switch action {
        case .look: return look(sparing: own)
        case .end(let pids, let signal):
            announce(names(pids), signal)
            for pid in pids { end(pid, signal) }
        case .endEverybody(let signal):
            announce("all processes, since /proc doesn't show which ones were", signal)
            try? SystemProcess.signalEverybody(signal.number)
            if signal == .terminate { try? SystemProcess.signalEverybody(Signal.continue.number) }
        case .leave(let pids):
            let why = pids.isEmpty ? " (/proc doesn't show them to init)" : ""
            log.warn("leaving, although \(names(pids)) left behind by programs can't be ended\(why)")
        }
        return nil
    }

    private func look(sparing own: [Int32]) -> OrphanSweep.Event {
        guard Reaper.hasChildren else { return .childless }
        guard let table = ProcessTable() else { return .hidden(isInit: SystemProcess.isInit) }
        var reachable: [Int32] = []
        var unreachable: [Int32] = []
        for pid in Descent.below(SystemProcess.id, pids: table.pids, parents: table.parents) {
            // 0: it came into the namespace from outside.
            if let group = try? SystemProcess.group(of: pid), group != 0, own.contains(group) { continue }
            if Self.mayEnd(pid) { reachable.append(pid) } else { unreachable.append(pid) }
        }
        return .found(reachable, unreachable: unreachable)
    }

    private static func mayEnd(_ pid: Int32) -> Bool {
        do throws(Errno) {
            try SystemProcess.signal(pid, 0)
        } catch {
            return error != .notPermitted
        }
        return true
    }

    private func end(_ pid: Int32, _ signal: Signal) {
        // A failure means that it has just died.
        try? SystemProcess.signal(pid, signal.number)
        if signal == .terminate { try? SystemProcess.signal(pid, Signal.continue.number) }
    }

    private func announce(_ whom: String, _ signal: Signal) {
        guard signal == .kill else { return log.info("telling \(whom) left behind by programs to end, with SIGTERM") }
        if !hasKilled { log.warn("killing \(whom) left behind by programs, with SIGKILL") }
        hasKilled = true
    }

    /// `2 processes (sh 12, sleep 13)`.
    private func names(_ pids: [Int32]) -> String {
        // Hidden ones have no pids.
        if pids.isEmpty { return "processes" }
        var text = pids.count == 1 ? "1 process (" : "\(pids.count) processes ("
        for (index, pid) in pids.prefix(Self.mostNames).enumerated() {
            if index > 0 { text += ", " }
            text += "\(ProcessTable.name(of: pid)) \(pid)"
        }
        return text + (pids.count > Self.mostNames ? ", ...)" : ")")
    }
}
