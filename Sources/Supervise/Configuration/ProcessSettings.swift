/// One process: a member of `[program:x]`, `[eventlistener:x]` or `[fcgi-program:x]`.
public struct ProcessSettings: Equatable, Sendable {
    public let name: String
    let values: KeyValues
    /// The program's own `environment=`, where files (`environmentSources`) come between it and `[supervisord]`'s.
    private let ownEnvironment: [EnvironmentVariable]
    private let prefixes: Prefixes
    /// The command of `init -c FILE -- COMMAND`: it has init's own stdin, stdout, stderr and terminal.
    public let isMain: Bool

    /// What a `supervisor_stdout` listener makes of channels, and init's own mode for commands.
    struct Prefixes: OptionSet, Sendable {
        let rawValue: UInt8

        static let stdout = Prefixes(rawValue: 1)
        static let stderr = Prefixes(rawValue: 2)
        static let stdoutCopy = Prefixes(rawValue: 4)
        static let stderrCopy = Prefixes(rawValue: 8)
    }

    /// Those of the process that makes health checks. Its user, environment and limits are init's. Of init's capabilities
    /// it keeps the one that it takes to connect to sockets of other users.
    public static var prober: ProcessSettings {
        let sets = CapabilitySets(dropped: ~Capability.dacOverride.bit, inheritable: 0, ambient: 0)
        return ProcessSettings("", [.capabilities: .capabilities(sets, written: ""), .noNewPrivs: .bool(true)])
    }

    init(
        _ name: String, _ values: KeyValues = [:], ownEnvironment: [EnvironmentVariable] = [], prefixes: Prefixes = [],
        isMain: Bool = false
    ) {
        self.name = name
        self.values = values
        self.ownEnvironment = ownEnvironment
        self.prefixes = prefixes
        self.isMain = isMain
    }

    func with(_ values: KeyValues) -> ProcessSettings {
        ProcessSettings(name, values, ownEnvironment: ownEnvironment, prefixes: prefixes, isMain: isMain)
    }

    func with(_ prefixes: Prefixes) -> ProcessSettings {
        ProcessSettings(name, values, ownEnvironment: ownEnvironment, prefixes: prefixes)
    }

