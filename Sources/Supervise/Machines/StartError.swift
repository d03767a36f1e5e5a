/// Why a program was not started.
public struct StartError: Error, Equatable, Sendable {
    /// What failed.
    public enum Cause: Equatable, Sendable {
        /// There is no such command.
        case missing
        /// The command can't be parsed, or what it names can't be executed.
        case command
        /// Something that init opens or creates for a child: a process, a descriptor, a socket, a log.
        case resource
        /// Something that the configuration requires and that isn't available here.
        case requirement
        /// A step on the child's way to its program.
        case step
        /// The last of them.
        case execution
    }

    public let cause: Cause
    /// What `spawnerr` shows.
    public let sentence: String
    /// It happened in the child, after the fork: supervisord writes such a sentence to the child's stderr.
    public let isChildSide: Bool
    /// A file system doesn't answer; it may do so later.
    public let isLate: Bool

    public init(_ cause: Cause, _ sentence: String, isChildSide: Bool = false, isLate: Bool = false) {
        self.cause = cause
        self.sentence = sentence
        self.isChildSide = isChildSide
        self.isLate = isLate
    }

    /// The line of the log. supervisord's sentences name the program if they must; it has none for a step of the child.
    func line(_ name: String) -> String {
        switch cause {
        case .missing, .command, .resource, .requirement: "spawnerr: \(sentence)"
        case .step, .execution: "spawnerr: \(name): \(sentence)"
        }
    }

    /// The exit code that a shell has for it: 127 for a missing command, 126 for one that can't be executed.
    var shellCode: Int32 {
        switch cause {
        case .missing: 127
        case .command, .execution: 126
        case .resource, .requirement, .step: 1
        }
    }
}

/// The problem of a process: why its last start failed, or its last exit was unexpected.
public enum ProcessError: Equatable, Sendable {
    case notStarted(StartError)
    case exitedTooQuickly
    /// It exited before it said that it was ready.
    case exitedUnready
    case badExitCode(Int)
    /// init ended it.
    case ended(ProcessMachine.ForcedEnd)
    /// Boxed: few programs have it.
    indirect case dependency(DependencyFailure)

    /// supervisord's `spawnerr`.
    public var sentence: String {
        switch self {
        case .notStarted(let failure): failure.sentence
        case .exitedTooQuickly: "Exited too quickly (process log may have details)"
        case .exitedUnready: "Exited before it was ready (process log may have details)"
        case .ended(.notReady): "it was not ready within start_timeout"
        case .ended(.watchdog): "its watchdog was overdue"
        case .ended(.unhealthy): "it was unhealthy"
        case .badExitCode(let code): "Bad exit code \(code)"
        case .dependency(let failure): failure.sentence
        }
    }
}
