/// In which order a shutdown stops programs: `shutdown_mode`.
public enum ShutdownMode: UInt8, CaseIterable, Equatable, Sendable {
    /// As supervisord does: group by group, by descending priority.
    case compat
    /// Everybody at once; event listeners last, since they hear of the others' ends.
    case parallel
    /// After those that depend on them; by priority among those that nobody depends on any more.
    case dependencies

    init?(word: String) {
        for mode in Self.allCases where "\(mode.word)" == word {
            self = mode
            return
        }
        return nil
    }

    public var word: StaticString {
        switch self {
        case .compat: "compat"
        case .parallel: "parallel"
        case .dependencies: "dependencies"
        }
    }
}

/// What `[supervisord]` says about the course of a shutdown.
public struct ShutdownRules: Equatable, Sendable {
    /// nil: `dependencies` if somebody depends on somebody, else `compat`.
    public var mode: ShutdownMode?
    /// Seconds from the request to the end; 0: as long as it takes.
    public var timeout = 0
    /// Seconds between the request and the first stop; a second request ends them.
    public var delay = 0
    /// There are commands that run at events: they get a moment at the end, as listeners do.
    public var awaitsHooks = false

    /// Less would leave no time between the stop signal and SIGKILL, and between that and the end.
    static let leastTimeout = 2

    public init() {}

    public init(_ settings: SupervisorSettings) {
        mode = settings.shutdownMode
        timeout = settings.shutdownTimeout
        delay = settings.shutdownDelay
    }

    /// A second signal kills everybody.
    var killsWhenAskedAgain: Bool {
        switch mode {
        case .parallel, .dependencies: true
        case .compat, nil: false
        }
    }
}

/// When a shutdown with a `shutdown_timeout` has to be how far.
///
/// Programs share the time until `killBy`. The rest, three tenths but at most three seconds, is for what
/// comes after SIGKILL: the last deaths, what programs left behind, the gateway, and init's own exit.
public struct ShutdownBudget: Equatable, Sendable {
    /// A tenth of the time, at most a second: milliseconds, > 0.
    let unit: Int
    private let end: Instant

    /// - Parameter timeout: seconds, > 0.
    init(since: Instant, timeout: Int) {
        end = since + timeout
        unit = max(min(1000, timeout.multipliedReportingOverflow(by: 100).partialValue), 1)
    }

    private func before(_ tenthsOfUnits: Int) -> Instant { end.advanced(milliseconds: -unit * tenthsOfUnits / 10) }

    /// The last programs in the order are killed. Where a program that SIGKILL didn't end has held up the others, these
    /// are stopped now, all at once.
    var killBy: Instant { before(30) }
    /// They are killed, too.
    var lastKill: Instant { before(20) }
    /// Programs that still aren't gone are left behind.
    var abandonBy: Instant { before(15) }
    /// Orphans are killed, if they had half a unit since their SIGTERM.
    var orphansKillBy: Instant { before(20) }
    /// The gateway is killed.
    public var gatewayKillBy: Instant { before(10) }
}
