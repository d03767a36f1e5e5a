/// `[supervisord]`, with what the command line overrides.
public struct SupervisorSettings: Equatable, Sendable {
    let values: KeyValues
    /// First unix server, else the last inet one.
    public let serverURL: String?

    init(_ values: KeyValues = [:], serverURL: String? = nil) {
        self.values = values
        self.serverURL = serverURL
    }

    public var user: Account? { values.account(.user) }
    public var umask: UInt32 { UInt32(truncatingIfNeeded: values.int(.umask, or: .supervisor)) }
    public var directory: String? { values.text(.directory) }
    public var logfile: LogTarget { values.log(.logfile, or: .supervisor) }
    /// Bytes; 0 never rotates.
    public var logfileMaxBytes: Int { values.int(.logfileMaxbytes, or: .supervisor) }
    /// Rotated files kept; 0 truncates.
    public var logfileBackups: Int { values.int(.logfileBackups, or: .supervisor) }
    public var logLevel: LogLevel {
        if case .logLevel(let level) = values.value(.loglevel, or: .supervisor) { level } else { .info }
    }
    public var pidfile: String { values.text(.pidfile, or: .supervisor) }
    public var identifier: String { values.text(.identifier, or: .supervisor) }
    public var childLogDirectory: String { values.text(.childlogdir) ?? "/tmp" }
    /// RLIMIT_NOFILE to reach at start.
    public var minFDs: Int { values.int(.minfds, or: .supervisor) }
    /// RLIMIT_NPROC to reach at start.
    public var minProcs: Int { values.int(.minprocs, or: .supervisor) }
    public var nodaemon: Bool { values.bool(.nodaemon, or: .supervisor) }
    public var silent: Bool { values.bool(.silent, or: .supervisor) }
    public var nocleanup: Bool { values.bool(.nocleanup, or: .supervisor) }
    public var stripANSI: Bool { values.bool(.stripANSI, or: .supervisor) }
    public var environment: [EnvironmentVariable] { values.variables(.environment) }
    /// Path of the control socket; nil: derived (`ControlSocket`).
    public var controlSocket: String? { values.text(.controlSocket) }
    /// Path of the executable that serves HTTP; nil: `gateway` beside init's own.
    public var gateway: String? { values.text(.gateway) }
    /// Seconds without a connection after which the gateway leaves, > 0.
    public var gatewayIdleTimeout: Int { values.int(.gatewayIdleTimeout, or: .supervisor) }
    /// Who the gateway runs as, never root; nil: a uid that nobody else has (`GatewayUser`).
    public var gatewayUser: Account? { values.account(.gatewayUser) }
    public var initCapabilities: InitCapabilities {
        if case .initCapabilities(let kept) = values.value(.initCapabilities, or: .supervisor) { kept } else { .all }
    }
    /// Whether a shutdown ends what programs have left behind. nil: as PID 1.
    public var killOrphans: Bool? { values.bool(.killOrphans) }
    /// nil: `dependencies` if somebody depends on somebody, else `compat`.
    public var shutdownMode: ShutdownMode? {
        if case .shutdownMode(let mode) = values[.shutdownMode] { mode } else { nil }
    }
    /// Seconds that a shutdown may take; 0: any.
    public var shutdownTimeout: Int { values.int(.shutdownTimeout) ?? 0 }
    /// Seconds between the request to shut down and the first stop.
    public var shutdownDelay: Int { values.int(.shutdownDelay, or: .supervisor) }
    /// Whether init leaves when no program runs or will run again.
    public var exitWhenDone: Bool { values.bool(.exitWhenDone, or: .supervisor) }
    /// Codes of programs with which init exits with 0.
    public var successExitCodes: [Int] {
        if case .ints(let codes) = values.value(.successExitCodes, or: .supervisor) { codes } else { [] }
    }
    /// Whether the process that has started init is told when everything is ready.
    public var notifyParent: Bool { values.bool(.notifyParent, or: .supervisor) }
    /// Where a failing end leaves its reason; nil: nowhere.
    public var terminationLog: String? { values.text(.terminationLog) }
}
