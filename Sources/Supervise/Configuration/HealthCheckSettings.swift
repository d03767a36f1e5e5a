/// How it is found out whether a program works: its `healthcheck_` keys.
public struct HealthCheckSettings: Equatable, Sendable {
    public enum Means: Equatable, Sendable {
        /// Split by the shell's rules.
        case command(String)
        /// What `probe` is asked: an address, as it is written.
        case probe(String)
    }

    public let check: Means
    /// Milliseconds from the end of one check to the next, > 0.
    public let interval: Int
    /// The same until the first success.
    public let startInterval: Int
    /// Seconds, > 0.
    public let timeout: Int
    /// So many failures in a row make it unhealthy; > 0.
    public let retries: Int
    /// Seconds after the start in which failures don't count, unless a check has succeeded.
    public let startPeriod: Int
    public let action: HealthAction

    /// nil: there is no check.
    init?(_ values: KeyValues) {
        if let command = values.text(.healthcheckCommand) {
            check = .command(command)
        } else if let target = values.text(.healthcheckHTTP) ?? values.text(.healthcheckTCP) {
            check = .probe(target)
        } else {
            return nil
        }
        interval = values.decimal(.healthcheckInterval) ?? 10_000
        startInterval = values.decimal(.healthcheckStartInterval) ?? 1000
        timeout = values.int(.healthcheckTimeout, or: .process)
        retries = values.int(.healthcheckRetries, or: .process)
        startPeriod = values.int(.healthcheckStartPeriod, or: .process)
        if case .healthAction(let action) = values.value(.healthcheckAction, or: .process) {
            self.action = action
        } else {
            action = .none
        }
    }

    static let checks: [Key] = [.healthcheckCommand, .healthcheckHTTP, .healthcheckTCP]
    static let others: [Key] = [
        .healthcheckInterval, .healthcheckTimeout, .healthcheckRetries, .healthcheckStartPeriod,
        .healthcheckStartInterval, .healthcheckAction,
    ]
}
