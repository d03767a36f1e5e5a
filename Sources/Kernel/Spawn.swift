import CLinux

/// A child to make. Everything that can be known before the clone is in here: nothing is looked up after it.
public struct SpawnRequest {
    /// Which process group the child is in.
    public enum Group: Sendable {
        case inherited
        /// A group of its own, as supervisord's children and tini's have.
        case new
        /// A session of its own, as dumb-init's child has.
        case newSession
    }

    /// The child's descriptor `target` is the parent's `source`.
    public struct Passed: Equatable, Sendable {
        public var source: Int32
        public var target: Int32

        public init(_ source: Int32, as target: Int32) {
            self.source = source
            self.target = target
        }
    }

    /// Who the child runs as. All three change or none does.
    public struct Identity: Equatable, Sendable {
        public var uid: UInt32
        public var gid: UInt32
        /// Supplementary groups, the primary one included where it should be.
        public var groups: [UInt32]

        public init(uid: UInt32, gid: UInt32, groups: [UInt32]) {
            self.uid = uid
            self.gid = gid
            self.groups = groups
        }
    }

    public struct Limit: Equatable, Sendable {
        public var resource: Resource
        /// `UInt64.max`: unlimited.
        public var soft: UInt64
        public var hard: UInt64

        public init(_ resource: Resource, soft: UInt64, hard: UInt64) {
            self.resource = resource
            self.soft = soft
            self.hard = hard
        }
    }

    /// How the child comes to a terminal among its descriptors.
    public enum Terminal: Equatable, Sendable {
        /// Its group becomes the foreground one of the terminal that is this descriptor of its, if that is a terminal.
        case foreground(Int32)
        /// Its new session takes the terminal, if there is one that nobody else has.
        case controlling(Int32)
    }

    /// Executed as it is: no search along PATH.
    public var path: [UInt8]
    public var arguments: CStringArray
    public var environment: CStringArray
    /// The child has these and no others. At most 64.
    public var descriptors: [Passed]
    /// All of the parent's that aren't close-on-exec, at their numbers, and `descriptors` isn't looked at.
    public var inheritsDescriptors = false
    /// nil: the parent's.
    public var directory: [UInt8]?
    /// nil: the parent's.
    public var umask: UInt32?
    /// nil: the parent's.
    public var identity: Identity?
    public var group = Group.new
    public var terminal: Terminal?
    public var limits: [Limit] = []
    public var noNewPrivileges = false
    /// No capability in any set, nor in the bounding set where that can be had; together with `noNewPrivileges` it stays so.
    public var dropsCapabilities = false
    /// `LISTEN_PID=` in the environment, with ten characters behind it, gets the child's number.
    public var namesItself = false
    /// The signal that the child gets when its parent dies.
    public var deathSignal: Int32?
    /// A pidfd costs a descriptor per child: only for whoever wants it.
    public var wantsPidfd = false
    /// A descriptor of the `cgroup.procs` of a cgroup that the child joins before anything else; -1: the parent's cgroup.
    public var cgroup: Int32 = -1

    /// - Parameter descriptors: by default the parent's own 0, 1 and 2.
    public init(
        path: [UInt8], arguments: CStringArray, environment: CStringArray,
        descriptors: [Passed] = [Passed(0, as: 0), Passed(1, as: 1), Passed(2, as: 2)]
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.descriptors = descriptors
    }
}

/// Why there is no child: the step that failed and the kernel's word.
public struct SpawnFailure: Error, Equatable {
    public enum Stage: Sendable {
        case clone, cgroup, group, terminal, signals, descriptors, limits, setgroups, setgid
        case directory, privileges, capabilities, setuid, deathSignal, exec
    }

    public var stage: Stage
    public var errno: Errno
    /// What the step was about: the directory, the user's number, the command.
    public var subject: String

