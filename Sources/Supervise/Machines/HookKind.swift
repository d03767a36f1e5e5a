/// A command that init runs at a point of a program's life.
public enum HookKind: UInt8, CaseIterable, Equatable, Sendable {
    /// Before each start: decides about it.
    case startCondition
    /// Before each start.
    case preStart
    /// When the program is RUNNING.
    case postStart
    /// Before the stop signal.
    case preStop
    /// After each end, failed starts included.
    case postStop
    /// On request, and when files have changed: it reads its configuration again.
    case reload
    /// Instead of the first stop signal.
    case stop

    /// Its key, which stands for it in sentences.
    public var key: StaticString {
        switch self {
        case .startCondition: "start_condition"
        case .preStart: "pre_start_hook"
        case .postStart: "post_start_hook"
        case .preStop: "pre_stop_hook"
        case .postStop: "post_stop_hook"
        case .reload: "reload_command"
        case .stop: "stop_command"
        }
    }

    /// What `REEVE_HOOK` says.
    public var word: StaticString {
        switch self {
        case .startCondition: "start_condition"
        case .preStart: "pre_start"
        case .postStart: "post_start"
        case .preStop: "pre_stop"
        case .postStop: "post_stop"
        case .reload: "reload"
        case .stop: "stop"
        }
    }
}

/// Why a run of a program ended.
public enum EndReason: UInt8, CaseIterable, Equatable, Sendable {
    /// It exited by itself.
    case exit
    /// A signal that init had not sent ended it.
    case signal
    /// The kernel killed it because memory ran out.
    case oom
    /// It did not say that it is alive.
    case watchdog
    /// Its health check failed.
    case health
    /// It was not ready in time.
    case timeout
    /// It could not be started.
    case spawn
    /// A program that it depends on went down.
    case dependency
    /// A request or the shutdown stopped it.
    case stop

    /// What `REEVE_REASON` says.
    public var word: StaticString {
        switch self {
        case .exit: "exit"
        case .signal: "signal"
        case .oom: "oom"
        case .watchdog: "watchdog"
        case .health: "health"
        case .timeout: "timeout"
        case .spawn: "spawn"
        case .dependency: "dependency"
        case .stop: "stop"
        }
    }

    init(_ status: ExitStatus) {
        switch status {
        case .exited: self = .exit
        case .signalled: self = .signal
        case .outOfMemory: self = .oom
        }
    }
}

/// What a hook is told about its program.
public struct HookContext: Equatable, Sendable {
    /// The process that it is about, dead or alive; 0 if there is none.
    public var pid: Int32 = 0
    /// nil while the program is not ending.
    public var reason: EndReason?
    /// How it ended, if a process has.
    public var status: ExitStatus?
    /// Failed starts in a row.
    public var tries = 0
}

/// A command of a program's life, and its time limit.
public struct HookSettings: Equatable, Sendable {
    /// Split by the shell's rules, like a program's command.
    public let command: String
    /// Seconds, > 0.
    public let timeout: Int
}

extension TaskResult {
    /// What follows the name of its command, if it has not succeeded.
    public var failure: String {
        switch cause {
        case .ended(let status): "failed (\(status.description))"
        case .timedOut: "took longer"
        case .cancelled: "was cancelled"
        case .notStarted(let error): "was not started: \(error.sentence)"
        }
    }
}

/// How a hook ended, and the last line that it wrote.
public struct HookEnd: Equatable, Sendable {
    public let result: TaskResult
    public let lastLine: String

    public init(_ result: TaskResult, lastLine: String) {
        self.result = result
        self.lastLine = lastLine
    }

    public init(_ cause: TaskResult.Cause, lastLine: String = "") {
        self.init(TaskResult(cause: cause, isLeftBehind: false), lastLine: lastLine)
    }

    /// Why it failed: `pre_start_hook failed (exit status 3): no database`.
    func sentence(_ kind: HookKind, _ settings: ProcessSettings) -> String {
        var why = "\(kind.key) \(result.failure)"
        if result.cause == .timedOut {
            let key = kind == .stop ? "stopwaitsecs" : "\(kind.key)_timeout"
            why += " than \(settings.hook(kind)?.timeout ?? 0) seconds (\(key))"
        }
        return lastLine.isEmpty ? why : "\(why): \(lastLine)"
    }
}
