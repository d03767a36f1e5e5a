/// The whole effective configuration: what a supervisord.conf means, expanded and validated.
///
/// It and what else has a score of fields are objects, which are passed on as one word: copies of structs are made field by
/// field, in code. Nobody changes them once they are read and the command line's options are applied.
///
/// - Source: the configuration reference of supervisord 4.3.0; names of fields are names of keys.
public final class Configuration: @unchecked Sendable {
    public var supervisord = SupervisorSettings()
    /// All inet servers in file order, then all unix servers.
    public var servers: [ServerSettings] = []
    public var rpcInterfaces: [RPCInterfaceSettings] = []
    /// Sorted by (priority, name).
    public var groups: [GroupSettings] = []
    /// What supervisord would log as warnings and infos about the file, in order.
    public var warnings: [String] = []
    public var infos: [String] = []
    /// What supervisord says nothing about: unknown keys and sections, at most 100.
    public var remarks: [Remark] = []
    /// What only `--check` says, at most 100.
    public var findings: [Finding] = []

    public init() {}
}

/// `[supervisord]`.
public final class SupervisorSettings: @unchecked Sendable {
    public var user: Account?
    /// Octal in the file. Default 022.
    public var umask: UInt32 = 0o022
    public var directory: String?
    public var logfile = LogTarget.file("supervisord.log")
    /// Bytes; 0 never rotates. Default 50 MB.
    public var logfileMaxBytes = 50 * 1024 * 1024
    /// Rotated files kept; 0 truncates. Default 10.
    public var logfileBackups = 10
    public var logLevel = LogLevel.info
    public var pidfile = "supervisord.pid"
    public var identifier = "supervisor"
    public var childLogDirectory = "/tmp"
    /// RLIMIT_NOFILE to reach at start. Default 1024.
    public var minFDs = 1024
    /// RLIMIT_NPROC to reach at start. Default 200.
    public var minProcs = 200
    public var nodaemon = false
    public var silent = false
    public var nocleanup = false
    public var stripANSI = false
    public var environment: [EnvironmentVariable] = []
    /// First unix server, else the last inet one.
    public var serverURL: String?
    /// Path of the control socket; nil: derived (see DESIGN in docs/architecture.md).
    public var controlSocket: String?
    /// Path of the executable that serves HTTP; nil: `gateway` beside init's own.
    public var gateway: String?
    /// Seconds without a connection after which the gateway leaves, > 0. Default 60.
    public var gatewayIdleTimeout = 60
    /// Who the gateway runs as, never root; nil: a uid that nobody else has (`GatewayUser`).
    public var gatewayUser: Account?
    /// What programs get that say nothing else; only of capabilities, no_new_privs and securebits.
    public var execution: ExecutionSettings?
    public var initCapabilities = InitCapabilities.all
    /// Whether a shutdown ends what programs have left behind. nil: as PID 1.
    public var killOrphans: Bool?

    public init() {}
}

public struct EnvironmentVariable: Equatable, Sendable {
    public var name: String
    public var value: String

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

/// One output channel of a program.
public struct ChannelSettings: Equatable, Sendable {
    public var logfile = LogTarget.auto
    /// Bytes; 0 never rotates. Default 50 MB.
    public var maxBytes = 50 * 1024 * 1024
    /// Rotated files kept; 0 truncates. Default 10.
    public var backups = 10
    /// Size of the capture buffer for PROCESS_COMMUNICATION; 0: capture mode is off.
    public var captureMaxBytes = 0
    public var eventsEnabled = false
    public var syslog = false
    /// Prefix every line that goes to init's own stdout or stderr with `name channel | `.
    public var prefixLines = false
    /// Lines go to init's stdout too, whatever `logfile` is: what the Python module supervisor_stdout does.
    public var copyToStdout = false

    public init() {}
}

/// One process: a member of `[program:x]`, `[eventlistener:x]` or `[fcgi-program:x]`.
public final class ProcessSettings: @unchecked Sendable {
    public var name = ""
    /// As written; split by the shell's rules when it is started.
    public var command = ""
    public var directory: String?
    public var umask: UInt32?
    public var priority = 999
    public var autostart = true
    public var autorestart = AutoRestart.unexpected
    /// Seconds. Default 1; 0: up as soon as it is spawned.
    public var startSeconds = 1
    public var startRetries = 3
    public var user: Account?
    public var stdout = ChannelSettings()
    public var stderr = ChannelSettings()
    public var stopSignal = Signal.terminate
    /// Seconds between the stop signal and SIGKILL. Default 10.
    public var stopWaitSeconds = 10
    public var stopAsGroup = false
    public var killAsGroup = false
    public var exitCodes: [Int] = [0]
    public var redirectStderr = false
    /// `[supervisord]`'s under the program's own.
    public var environment: [EnvironmentVariable] = []
    /// `env_file` and `environment_from_files`; nil without them.
    public var environmentSources: EnvironmentSources?
    public var serverURL: String?
    /// nil: in no other way than supervisord executes it.
    public var execution: ExecutionSettings?
    /// nil: it stays in init's.
    public var cgroup: CgroupSettings?

