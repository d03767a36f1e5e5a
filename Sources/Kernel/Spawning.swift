import CLinux

/// A child on its way to its program, until it has executed the program or is dead.
///
/// Call `end` once one of the two is known, and never before: the child's stack is memory of this process.
public final class Spawning {
    public enum Progress {
        case underway
        /// It runs its program, or was killed before it could, in which case its death follows.
        case executed
        /// It is dead, or about to die.
        case failed(SpawnFailure)
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
        began = Clock.boottime
    }

    deinit { Descriptor.close(pidfd) }

    /// What the child has reported; never waits.
    public func look() -> Progress {
        guard let handle else { return .executed }
        var outcome = linux_spawn_outcome()
        switch linux_spawn_look(handle, &outcome) {
        case Int32(linux_spawn_underway): return .underway
        case Int32(linux_spawn_failed):
            let stage = SpawnFailure.Stage(linux_spawn_stage(rawValue: .init(outcome.stage)))
            let detail = Int(outcome.detail)
            return .failed(
                SpawnFailure(
                    stage: stage, errno: Errno(number: outcome.error), subject: subject(of: stage, detail),
                    detail: detail))
        default: return isTooLate ? .failed(late) : .executed
        }
    }

    /// Continues a child that is stopped, kills one that has had five seconds, and gives up a second after that.
    ///
    /// Call it every `look` milliseconds.
    public func urge() -> Advice {
        let now = Clock.boottime
        if let killed {
            if now &- killed >= Self.lastWord { return .abandon }
        } else if now &- began >= Self.patience, (try? Process.signal(pid, SIGKILL)) != nil {
            // A child that this process may not signal keeps the wait going: it shares our memory.
            killed = now
            isTooLate = true
        }
        if linux_is_stopped(pid) == 1 { try? Process.signal(pid, SIGCONT) }
        return .wait
    }

    /// Records that the caller has sent it SIGKILL.
    public func noteKill() { killed = killed ?? Clock.boottime }

    public var late: SpawnFailure { SpawnFailure(stage: .late, errno: .timedOut, subject: "") }

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

    /// What the message about a failed step names.
    private func subject(of stage: SpawnFailure.Stage, _ detail: Int) -> String {
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

extension SpawnFailure.Stage {
    /// Converts a failure; a number that C doesn't have counts as its first stage.
    init(_ stage: linux_spawn_stage) {
        self =
            switch stage {
            case linux_spawn_cgroup: .cgroup
            case linux_spawn_oom_score: .oomScore
            case linux_spawn_privileges: .privileges
            case linux_spawn_landlock: .landlock
            case linux_spawn_group: .group
            case linux_spawn_terminal: .terminal
            case linux_spawn_signals: .signals
            case linux_spawn_unshare, linux_spawn_descriptors: .descriptors
            case linux_spawn_lookup: .lookup
            case linux_spawn_limits: .limits
            case linux_spawn_nice: .nice
            case linux_spawn_ionice: .ioPriority
            case linux_spawn_affinity: .affinity
            case linux_spawn_inheritable: .inheritable
            case linux_spawn_bounding: .bounding
            case linux_spawn_setgroups: .setgroups
            case linux_spawn_setgid: .setgid
            case linux_spawn_directory: .directory
            case linux_spawn_setuid: .setuid
            case linux_spawn_ambient: .ambient
            case linux_spawn_secure_bits: .secureBits
            case linux_spawn_capabilities: .capabilities
            case linux_spawn_deathsig: .deathSignal
            case linux_spawn_exec: .exec
            case linux_spawn_late: .late
            default: .clone
            }
    }
}
