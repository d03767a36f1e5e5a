// The health of one process: when to check it, and what the checks say of it.
//
//   idle --began--> waiting --it is time--> checking --result--> waiting ...
//
// A check that is still running when the process ends is cancelled; the next run's first check waits until it is gone.

/// The states and their names are Docker's.
public enum Health: UInt8, Equatable, Sendable {
    /// No check has succeeded yet, and too few have failed.
    case starting
    case healthy
    case unhealthy

    public var name: StaticString {
        switch self {
        case .starting: "starting"
        case .healthy: "healthy"
        case .unhealthy: "unhealthy"
        }
    }
}

/// What one check found.
public struct HealthResult: Equatable, Sendable {
    /// The longest output that is kept, in bytes.
    public static let outputLimit = 4096

    public var isSuccess: Bool
    /// `exit status 1`, `timed out after 5 seconds`; empty for a success.
    public var problem: String
    /// The end of what it printed.
    public var output: [UInt8]
    /// Seconds since 1970, when it ended.
    public var wall: Int

    public init(isSuccess: Bool, problem: String = "", output: [UInt8] = [], wall: Int = 0) {
        self.isSuccess = isSuccess
        self.problem = problem
        self.output = output
        self.wall = wall
    }
}

public struct HealthMachine: Equatable, Sendable {
    public enum Event: Equatable, Sendable {
        /// The process is up.
        case began
        /// It is gone, or is about to be.
        case ended
        /// The result of `.check`; nil: none could be made now, which says nothing about the process.
        case checked(HealthResult?)
        /// Time has passed; see `deadline`.
        case tick
    }

    public enum Action: Equatable, Sendable {
        case check
        /// The result isn't wanted any more; it is reported all the same.
        case cancel
        case changed(Health)
    }

    private enum Phase: Equatable, Sendable {
        case idle
        case waiting(until: Instant)
        case checking
        /// The check of an earlier run is being ended. `isUp`: there is another run.
        case cancelling(isUp: Bool)
    }

    /// How many results are kept, as Docker keeps them.
    public static let mostResults = 5
    /// Seconds after which a check is tried again that couldn't be made.
    static let retrySeconds = 1

    public private(set) var health = Health.starting
    /// A check of this run has succeeded.
    public private(set) var hasSucceeded = false
    /// The last results, of earlier runs, too; the oldest first.
    public private(set) var results: [HealthResult] = []
    /// In a row.
    public private(set) var failures = 0
    private var phase = Phase.idle
    private var since = Instant(nanoseconds: 0)

    public init() {}

    /// When `.tick` next matters.
    public var deadline: Instant? {
        switch phase {
        case .waiting(let until): until
        case .idle, .checking, .cancelling: nil
        }
    }

    /// Whether there is a run to check.
    public var isUp: Bool {
        switch phase {
        case .waiting, .checking, .cancelling(isUp: true): true
        case .idle, .cancelling(isUp: false): false
        }
    }

    public mutating func handle(
        _ event: Event, _ settings: HealthCheckSettings, now: Instant, into actions: inout [Action]
    ) {
        switch phase {
        case .idle:
            switch event {
            case .began: begin(now, .waiting(until: now))
            case .ended, .checked, .tick: break
            }
        case .waiting(let until):
            switch event {
            case .tick:
                guard now >= until else { return }
                phase = .checking
                actions.append(.check)
            case .ended: end(.idle)
            case .began, .checked: break
            }
        case .checking:
            switch event {
            case .checked(let result?):
                let pause = note(result, settings, now, &actions)
                phase = .waiting(until: now.advanced(milliseconds: pause))
            case .checked(nil): phase = .waiting(until: now + Self.retrySeconds)
            case .ended:
                end(.cancelling(isUp: false))
                actions.append(.cancel)
            case .began, .tick: break
            }
        case .cancelling(let isUp):
            switch event {
            case .checked: phase = isUp ? .waiting(until: now) : .idle
            case .began: if !isUp { begin(now, .cancelling(isUp: true)) }
            case .ended: if isUp { end(.cancelling(isUp: false)) }
            case .tick: break
            }
        }
    }

    private mutating func begin(_ now: Instant, _ next: Phase) {
        phase = next
        since = now
    }

    private mutating func end(_ next: Phase) {
        phase = next
        health = .starting
        hasSucceeded = false
        failures = 0
    }

    /// - Returns: milliseconds until the next check.
    private mutating func note(
        _ result: HealthResult, _ settings: HealthCheckSettings, _ now: Instant, _ actions: inout [Action]
    ) -> Int {
        if results.count == Self.mostResults { results.removeFirst() }
        results.append(result)
        if result.isSuccess {
            failures = 0
            hasSucceeded = true
            change(to: .healthy, &actions)
        } else if hasSucceeded || now >= since + settings.startPeriod {
            failures = min(failures + 1, settings.retries)
            if failures >= settings.retries { change(to: .unhealthy, &actions) }
        }
        return hasSucceeded ? settings.interval : settings.startInterval
    }

    private mutating func change(to next: Health, _ actions: inout [Action]) {
        guard health != next else { return }
        health = next
        actions.append(.changed(next))
    }
}
