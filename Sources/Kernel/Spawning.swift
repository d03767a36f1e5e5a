import CLinux

/// A child on its way to its program, until it has executed the program or is dead.
///
/// Call `end` once one of the two is known, and never before: the child's stack is memory of this process.
public final class Spawning {
    public enum Status {
        case underway
        /// It runs its program, or was killed before it could, in which case its death follows.
        case executed
        /// It is dead, or about to die.
        case failed(SpawnError)
    }

    /// How to handle a child that has not reported yet.
    public enum Advice: Equatable, Sendable {
        case wait
        /// It was killed but doesn't die: stop waiting for it. It may still die later.
        case abandon
    }

    /// Milliseconds between two checks of a slow child.
    public static let look: Int32 = 100
    /// Nanoseconds until it is killed: enough for a sleeping disk, or an image that is loaded on demand.
    private static let patience: Int64 = 5_000_000_000
    /// Nanoseconds after that until the wait ends.
    private static let lastWord: Int64 = 1_000_000_000

    public let pid: Int32
    /// Readable when `look` has something to report.
    public let report: Int32
    /// Nanoseconds since boot.
    public let began: Int64
    /// When it was sent SIGKILL, because it took too long or on request; nil: it was not.
    private var killed: Int64?
    private var isTooLate = false
    private var handle: OpaquePointer?
    private var pidfd: Int32
    private let request: SpawnRequest

    init(_ handle: OpaquePointer, _ begun: linux_spawn_begun, _ request: SpawnRequest) {
        self.handle = handle
        self.request = request
        pid = begun.pid
        pidfd = begun.pidfd
        report = begun.report
        began = SystemClock.boottime
    }

    deinit { Descriptor.close(pidfd) }

    /// What the child has reported; never waits.
    public func look() -> Status {
        guard let handle else { return .executed }
        var outcome = linux_spawn_outcome()
        switch linux_spawn_look(handle, &outcome) {
        case Int32(linux_spawn_underway): return .underway
        case Int32(linux_spawn_failed):
            let stage = SpawnError.Stage(number: outcome.stage)
            let detail = Int(outcome.detail)
            return .failed(
                SpawnError(
                    stage: stage, errno: Errno(number: outcome.error), subject: subject(of: stage, detail),
                    detail: detail))
        default: return isTooLate ? .failed(late) : .executed
        }
    }

    /// Continues a child that is stopped, kills one that has had five seconds, and gives up a second after that.
    ///
    /// Call it every `look` milliseconds.
    public func urge() -> Advice {
        let now = SystemClock.boottime
        if let killed {
            if now &- killed >= Self.lastWord { return .abandon }
        } else if now &- began >= Self.patience, (try? SystemProcess.signal(pid, SIGKILL)) != nil {
            // A child that this process may not signal keeps the wait going: it shares our memory.
            killed = now
            isTooLate = true
        }
        if linux_is_stopped(pid) == 1 { try? SystemProcess.signal(pid, SIGCONT) }
        return .wait
    }

    /// Records that the caller has sent it SIGKILL.
    public func noteKill() { killed = killed ?? SystemClock.boottime }

    public var late: SpawnError { SpawnError(stage: .late, errno: .timedOut, subject: "") }

    /// Frees what only the start needs: descriptors and memory.
    public func end() {
        if let handle { linux_spawn_end(handle) }
        handle = nil
    }

    func takePidfd() -> Descriptor? {
        guard pidfd >= 0 else { return nil }
        defer { pidfd = -1 }
        return Descriptor(owning: pidfd)
    }

    /// What the message about a failed step refers to.
    private func subject(of stage: SpawnError.Stage, _ detail: Int) -> String {
        switch stage {
        case .directory: String(decoding: request.directory ?? [], as: UTF8.self)
        case .limits: request.limits.indices.contains(detail) ? request.limits[detail].name : ""
        case .setgroups, .setgid, .setuid: "\(request.identity?.uid ?? 0)"
        case .exec: String(decoding: request.arguments.count > 0 ? request.arguments[0] : request.path, as: UTF8.self)
        case .lookup: String(decoding: detail < 0 ? request.path : request.candidates?[detail] ?? [], as: UTF8.self)
        case .clone, .cgroup, .oomScore, .privileges, .landlock, .group, .signals, .descriptors, .terminal, .nice,
            .ioPriority, .affinity, .inheritable, .bounding, .ambient, .secureBits, .capabilities, .deathSignal,
            .late:
            ""
        }
    }
}

extension SpawnError.Stage {
    /// - Parameter number: as the child wrote it; a number that is no stage counts as the first one.
    init(number: Int32) {
        let stages = linux_spawn_stage.clone.rawValue..<linux_spawn_stage.left_table.rawValue
        let number = linux_spawn_stage.RawValue(truncatingIfNeeded: number)
        guard stages.contains(number), let stage = linux_spawn_stage(rawValue: number) else {
            self = .clone
            return
        }
        self =
            switch stage {
            case .ran, .left_table, .clone: .clone
            case .cgroup: .cgroup
            case .oom_score: .oomScore
            case .privileges: .privileges
            case .landlock: .landlock
            case .group: .group
            case .terminal: .terminal
            case .signals: .signals
            case .unshare, .descriptors: .descriptors
            case .lookup: .lookup
            case .limits: .limits
            case .nice: .nice
            case .ionice: .ioPriority
            case .affinity: .affinity
            case .inheritable: .inheritable
            case .bounding: .bounding
            case .setgroups: .setgroups
            case .setgid: .setgid
            case .directory: .directory
            case .setuid: .setuid
            case .ambient: .ambient
            case .secure_bits: .secureBits
            case .capabilities: .capabilities
            case .deathsig: .deathSignal
            case .exec: .exec
            case .late: .late
            }
    }
}
