import CLinux

/// Why there is no child: the step that failed and the kernel's error.
public struct SpawnError: Error, Equatable {
    public enum Stage: Sendable {
        case clone, cgroup, oomScore, privileges, landlock, group, signals, descriptors, lookup, terminal
        case limits, nice, ioPriority, affinity, inheritable, bounding, setgroups, setgid, directory
        case setuid, ambient, secureBits, capabilities, deathSignal, exec, late
    }

    public var stage: Stage
    public var errno: Errno
    /// What the step was about: the directory, the uid, the command.
    public var subject: String

    /// Of `limits`: the position of the limit; of a capability: its number, or -1.
    public var detail = -1
}

/// A process that was started and is not reaped yet.
public struct Child: ~Copyable {
    public let pid: Int32
    /// nil unless asked for, and on kernels before 5.2.
    public var pidfd: Descriptor?
}

public enum Spawn {
    /// Starts a child, and doesn't wait for anything that it does.
    ///
    /// - Throws: if there is no child: no memory, no descriptor, no process.
    public static func begin(_ request: SpawnRequest) throws(SpawnError) -> Spawning {
        let begun = call(request)
        guard let handle = begun.spawning else {
            throw SpawnError(stage: .clone, errno: Errno(number: begun.error), subject: "")
        }
        return Spawning(handle, begun, request)
    }

    /// Before this process sleeps while children are on their way: frees the descriptors that it keeps for children
    /// past their first steps, and has the others wake it when they are.
    public static func settle() { linux_spawn_settle() }

    /// Whether a child is on its way: until it executes its program, it may have copies of this process's descriptors.
    public static var isUnderway: Bool { linux_spawn_is_underway() != 0 }

    /// Returns when the child has executed its program; a child that failed before that is already reaped.
    ///
    /// - Important: The caller sleeps meanwhile: not for PID 1 while it has anything else to do. After five seconds
    ///   this kills a child whose directory or executable is on a file system that hangs.
    /// - Parameter signals: blocked ones; if one of them is pending, a child that is still on its way is killed.
    public static func run(_ request: SpawnRequest, unless signals: SignalSet = .none) throws(SpawnError) -> Child {
        let spawning = try begin(request)
        while true {
            switch spawning.look() {
            case .executed:
                spawning.end()
                return Child(pid: spawning.pid, pidfd: spawning.takePidfd())
            case .failed(let failure):
                _ = try? Reaper.wait(for: spawning.pid)
                spawning.end()
                throw failure
            case .underway:
                settle()
                if linux_poll_readable(spawning.report, Spawning.look) > 0 { continue }
                if signals.isPending, (try? SystemProcess.signal(spawning.pid, SIGKILL)) != nil { spawning.noteKill() }
                switch spawning.urge() {
                case .wait: break
                case .abandon: throw spawning.late
                }
            }
        }
    }

    /// Passes the request's arrays to C, which copies them.
    private static func call(_ source: SpawnRequest) -> linux_spawn_begun {
        var raw = raw(source)
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
        let path = terminated(source.path)
        let directory = source.directory.map(terminated) ?? []
        let processors = source.processors
        return path.withUnsafeBufferPointer { path in
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
                                return linux_spawn_begin(&raw)
                            }
                        }
                    }
                }
            }
        }
    }

    /// Everything that needs no array.
    private static func raw(_ request: SpawnRequest) -> linux_spawn_request {
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
        raw.candidates = request.candidates.map {
            UnsafeRawPointer($0.argument).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
        }
        if let identity = request.identity {
            raw.changes_identity = 1
            raw.uid = identity.uid
            raw.gid = identity.gid
        }
        return raw
    }

    private static func terminated(_ bytes: [UInt8]) -> [CChar] {
        var result: [CChar] = []
        result.reserveCapacity(bytes.count &+ 1)
        for byte in bytes { result.append(CChar(bitPattern: byte)) }
        result.append(0)
        return result
    }
}
