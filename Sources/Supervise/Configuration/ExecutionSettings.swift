/// How a program is executed beyond what supervisord knows: its groups, capabilities, limits and scheduling, what of the file
/// system it sees.
///
/// - Source: names of properties are names of keys.
public struct ExecutionSettings: Equatable, Sendable {
    private let values: KeyValues

    /// nil where none of the keys is there, as for most programs.
    init?(_ values: KeyValues) {
        guard values.contains(Key.execution) else { return nil }
        self.values = values
    }

    /// The primary group. nil: that of `user`.
    public var group: Account? { values.account(.group) }
    /// Exactly these, beside the primary one. nil: those that `/etc/group` lists for `user`.
    public var supplementaryGroups: [Account]? {
        if case .accounts(let groups) = values[.supplementaryGroups] { groups } else { nil }
    }
    /// HOME, USER, LOGNAME and SHELL are those of `user`.
    public var userEnvironment: Bool { values.bool(.userEnv, or: .process) }
    /// nil: what the kernel makes of init's.
    public var capabilities: CapabilitySets? {
        if case .capabilities(let sets, _) = values[.capabilities] { sets } else { nil }
    }
    /// Nothing that it executes gives it a right that it doesn't have. Landlock implies it.
    public var noNewPrivileges: Bool { values.bool(.noNewPrivs, or: .process) }
    /// SECBIT_*. nil: init's.
    public var secureBits: UInt32? { values.int(.securebits).map { UInt32(truncatingIfNeeded: $0) } }
    public var limits: [ResourceLimit] {
        var limits: [ResourceLimit] = []
        let first = Key.rlimitCPU.rawValue
        for number in first...Key.rlimitRTTime.rawValue {
            guard case .limit(let soft, let hard) = values[number] else { continue }
            limits.append(ResourceLimit(number: Int32(number - first), soft: soft, hard: hard))
        }
        return limits
    }
    /// -20 (first) to 19. nil: init's.
    public var nice: Int? { values.int(.nice) }
    /// The kernel's class, shifted by 13, and level. nil: init's.
    public var ioPriority: Int? { values.int(.ionice) }
    /// -1000 (never killed) to 1000. nil: init's.
    public var oomScoreAdjust: Int? { values.int(.oomScoreAdj) }
    /// Processors as a bit mask, byte by byte. Empty: init's.
    public var processors: [UInt8] {
        if case .processors(let mask) = values[.cpuAffinity] { mask } else { [] }
    }
    /// Paths that it may read and execute, and those that it may do everything with; `-` before one that may be missing.
    /// nil: Landlock isn't used, unless the other is there.
    public var readable: [String]? { values.texts(.landlockRO) }
    public var writable: [String]? { values.texts(.landlockRW) }
    /// Where the kernel has no Landlock, it doesn't run.
    public var isLandlockRequired: Bool { values.bool(.landlockRequired, or: .process) }

    public var usesLandlock: Bool { readable != nil || writable != nil }
}

/// One `rlimit_x=soft:hard`.
public struct ResourceLimit: Equatable, Sendable {
    /// RLIMIT_*.
    public let number: Int32
    /// `UInt64.max`: unlimited.
    public let soft: UInt64
    public let hard: UInt64

    /// `rlimit_nofile`.
    public var key: String {
        KeyTable.limits.indices.contains(Int(number)) ? "\(KeyTable.limits[Int(number)].name)" : "rlimit"
    }
}

extension UInt64 {
    /// As the configuration writes it.
    public var limitText: String { self == .max ? "unlimited" : "\(self)" }
}