    /// As written; split by the shell's rules when it is started.
    public var command: String { values.text(.command) ?? "" }
    public var directory: String? { values.text(.directory) }
    public var umask: UInt32? { values.int(.umask).map { UInt32(truncatingIfNeeded: $0) } }
    public var priority: Int { values.int(.priority, or: .process) }
    public var autostart: Bool { values.bool(.autostart, or: .process) }
    public var autorestart: AutoRestart {
        if case .autoRestart(let value) = values.value(.autorestart, or: .process) { value } else { .unexpected }
    }
    /// Seconds; 0: up as soon as it is spawned.
    public var startSeconds: Int { values.int(.startsecs, or: .process) }
    public var startRetries: Int { values.int(.startretries, or: .process) }
    /// `startretries` of a program that never becomes FATAL.
    static let forever = -1
    /// Seconds in FATAL before it is started again; 0: only on request.
    public var fatalRetrySeconds: Int { values.int(.fatalRetrySecs, or: .process) }
    /// nil: supervisord's pauses.
    public var restartBackoff: RestartBackoff? {
        guard values.contains(Key.backoff) else { return nil }
        return RestartBackoff(
            delay: values.decimal(.backoffDelay) ?? 1000, limit: values.decimal(.backoffLimit) ?? 30_000,
            factor: values.decimal(.backoffFactor) ?? 2000, jitter: values.decimal(.backoffJitter) ?? 100)
    }
    /// Codes after which it is not started again.
    public var noRestartExitCodes: [Int] {
        if case .ints(let codes) = values.value(.noRestartExitcodes, or: .process) { codes } else { [] }
    }
    /// Whom it waits for before it starts, also because its group does.
    public var dependencies: [Dependency] {
        if case .dependencies(let dependencies) = values[.dependsOn] { dependencies } else { [] }
    }
    /// How it says that it is ready; nil: it doesn't.
    public var notify: NotifyMode? {
        if case .notify(let mode) = values[.notify] { mode } else { nil }
    }
    /// With `notify`, the seconds until it has to be ready; 0: without limit.
    public var startTimeout: Int { values.int(.startTimeout, or: .process) }
    /// Seconds between two signs of life; 0: none is needed.
    public var watchdogSeconds: Int { values.int(.watchdogSecs, or: .process) }
    /// nil: nobody checks whether it works.
    public var healthCheck: HealthCheckSettings? { HealthCheckSettings(values) }
    /// Whether a check ends it when it doesn't work.
    public var restartsWhenUnhealthy: Bool {
        if case .healthAction(.restart) = values[.healthcheckAction] { healthCheck != nil } else { false }
    }
    /// false: `enabled=false`, or none of its `profiles` is active.
    public var isEnabled: Bool { values.bool(.enabled, or: .process) }
    /// Why it is disabled.
    var whyDisabled: StaticString {
        values[.profiles] == nil ? "enabled=false" : "none of its profiles is in INIT_PROFILES"
    }
    /// It is done when it has exited with one of its `exitcodes`, and any other exit is a failed start.
    public var isOneShot: Bool { values[.type] != nil }
    /// No exit is its last one.
    var isRestartedAlways: Bool { autorestart == .always && !isOneShot }
    /// What an exit from RUNNING, without a request, means for the program and for the container.
    public func policy(afterExit isExpected: Bool) -> EndPolicy {
        values.endPolicy(isExpected ? .onSuccess : .onFailure)
    }
    /// What FATAL means for the container.
    public var fatalPolicy: EndPolicy { values.endPolicy(.onFatal) }
    /// What runs at this point of its life; nil: nothing.
    public func hook(_ kind: HookKind) -> HookSettings? {
        let number = Key.startCondition.rawValue + kind.rawValue
        guard case .text(let command) = values[number] else { return nil }
        if kind == .stop { return HookSettings(command: command, timeout: max(stopWaitSeconds, 1)) }
        let timeout = number + UInt8(truncatingIfNeeded: HookKind.allCases.count)
        guard case .int(let seconds) = values[timeout] ?? KeyDefaults.process[timeout] else { return nil }
        return HookSettings(command: command, timeout: seconds)
    }
    func hasHook(_ kind: HookKind) -> Bool { values[Key.startCondition.rawValue + kind.rawValue] != nil }
    /// What makes it read its configuration again; nil: no signal does.
    public var reloadSignal: Signal? { if case .signal(let signal) = values[.reloadsignal] { signal } else { nil } }
    /// nil: it watches no files.
    public var watch: WatchSettings? { WatchSettings(values, canReload: canReload) }
    public var user: Account? { values.account(.user) }
    public var stopSignal: Signal { stopSignal(0) ?? .terminate }
    /// The signal that is sent after so many others; nil: SIGKILL.
    func stopSignal(_ number: Int) -> Signal? {
        switch values.value(.stopsignal, or: .process) {
        case .signal(let signal): number == 0 ? signal : nil
        case .signals(let signals): number < signals.count ? signals[number] : nil
        default: nil
        }
    }
    /// How many signals are sent before SIGKILL.
    var stopSignalCount: Int {
        if case .signals(let signals) = values[.stopsignal] { signals.count } else { 1 }
    }
    /// Seconds between a stop signal and the next one, and SIGKILL after the last.
    public var stopWaitSeconds: Int { values.int(.stopwaitsecs, or: .process) }
    public var stopAsGroup: Bool { values.bool(.stopasgroup, or: .process) }
    public var killAsGroup: Bool { values.bool(.killasgroup, or: .process) }
    public var exitCodes: [Int] {
        if case .ints(let codes) = values.value(.exitcodes, or: .process) { codes } else { [] }
    }
    public var redirectStderr: Bool { values.bool(.redirectStderr, or: .process) }
    /// `[supervisord]`'s under the program's own.
    public var environment: [EnvironmentVariable] { values.variables(.environment) }
    /// nil without `env_file` and `environment_from_files`.
    public var environmentSources: EnvironmentSources? {
        guard values[.envFile] != nil || values[.environmentFromFiles] != nil else { return nil }
        return EnvironmentSources(
            files: values.texts(.envFile) ?? [], values: values.variables(.environmentFromFiles), own: ownEnvironment)
    }
    public var serverURL: String? { values.text(.serverurl) }
    /// nil: in no other way than supervisord executes it.
    public var execution: ExecutionSettings? { ExecutionSettings(values) }
    /// nil: it stays in init's.
    public var cgroup: CgroupSettings? { CgroupSettings(values) }

    public var stdout: ChannelSettings {
        ChannelSettings(
            logfile: values.log(.stdoutLogfile, or: .process),
            maxBytes: values.int(.stdoutLogfileMaxbytes, or: .process),
            backups: values.int(.stdoutLogfileBackups, or: .process),
            captureMaxBytes: values.int(.stdoutCaptureMaxbytes, or: .process),
            eventsEnabled: values.bool(.stdoutEventsEnabled, or: .process),
            syslog: values.bool(.stdoutSyslog, or: .process), prefixLines: prefixes.contains(.stdout),
            copyToStdout: prefixes.contains(.stdoutCopy))
    }

    public var stderr: ChannelSettings {
        ChannelSettings(
            logfile: values.log(.stderrLogfile, or: .process),
            maxBytes: values.int(.stderrLogfileMaxbytes, or: .process),
            backups: values.int(.stderrLogfileBackups, or: .process),
            captureMaxBytes: values.int(.stderrCaptureMaxbytes, or: .process),
            eventsEnabled: values.bool(.stderrEventsEnabled, or: .process),
            syslog: values.bool(.stderrSyslog, or: .process), prefixLines: prefixes.contains(.stderr),
            copyToStdout: prefixes.contains(.stderrCopy))
    }
}

/// One output channel of a program.
public struct ChannelSettings: Equatable, Sendable {
    public let logfile: LogTarget
    /// Bytes; 0 never rotates.
    public let maxBytes: Int
    /// Rotated files kept; 0 truncates.
    public let backups: Int
    /// Size of the capture buffer for PROCESS_COMMUNICATION; 0: capture mode is off.
    public let captureMaxBytes: Int
    public let eventsEnabled: Bool
    public let syslog: Bool
    /// Prefix every line that goes to init's own stdout or stderr with `name channel | `.
    public let prefixLines: Bool
    /// Lines go to init's stdout too, whatever `logfile` is: what the Python module supervisor_stdout does.
    public let copyToStdout: Bool
}
