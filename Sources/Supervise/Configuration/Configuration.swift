/// The whole effective configuration: what a supervisord.conf means, expanded and validated. Made once by the parser.
///
/// - Source: the configuration reference of supervisord 4.3.0; names of properties are names of keys.
public struct Configuration: Sendable {
    public let supervisord: SupervisorSettings
    /// All inet servers in file order, then all unix servers.
    public let servers: [ServerSettings]
    public let rpcInterfaces: [RPCInterfaceSettings]
    /// Sorted by (priority, name).
    public let groups: [GroupSettings]
    /// In file order.
    public let eventHooks: [EventHookSettings]
    /// What supervisord would log as warnings and infos about the file, in order.
    public let warnings: [String]
    public let infos: [String]
    /// What supervisord says nothing about: unknown keys and sections, at most 100.
    public let remarks: [Remark]
    /// What only `--check` says, at most 100.
    public let findings: [Finding]
    /// Programs whose count was not that of the file, and their groups.
    public let scaled: [(program: String, group: String)]

    init(
        supervisord: SupervisorSettings = SupervisorSettings(), servers: [ServerSettings] = [],
        rpcInterfaces: [RPCInterfaceSettings] = [], groups: [GroupSettings] = [],
        eventHooks: [EventHookSettings] = [], warnings: [String] = [], infos: [String] = [], remarks: [Remark] = [],
        findings: [Finding] = [], scaled: [(program: String, group: String)] = []
    ) {
        self.supervisord = supervisord
        self.servers = servers
        self.rpcInterfaces = rpcInterfaces
        self.groups = groups
        self.eventHooks = eventHooks
        self.warnings = warnings
        self.infos = infos
        self.remarks = remarks
        self.findings = findings
        self.scaled = scaled
    }

    /// With what the command line says, which has the last word.
    public func applying(_ options: SupervisorOptions) -> Configuration {
        let values = supervisord.values.overridden(by: options.values, unless: .supervisor)
        var groups = groups
        if let command = options.mainCommand { groups.append(MainProgram.group(of: command, beside: groups)) }
        return Configuration(
            supervisord: SupervisorSettings(values, serverURL: supervisord.serverURL), servers: servers,
            rpcInterfaces: rpcInterfaces, groups: groups, eventHooks: eventHooks, warnings: warnings, infos: infos,
            remarks: remarks, findings: findings, scaled: scaled)
    }
}

public struct EnvironmentVariable: Equatable, Sendable {
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A user or a group as it was written: a name is looked up when it is needed.
public enum Account: Equatable, Sendable {
    case name(String)
    case id(Int)

    public var description: String {
        switch self {
        case .name(let name): name
        case .id(let id): "\(id)"
        }
    }
}

/// Where a channel's bytes go, as `*_logfile=` says.
public enum LogTarget: Equatable, Sendable {
    /// `NONE`, `off`: nowhere but the tail in memory.
    case none
    /// `AUTO`: a file in `childlogdir` with a random name, removed at the next start.
    case auto
    /// A path as configured, expanded. `/dev/stdout` and its like are recognised when it is opened.
    case file(String)
    /// `syslog`; only `[supervisord] logfile=` keeps it (a program's is rewritten to `*_syslog=true`).
    case syslog
}

public enum AutoRestart: Equatable, Sendable {
    case always, never, unexpected
}

/// `chown=` and `socket_owner=`: nil group means "not given".
public struct Ownership: Equatable, Sendable {
    public let user: Account?
    public let group: Account?

    public init(user: Account?, group: Account?) {
        self.user = user
        self.group = group
    }
}

/// `[rpcinterface:x]`.
public struct RPCInterfaceSettings: Equatable, Sendable {
    public let name: String
    public let factory: String
    public let options: [EnvironmentVariable]
}
