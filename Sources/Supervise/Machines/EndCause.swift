/// Why the container ends by itself: what a program's end means for it.
public struct EndCause: Equatable, Sendable {
    /// How a program came to its end.
    public enum Fate: Equatable, Sendable {
        /// It exited by itself with one of its `exitcodes`.
        case succeeded(ExitStatus)
        /// It exited by itself in any other way.
        case failed(ExitStatus)
        /// It is FATAL for good. The status is that of its last exit before `startsecs`, if there was one.
        case fatal(ProcessError?, ExitStatus?)
        /// Its health check has failed too often.
        case unhealthy
    }

    /// The program that decides about the exit code.
    public struct Culprit: Equatable, Sendable {
        public let id: ProcessID
        /// `web`, or `group:process`.
        public let name: String
        public let fate: Fate
    }

    /// What made its end the container's.
    public enum Rule: Equatable, Sendable {
        /// `on_success`, `on_failure` or `on_fatal`.
        case policy(EndPolicy)
        /// `healthcheck_action=shutdown`.
        case health
        /// `exit_when_done`.
        case done
    }

    /// nil: every program is done, and none has failed.
    public let culprit: Culprit?
    public let rule: Rule
    /// init's exit code.
    public let code: Int32

    /// - Parameter successes: `success_exit_codes`.
    init(_ culprit: Culprit?, _ rule: Rule, successes: [Int]) {
        self.culprit = culprit
        self.rule = rule
        switch rule {
        case .policy(.shutdownSuccess): code = 0
        case .policy(.shutdownFailure): code = 1
        case .policy(.restart), .policy(.ignore), .policy(.shutdown), .health, .done:
            code = culprit?.fate.code(successes: successes) ?? 0
        }
    }
}

extension EndCause.Fate {
    /// The exit code that it gives init: the program's own, but never 0 for a failure that `successes` doesn't name.
    func code(successes: [Int]) -> Int32 {
        let code =
            switch self {
            case .succeeded(let status): status.shellCode
            case .failed(let status): max(status.shellCode, 1)
            case .fatal(.exitedTooQuickly?, let status?), .fatal(.exitedUnready?, let status?),
                .fatal(.badExitCode?, let status?):
                max(status.shellCode, 1)
            case .fatal(.notStarted(let error)?, _): error.shellCode
            case .fatal(.exitedTooQuickly?, nil), .fatal(.exitedUnready?, nil), .fatal(.badExitCode?, nil),
                .fatal(.ended?, _), .fatal(.dependency?, _), .fatal(nil, _), .unhealthy:
                1 as Int32
            }
        return successes.contains(Int(code)) ? 0 : code
    }

    /// The key whose value decides.
    private var key: StaticString {
        switch self {
        case .succeeded: "on_success"
        case .failed: "on_failure"
        case .fatal: "on_fatal"
        case .unhealthy: "healthcheck_action"
        }
    }

    private var verb: StaticString {
        switch self {
        case .succeeded: "succeeded"
        case .failed: "failed"
        case .fatal: "is FATAL"
        case .unhealthy: "is unhealthy"
        }
    }

    private var reason: String {
        switch self {
        case .succeeded(let status), .failed(let status): status.description
        case .fatal(.exitedTooQuickly?, let status?): "\(status.description) before startsecs"
        case .fatal(.exitedUnready?, let status?): "\(status.description) before it was ready"
        case .fatal(.badExitCode?, let status?): status.description
        case .fatal(let error, _): error?.sentence ?? "unknown error"
        case .unhealthy: "its health check has failed too often"
        }
    }

    /// `failed (exit status 3)`, or with a policy `failed (exit status 3; on_failure=shutdown)`.
    fileprivate func text(_ policy: EndPolicy?) -> String {
        guard let policy else { return "\(verb) (\(reason))" }
        return "\(verb) (\(reason); \(key)=\(policy.word))"
    }
}

extension EndCause {
    /// For log lines and the termination log: `web failed (exit status 3; on_failure=shutdown)`.
    public var sentence: String {
        switch (rule, culprit) {
        case (.policy(let policy), let culprit?): return "\(culprit.name) \(culprit.fate.text(policy))"
        case (.done, let culprit?): return "\(Self.done); \(culprit.name) \(culprit.fate.text(nil))"
        case (.health, let culprit?): return "\(culprit.name) \(culprit.fate.text(.shutdown))"
        case (.done, nil), (.policy, nil), (.health, nil): return Self.done
        }
    }

    private static let done = "no program runs or will run again (exit_when_done=true)"

    /// The last line of the log.
    public var lastLine: String { "exit code \(code): \(sentence)" }

    /// Of lines about it.
    public var level: LogLevel { code == 0 ? .info : .warn }
}