    public init() {}

    /// A copy.
    public init(_ other: ProcessSettings) {
        name = other.name
        command = other.command
        directory = other.directory
        umask = other.umask
        priority = other.priority
        autostart = other.autostart
        autorestart = other.autorestart
        startSeconds = other.startSeconds
        startRetries = other.startRetries
        user = other.user
        stdout = other.stdout
        stderr = other.stderr
        stopSignal = other.stopSignal
        stopWaitSeconds = other.stopWaitSeconds
        stopAsGroup = other.stopAsGroup
        killAsGroup = other.killAsGroup
        exitCodes = other.exitCodes
        redirectStderr = other.redirectStderr
        environment = other.environment
        environmentSources = other.environmentSources
        serverURL = other.serverURL
        execution = other.execution
        cgroup = other.cgroup
    }
}

/// What `reread`, `update` and RPC call a process group.
public struct GroupSettings: Sendable {
    /// Indirect: most groups are programs, and there is one of these in every group.
    public indirect enum Kind: Equatable, Sendable {
        case program
        case eventListener(EventListenerSettings)
        case fcgi(SocketSettings)
    }

    public var name = ""
    public var priority = 999
    public var kind = Kind.program
    /// In upstream's order: sorted inside a section, concatenated in a `[group]`.
    public var processes: [ProcessSettings] = []
    /// The listening sockets of members that are FastCGI programs, also of those in a `[group]`.
    public var sockets: [SharedSocket] = []

    public init() {}
}

public struct EventListenerSettings: Equatable, Sendable {
    /// Events kept while no listener of the pool is ready. Default 10.
    public var bufferSize = 10
    /// Sorted, no repeats, abstract types unexpanded.
    public var events: [String] = []
    /// The Python name of the handler; only those that have a native equivalent are accepted.
    public var resultHandler = "supervisor.dispatchers:default_handler"

    public init() {}
}

/// A listening socket and the members of its group that get it as descriptor 0.
public struct SharedSocket: Equatable, Sendable {
    public var settings: SocketSettings
    /// Positions in `GroupSettings.processes`.
    public var processes: Range<Int>

    public init(settings: SocketSettings, processes: Range<Int>) {
        self.settings = settings
        self.processes = processes
    }
}

/// `socket=` of `[fcgi-program:x]`.
public struct SocketSettings: Equatable, Sendable {
    public enum Address: Equatable, Sendable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    public var url = ""
    public var address = Address.unix(path: "")
    public var backlog: Int?
    /// Mode of a unix socket. Default 0700; nil for TCP.
    public var mode: UInt32?
    public var owner: Ownership?

    public init() {}
}

/// `chown=` and `socket_owner=`: nil group means "not given".
public struct Ownership: Equatable, Sendable {
    public var user: Account?
    public var group: Account?

    public init(user: Account?, group: Account?) {
        self.user = user
        self.group = group
    }
}

/// `[inet_http_server]`, `[unix_http_server]` and their named forms.
public struct ServerSettings: Equatable, Sendable {
    public enum Address: Equatable, Sendable {
        /// An empty host means every interface.
        case inet(host: String, port: Int)
        case unix(path: String, mode: UInt32, owner: Ownership)
    }

    public var section = ""
    public var name: String?
    public var address = Address.inet(host: "", port: 0)
    public var username: String?
    /// Plain or `{SHA}` and hex.
    public var password: String?
    /// Where `password` was read from, absolute; nil: it stands in the configuration.
    public var passwordFile: String?
    /// An inet server may be reached from elsewhere without a password. Default false.
    public var allowUnauthenticated = false
    /// Names, in lower case, that requests to an inet server without a password may have in their `Host` beside those that no other
    /// site can take; `*`: any.
    public var allowedHosts: [String] = []
    /// The web page acts on GET requests, as supervisord's: whatever page a browser shows can then stop programs. Default false.
    public var webGetActions = false
    /// Probes of health are answered without a password. Default false.
    public var healthPublic = false

    /// Clients are asked for a password; as in supervisord it is the name that decides.
    public var isAuthenticated: Bool { !(username ?? "").isEmpty }

    public init() {}
}

/// `[rpcinterface:x]`.
public struct RPCInterfaceSettings: Equatable, Sendable {
    public var name = ""
    public var factory = ""
    public var options: [EnvironmentVariable] = []

    public init() {}
}
