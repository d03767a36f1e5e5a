import Kernel
import Supervise

/// Performs what `OrphanSweep` decides, at the end of a shutdown.
final class Sweeper {
    /// Names in one line of the log.
    private static let mostNames = 10

    private let log: SupervisorLog
    private let gateway: Gateway?
    private var machine = OrphanSweep()
    /// It was said; what is met by the looks after the first is not.
    private var hasKilled = false

    init(log: SupervisorLog, gateway: Gateway?) {
        self.log = log
        self.gateway = gateway
    }

    /// When `advance` matters next.
    var deadline: Instant? { machine.deadline }

    /// Call it once per turn, after the dead are taken. True when nobody is left, or nobody that could be ended.
    ///
    /// - Parameter since: when the shutdown began.
    func advance(since: Instant, now: Instant) -> Bool {
        if machine.isOver { return true }
        if !Reaper.hasChildren {
            tell(.childless, now)
        } else if machine.state == .idle {
            tell(.began(since: since), now)
        } else if let deadline, now >= deadline {
            tell(.tick, now)
        }
        return machine.isOver
    }

    private func tell(_ event: OrphanSweep.Event, _ now: Instant) {
        var actions: [OrphanSweep.Action] = []
        machine.handle(event, now: now, into: &actions)
        for action in actions { perform(action, now) }
    }

    private func perform(_ action: OrphanSweep.Action, _ now: Instant) {
        switch action {
        case .look: look(now)
        case .end(let pids, let signal):
            announce(names(pids), signal)
            for pid in pids { end(pid, signal) }
        case .endEverybody(let signal):
            announce("all processes, since /proc doesn't show which ones were", signal)
            try? Process.signalEverybody(signal.number)
            if signal == .terminate { try? Process.signalEverybody(Signal.continue.number) }
        case .leave(let pids):
            let why = pids.isEmpty ? " (/proc doesn't show them to init)" : ""
            log.warn("leaving, although \(names(pids)) left behind by programs can't be ended\(why)")
        }
    }

    private func look(_ now: Instant) {
        guard let table = ProcessTable() else { return tell(.hidden(isInit: Process.isInit), now) }
        // The gateway leaves by itself, and is killed by its own machine.
        let gateway = gateway?.pid ?? 0
        var reachable: [Int32] = []
        var unreachable: [Int32] = []
        for pid in Descent.below(Process.id, pids: table.pids, parents: table.parents) where pid != gateway {
            if Self.mayEnd(pid) { reachable.append(pid) } else { unreachable.append(pid) }
        }
        tell(.found(reachable, unreachable: unreachable), now)
    }

    private static func mayEnd(_ pid: Int32) -> Bool {
        do throws(Errno) {
            try Process.signal(pid, 0)
        } catch {
            return error != .notPermitted
        }
        return true
    }

    private func end(_ pid: Int32, _ signal: Signal) {
        // What fails has just ended.
        try? Process.signal(pid, signal.number)
        if signal == .terminate { try? Process.signal(pid, Signal.continue.number) }
    }

    private func announce(_ whom: String, _ signal: Signal) {
        guard signal == .kill else { return log.info("telling \(whom) left behind by programs to end, with SIGTERM") }
        if !hasKilled { log.warn("killing \(whom) left behind by programs, with SIGKILL") }
        hasKilled = true
    }

    /// `2 processes (sh 12, sleep 13)`.
    private func names(_ pids: [Int32]) -> String {
        // Hidden ones have no numbers.
        if pids.isEmpty { return "processes" }
        var text = pids.count == 1 ? "1 process (" : "\(pids.count) processes ("
        for (index, pid) in pids.prefix(Self.mostNames).enumerated() {
            if index > 0 { text += ", " }
            text += "\(ProcessTable.name(of: pid)) \(pid)"
        }
        return text + (pids.count > Self.mostNames ? ", ...)" : ")")
    }
}
