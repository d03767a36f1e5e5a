/// How a program is executed beyond what supervisord knows: its groups, capabilities, limits and scheduling, what of the file
/// system it sees. An object, since most programs have none.
///
/// - Source: names of fields are names of keys.
public final class ExecutionSettings: Equatable, @unchecked Sendable {
    /// The primary group. nil: that of `user`.
    public var group: Account?
    /// Exactly these, beside the primary one. nil: those that `/etc/group` lists for `user`.
    public var supplementaryGroups: [Account]?
    /// HOME, USER, LOGNAME and SHELL are those of `user`. Default false.
    public var userEnvironment = false
    /// nil: what the kernel makes of init's.
    public var capabilities: CapabilitySets?
    /// As it was written.
    var capabilitiesText = ""
    /// Nothing that it executes gives it a right that it doesn't have. Default false; Landlock implies it.
    public var noNewPrivileges = false
    /// SECBIT_*. nil: init's.
    public var secureBits: UInt32?
    public var limits: [ResourceLimit] = []
    /// -20 (first) to 19. nil: init's.
    public var nice: Int?
    /// The kernel's class, shifted by 13, and level. nil: init's.
    public var ioPriority: Int?
    /// -1000 (never killed) to 1000. nil: init's.
    public var oomScoreAdjust: Int?
    /// Processors as a bit mask, byte by byte. Empty: init's.
    public var processors: [UInt8] = []
    /// Paths that it may read and execute, and those that it may do everything with; `-` before one that may be missing.
    /// nil: Landlock isn't used, unless the other is there.
    public var readable: [String]?
    public var writable: [String]?
    /// Where the kernel has no Landlock, it doesn't run. Default false.
    public var isLandlockRequired = false

    public init() {}

    /// A copy.
    init(_ other: ExecutionSettings) {
        group = other.group
        supplementaryGroups = other.supplementaryGroups
        userEnvironment = other.userEnvironment
        capabilities = other.capabilities
        capabilitiesText = other.capabilitiesText
        noNewPrivileges = other.noNewPrivileges
        secureBits = other.secureBits
    }

    public var usesLandlock: Bool { readable != nil || writable != nil }

    /// Two are the same when they are written the same.
    public static func == (a: ExecutionSettings, b: ExecutionSettings) -> Bool {
        a === b || a.essence.elementsEqual(b.essence)
    }

    private var essence: [UInt8] {
        var writer = JSONWriter()
        writer.object { write(to: &$0) }
        return writer.bytes
    }

    func write(to json: inout JSONWriter) {
        if let group { json.account("group", group) }
        if let supplementaryGroups {
            json.array("supplementary_groups") { json in
                for group in supplementaryGroups { json.account(nil, group) }
            }
        }
        if userEnvironment { json.bool("user_env", true) }
        if capabilities != nil { json.string("capabilities", capabilitiesText) }
        if noNewPrivileges { json.bool("no_new_privs", true) }
        if let secureBits { json.int("securebits", Int(secureBits)) }
        for limit in limits {
            json.member(limit.key, "\(limit.soft.limitText):\(limit.hard.limitText)")
        }
        if let nice { json.int("nice", nice) }
        if let ioPriority { json.int("ionice", ioPriority) }
        if let oomScoreAdjust { json.int("oom_score_adj", oomScoreAdjust) }
        if !processors.isEmpty {
            json.array("cpu_affinity") { json in
                for number in 0..<(8 * processors.count) where processors[number / 8] >> UInt8(number % 8) & 1 == 1 {
                    json.int(nil, number)
                }
            }
        }
        if let readable { json.strings("landlock_ro", readable) }
        if let writable { json.strings("landlock_rw", writable) }
        if isLandlockRequired { json.bool("landlock_required", true) }
    }
}

/// One `rlimit_x=soft:hard`.
public struct ResourceLimit: Sendable {
    /// RLIMIT_*.
    public var number: Int32
    /// `UInt64.max`: unlimited.
    public var soft: UInt64
    public var hard: UInt64

    /// `rlimit_nofile`.
    public var key: String {
        Key.limits.indices.contains(Int(number)) ? Key.limits[Int(number)].text.string : "rlimit"
    }
}

extension UInt64 {
    /// As the configuration writes it.
    public var limitText: String { self == .max ? "unlimited" : "\(self)" }
}
