/// `init_capabilities=`: what init keeps of its own capabilities once everything is open.
public struct InitCapabilities: Equatable, Sendable {
    /// As it was written.
    public var text: String
    /// Nothing is given away.
    public var isAll: Bool
    /// Kept beside what the configuration needs.
    public var extra: UInt64

    public static let all = InitCapabilities(text: "all", isAll: true, extra: 0)
}

/// What the needs of a configuration depend on beside itself.
public struct CapabilityFacts {
    /// init's uid.
    public var user: Int
    /// What init has now, and what programs inherit of it without being root.
    public var permitted: UInt64
    public var ambient: UInt64
    /// Hard limits by the numbers of resources.
    public var hardLimits: [UInt64]
    /// Whether a file can be opened and renamed by its user without a capability.
    public var isOwn: (String) -> Bool
    /// There is an executable that serves HTTP.
    public var hasGateway: Bool

    public init(
        user: Int, permitted: UInt64, ambient: UInt64, hardLimits: [UInt64], hasGateway: Bool,
        isOwn: @escaping (String) -> Bool
    ) {
        self.user = user
        self.permitted = permitted
        self.ambient = ambient
        self.hardLimits = hardLimits
        self.hasGateway = hasGateway
        self.isOwn = isOwn
    }
}

extension Configuration {
    /// What init needs of its capabilities for these programs: to make them what they are to be, to signal them, to write
    /// their logs, and to open its sockets again at a restart.
    public func neededCapabilities(_ facts: CapabilityFacts, _ surroundings: any Surroundings) -> UInt64 {
        var needed = Capability.kill.bit
        if !supervisordFilesAreOwn(facts) { needed |= Capability.dacOverride.bit }
        for server in servers { needed |= Self.needs(of: server) }
        if facts.hasGateway, !servers.isEmpty, facts.user == 0 {
            needed |= Capability.setuid.bit | Capability.setgid.bit | Capability.setpcap.bit
        }
        for group in groups {
            for socket in group.sockets {
                if socket.settings.owner != nil { needed |= Capability.chown.bit }
                if case .tcp(_, let port) = socket.settings.address, port < 1024 {
                    needed |= Capability.netBindService.bit
                }
            }
            for process in group.processes { needed |= Self.needs(of: process, facts, surroundings) }
        }
        for hook in eventHooks { needed |= Self.needs(of: hook.execution, facts, surroundings) }
        return needed & facts.permitted
    }

    private func supervisordFilesAreOwn(_ facts: CapabilityFacts) -> Bool {
        if case .file(let path) = supervisord.logfile, !facts.isOwn(path) { return false }
        return facts.isOwn(supervisord.pidfile)
    }

    private static func needs(of server: ServerSettings) -> UInt64 {
        switch server.address {
        case .inet(_, let port): port < 1024 ? Capability.netBindService.bit : 0
        case .unix(_, _, let owner): owner.user == nil && owner.group == nil ? 0 : Capability.chown.bit
        }
    }

    /// Files and folders that init uses for a program, and that may be closed to who isn't their user.
    private static func reachesOthers(_ process: ProcessSettings, _ facts: CapabilityFacts) -> Bool {
        // The folders of cgroups may be closed to everybody.
        if process.cgroup != nil { return true }
        var paths: [String] = []
        for channel in [process.stdout, process.stderr] {
            if case .file(let path) = channel.logfile { paths.append(path) }
        }
        // Its command is looked for by init. One without a slash is in a folder of the system's.
        let command = Text(process.command).words.first ?? .empty
        if command.contains(ASCII.slash) { paths.append(command.string) }
        for place in process.environmentSources?.files ?? [] { paths.append(EnvironmentSources.place(place).path) }
        for variable in process.environmentSources?.values ?? [] {
            paths.append(EnvironmentSources.place(variable.value).path)
        }
        for place in process.execution?.readable ?? [] { paths.append(EnvironmentSources.place(place).path) }
        for place in process.execution?.writable ?? [] { paths.append(EnvironmentSources.place(place).path) }
        for path in paths where !facts.isOwn(path) { return true }
        return false
    }

    private static func needs(
        of process: ProcessSettings, _ facts: CapabilityFacts, _ surroundings: any Surroundings
    ) -> UInt64 {
        var needed: UInt64 = 0
        var user: Int? = facts.user
        switch process.user {
        case .id(let id): user = id
        case .name(let name): user = surroundings.user(named: name)?.id
        case nil: break
        }
        // One that can't be looked up now may be there later.
        if user != facts.user { needed |= Capability.setuid.bit | Capability.setgid.bit | Capability.chown.bit }
        if reachesOthers(process, facts) { needed |= Capability.dacOverride.bit }
        let execution = process.execution
        if execution?.group != nil || execution?.supplementaryGroups != nil { needed |= Capability.setgid.bit }
        if let sets = execution?.capabilities {
            needed |= sets.inheritable | sets.ambient
            if sets.dropped != 0 { needed |= Capability.setpcap.bit }
            // Root keeps by executing what it has, and gets no more.
            if user == 0, execution?.noNewPrivileges == true { needed |= ~sets.dropped }
        } else if user == facts.user {
            needed |= facts.ambient
            if user == 0, execution?.noNewPrivileges == true { needed |= .max }
        }
        guard let execution else { return needed }
        if execution.secureBits != nil { needed |= Capability.setpcap.bit }
        if (execution.nice ?? 0) < 0 || (execution.ioPriority ?? .max) >> 13 == 1 { needed |= Capability.sysNice.bit }
        if (execution.oomScoreAdjust ?? 0) < 0 { needed |= Capability.sysResource.bit }
        for limit in execution.limits {
            let index = Int(limit.number)
            if !facts.hardLimits.indices.contains(index) || limit.hard > facts.hardLimits[index] {
                needed |= Capability.sysResource.bit
            }
        }
        return needed
    }
}

extension Interpreter {
    /// `all`, `needed`, or names of what is kept beside what is needed.
    func initCapabilities(_ text: Text) throws(Complaint) -> InitCapabilities {
        let word = text.lowercased
        if word.is("all") { return .all }
        if word.is("needed") { return InitCapabilities(text: "needed", isAll: false, extra: 0) }
        let sets = try capabilities(text)
        guard sets.dropped == 0, sets.ambient == 0 else {
            throw Complaint(
                .joined("not a valid init_capabilities value: ", text.quoted),
                "Write all, needed, or names of capabilities that are kept besides: cap_sys_ptrace.")
        }
        return InitCapabilities(text: text.string, isAll: false, extra: sets.inheritable)
    }
}
