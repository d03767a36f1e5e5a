import CLinux

/// Why there is no child: the step that failed and the kernel's word.
public struct SpawnFailure: Error, Equatable {
    public enum Stage: Sendable {
        case clone, cgroup, oomScore, privileges, landlock, group, signals, descriptors, terminal
        case limits, nice, ioPriority, affinity, inheritable, bounding, setgroups, setgid, directory
        case setuid, ambient, secureBits, capabilities, deathSignal, exec, late
    }

    public var stage: Stage
    public var errno: Errno
    /// What the step was about: the directory, the user's number, the command.
    public var subject: String

    /// Of `limits`: which of them; of a capability: its number, or -1.
    public var detail = -1
}

/// A process that was started and is not reaped yet.
public struct Child: ~Copyable {
    public let pid: Int32
    /// nil unless asked for, and on kernels before 5.2.
    public var pidfd: Descriptor?
}

public enum Spawn {
    /// Returns when the child has executed its program; a child that failed before that is already reaped.
    ///
    /// - Important: the caller sleeps meanwhile, normally some 100 microseconds, most of it the kernel's reading of the
    ///   executable. A child whose directory or executable is on a file system that hangs is killed after five seconds; one that
    ///   somebody stops is continued.
    public static func run(_ request: borrowing SpawnRequest) throws(SpawnFailure) -> Child {
        var raw = linux_spawn_request()
        raw.argv = request.arguments.argument
        raw.envp = request.environment.argument
        raw.mask = request.umask.map { Int32(bitPattern: $0 & 0o777) } ?? -1
        raw.terminal = -1
        raw.no_new_privileges = request.noNewPrivileges ? 1 : 0
        if let sets = request.capabilities {
            raw.has_capabilities = 1
            raw.dropped = sets.dropped
            raw.inheritable = sets.inheritable
            raw.ambient = sets.ambient
        }
        raw.secure_bits = request.secureBits.map { Int32(truncatingIfNeeded: $0) } ?? -1
        if let nice = request.nice {
            raw.sets_nice = 1
            raw.nice = nice
        }
        raw.io_priority = request.ioPriority ?? -1
        if let score = request.oomScoreAdjust {
            raw.sets_oom_score = 1
            raw.oom_score = score
        }
        raw.landlock = request.landlock ?? -1
        raw.names_itself = request.namesItself ? 1 : 0
        raw.death_signal = request.deathSignal ?? 0
        raw.cgroup = request.cgroup
        raw.wants_pidfd = request.wantsPidfd ? 1 : 0
        switch request.group {
        case .inherited: raw.group = Int32(linux_spawn_inherit_group)
        case .new: raw.group = Int32(linux_spawn_new_group)
        case .newSession: raw.group = Int32(linux_spawn_new_session)
        }
        switch request.terminal {
        case .foreground(let number): raw.terminal = number
        case .controlling(let number):
            raw.terminal = number
            raw.takes_terminal = 1
        case nil: break
        }
        let outcome = call(raw, request)
        guard let stage = stage(outcome.stage) else {
            return Child(pid: outcome.pid, pidfd: outcome.pidfd >= 0 ? Descriptor(owning: outcome.pidfd) : nil)
        }
        throw SpawnFailure(
            stage: stage, errno: Errno(number: outcome.error),
            subject: subject(of: stage, Int(outcome.detail), request),
            detail: Int(outcome.detail))
    }

    /// Lends the request's arrays to C for the time of the call.
    private static func call(
        _ request: linux_spawn_request, _ source: borrowing SpawnRequest
    ) -> linux_spawn_outcome {
        var raw = request
        var outcome = linux_spawn_outcome()
        // In order of their targets; there are few, and the library's sort is 3 KB of code.
        var descriptors: [linux_spawn_descriptor] = []
        for passed in source.descriptors {
            let place = descriptors.firstIndex { $0.target > passed.target } ?? descriptors.count
            descriptors.insert(linux_spawn_descriptor(source: passed.source, target: passed.target), at: place)
        }
        let limits = source.limits.map {
            linux_spawn_limit(resource: $0.resource, soft: $0.soft, hard: $0.hard)
        }
        let groups = source.identity?.groups ?? []
        if let identity = source.identity {
            raw.changes_identity = 1
            raw.uid = identity.uid
            raw.gid = identity.gid
        }
        let path = terminated(source.path)
        let directory = source.directory.map(terminated) ?? []
        let processors = source.processors
        path.withUnsafeBufferPointer { path in
            directory.withUnsafeBufferPointer { directory in
                descriptors.withUnsafeBufferPointer { descriptors in
                    limits.withUnsafeBufferPointer { limits in
                        groups.withUnsafeBufferPointer { groups in
                            processors.withUnsafeBufferPointer { processors in
                                raw.path = path.baseAddress
                                raw.directory = directory.isEmpty ? nil : directory.baseAddress
                                raw.descriptors = descriptors.baseAddress
                                raw.descriptor_count =
                                    source.inheritsDescriptors ? -1 : Int32(clamping: descriptors.count)
                                raw.limits = limits.baseAddress
                                raw.limit_count = Int32(clamping: limits.count)
                                raw.groups = groups.baseAddress
                                raw.group_count = Int32(clamping: groups.count)
                                raw.affinity = processors.baseAddress
                                raw.affinity_size = Int32(clamping: processors.count)
                                linux_spawn(&raw, &outcome)
                            }
                        }
                    }
                }
            }
        }
        return outcome
    }

    private static func terminated(_ bytes: [UInt8]) -> [CChar] {
        var result: [CChar] = []
        result.reserveCapacity(bytes.count &+ 1)
        for byte in bytes { result.append(CChar(bitPattern: byte)) }
        result.append(0)
        return result
    }

    private static func subject(
        of stage: SpawnFailure.Stage, _ detail: Int, _ request: borrowing SpawnRequest
    ) -> String {
        switch stage {
        case .directory: String(decoding: request.directory ?? [], as: UTF8.self)
        case .limits: request.limits.indices.contains(detail) ? request.limits[detail].name : ""
        case .setgroups, .setgid, .setuid: "\(request.identity?.uid ?? 0)"
        case .exec: String(decoding: request.arguments.count > 0 ? request.arguments[0] : request.path, as: UTF8.self)
        case .clone, .cgroup, .oomScore, .privileges, .landlock, .group, .signals, .descriptors, .terminal, .nice,
            .ioPriority, .affinity, .inheritable, .bounding, .ambient, .secureBits, .capabilities, .deathSignal,
            .late:
            ""
        }
    }

    /// nil: it ran.
    private static func stage(_ number: Int32) -> SpawnFailure.Stage? {
        switch linux_spawn_stage(rawValue: .init(number)) {
        case linux_spawn_ran: nil
        case linux_spawn_cgroup: .cgroup
        case linux_spawn_oom_score: .oomScore
        case linux_spawn_privileges: .privileges
        case linux_spawn_landlock: .landlock
        case linux_spawn_group: .group
        case linux_spawn_terminal: .terminal
        case linux_spawn_signals: .signals
        case linux_spawn_descriptors: .descriptors
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