    /// One sentence for log lines and `spawnerr`, in supervisord's words where it has them.
    ///
    /// - Parameter name: of the program.
    public func sentence(for name: String) -> String {
        switch stage {
        case .clone where errno == .again: "Too many processes in process table to spawn '\(name)'"
        case .clone: "unknown error during fork for '\(name)': \(errno.name)"
        case .cgroup: "couldn't join its cgroup: \(errno.name)"
        case .group: "couldn't make a process group: \(errno.name)"
        case .terminal: "couldn't hand over the terminal: \(errno.name)"
        case .signals: "couldn't reset signals: \(errno.name)"
        case .descriptors where errno == .tooManyFiles: "too many open files to spawn '\(name)'"
        case .descriptors: "couldn't set up descriptors: \(errno.name)"
        case .limits: "couldn't set limits: \(errno.name)"
        case .setgroups: "couldn't setuid to \(subject): Could not set groups of effective user"
        case .setgid: "couldn't setuid to \(subject): Could not set group id of effective user"
        case .directory: "couldn't chdir to \(subject): \(errno.name)"
        case .privileges: "couldn't set no_new_privs: \(errno.name)"
        case .capabilities: "couldn't drop capabilities: \(errno.name)"
        case .setuid: "couldn't setuid to \(subject): \(errno.name)"
        case .deathSignal: "couldn't tie the child to its parent's life: \(errno.name)"
        case .exec: "couldn't exec \(subject): \(errno.name)"
        }
    }
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
    ///   executable. A child's directory or executable on a file system that hangs makes the caller hang.
    public static func run(_ request: borrowing SpawnRequest) throws(SpawnFailure) -> Child {
        var raw = linux_spawn_request()
        raw.argv = request.arguments.argument
        raw.envp = request.environment.argument
        raw.mask = request.umask.map { Int32(bitPattern: $0 & 0o777) } ?? -1
        raw.terminal = -1
        raw.no_new_privileges = request.noNewPrivileges ? 1 : 0
        raw.drops_capabilities = request.dropsCapabilities ? 1 : 0
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
            stage: stage, errno: Errno(number: outcome.error), subject: subject(of: stage, request))
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
            linux_spawn_limit(resource: $0.resource.number, soft: $0.soft, hard: $0.hard)
        }
        let groups = source.identity?.groups ?? []
        if let identity = source.identity {
            raw.changes_identity = 1
            raw.uid = identity.uid
            raw.gid = identity.gid
        }
        let path = terminated(source.path)
        let directory = source.directory.map(terminated) ?? []
        path.withUnsafeBufferPointer { path in
            directory.withUnsafeBufferPointer { directory in
                descriptors.withUnsafeBufferPointer { descriptors in
                    limits.withUnsafeBufferPointer { limits in
                        groups.withUnsafeBufferPointer { groups in
                            raw.path = path.baseAddress
                            raw.directory = directory.isEmpty ? nil : directory.baseAddress
                            raw.descriptors = descriptors.baseAddress
                            raw.descriptor_count = source.inheritsDescriptors ? -1 : Int32(clamping: descriptors.count)
                            raw.limits = limits.baseAddress
                            raw.limit_count = Int32(clamping: limits.count)
                            raw.groups = groups.baseAddress
                            raw.group_count = Int32(clamping: groups.count)
                            linux_spawn(&raw, &outcome)
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

    private static func subject(of stage: SpawnFailure.Stage, _ request: borrowing SpawnRequest) -> String {
        switch stage {
        case .directory: String(decoding: request.directory ?? [], as: UTF8.self)
        case .setgroups, .setgid, .setuid: "\(request.identity?.uid ?? 0)"
        case .exec: String(decoding: request.arguments.count > 0 ? request.arguments[0] : request.path, as: UTF8.self)
        case .clone, .cgroup, .group, .terminal, .signals, .descriptors, .limits, .privileges, .capabilities,
            .deathSignal:
            ""
        }
    }

    /// nil: it ran.
    private static func stage(_ number: Int32) -> SpawnFailure.Stage? {
        switch linux_spawn_stage(rawValue: .init(number)) {
        case linux_spawn_ran: nil
        case linux_spawn_cgroup: .cgroup
        case linux_spawn_group: .group
        case linux_spawn_terminal: .terminal
        case linux_spawn_signals: .signals
        case linux_spawn_descriptors: .descriptors
        case linux_spawn_limits: .limits
        case linux_spawn_setgroups: .setgroups
        case linux_spawn_setgid: .setgid
        case linux_spawn_directory: .directory
        case linux_spawn_privileges: .privileges
        case linux_spawn_setuid: .setuid
        case linux_spawn_capabilities: .capabilities
        case linux_spawn_deathsig: .deathSignal
        case linux_spawn_exec: .exec
        default: .clone
        }
    }
}
