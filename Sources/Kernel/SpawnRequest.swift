/// A child to start. It holds everything that is known before the clone: nothing is looked up afterwards.
public struct SpawnRequest {
    /// Which process group the child is in.
    public enum Group: Sendable {
        case inherited
        /// Its own group, as supervisord's children and tini's have.
        case new
        /// Its own session, as dumb-init's child has.
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

    /// The child's user. All three change, or none.
    public struct Identity: Equatable, Sendable {
        public var uid: UInt32
        public var gid: UInt32
        /// Supplementary groups, including the primary one if it should be there.
        public var groups: [UInt32]

        public init(uid: UInt32, gid: UInt32, groups: [UInt32]) {
            self.uid = uid
            self.gid = gid
            self.groups = groups
        }
    }

    public struct Limit: Equatable, Sendable {
        /// RLIMIT_*.
        public var resource: Int32
        /// `UInt64.max`: unlimited.
        public var soft: UInt64
        public var hard: UInt64
        /// The name for messages.
        public var name: String

        public init(_ resource: Int32, soft: UInt64, hard: UInt64, name: String = "a limit") {
            self.name = name
            self.resource = resource
            self.soft = soft
            self.hard = hard
        }
    }

    /// How the child gets a terminal among its descriptors.
    public enum TerminalUse: Equatable, Sendable {
        /// Its group becomes the foreground group of the terminal at this descriptor of the child, if it is a terminal.
        case foreground(Int32)
        /// Its new session takes the terminal, if no other session has it.
        case controlling(Int32)
    }

    /// Executed as it is if there are no candidates; otherwise the name of the command in messages.
    public var path: [UInt8]
    /// Paths of the command: the child executes the first that exists.
    public var candidates: CStringArray?
    public var arguments: CStringArray
    public var environment: CStringArray
    /// The child has these descriptors and no others. At most 64.
    public var descriptors: [Passed]
    /// The child has all of the parent's that aren't close-on-exec, at their numbers; `descriptors` is ignored.
    public var inheritsDescriptors = false
    /// nil: the parent's.
    public var directory: [UInt8]?
    /// nil: the parent's.
    public var umask: UInt32?
    /// nil: the parent's.
    public var identity: Identity?
    public var group = Group.new
    public var terminal: TerminalUse?
    public var limits: [Limit] = []
    public var noNewPrivileges = false
    /// nil: what the kernel derives from the parent's. With `noNewPrivileges` the bounding set may keep what the parent
    /// can't take away.
    public var capabilities: Capabilities.Sets?
    /// SECBIT_*. nil: the parent's.
    public var secureBits: UInt32?
    /// nil: the parent's, as for the next three.
    public var nice: Int32?
    /// A class of ioprio_set(2), shifted by 13, and a level.
    public var ioPriority: Int32?
    public var oomScoreAdjust: Int32?
    /// A bit per processor; empty: the parent's.
    public var processors: [UInt8] = []
    /// The number of a `Landlock`, with `noNewPrivileges`.
    public var landlock: Int32?
    /// `LISTEN_PID=` in the environment, followed by ten characters, gets the child's pid.
    public var namesItself = false
    /// The signal that the child gets when its parent dies.
    public var deathSignal: Int32?
    /// A descriptor of the `cgroup.procs` of a cgroup that the child joins before anything else; -1: the parent's
    /// cgroup.
    public var cgroup: Int32 = -1
    /// Whether to open a pidfd: it costs a descriptor per child.
    public var wantsPidfd = false

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
