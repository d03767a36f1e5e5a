/// Why a program can't have what it depends on.
public struct DependencyFailure: Equatable, Sendable {
    public enum Cause: Equatable, Sendable {
        /// It is FATAL, with its own problem; empty if there is none.
        case fatal(String)
        /// It is FATAL because of what it depends on: the sentence of the failure that began it.
        case inherited(String)
        /// Its process can't be stopped, and nothing is known of it.
        case unknown
        /// It ended by itself and isn't restarted, so that it never meets the condition.
        case ended(ExitStatus?)
    }

    /// The dependency: `db`, or `group:db`.
    public let name: String
    public let cause: Cause

    /// What `spawnerr` and `status` show.
    public var sentence: String {
        switch cause {
        case .fatal(""): "dependency \(name) is FATAL"
        case .fatal(let why), .inherited(let why): "dependency \(name) is FATAL: \(why)"
        case .unknown: "dependency \(name) is in an unknown state"
        case .ended(let status?): "dependency \(name) has ended: \(status.description)"
        case .ended(nil): "dependency \(name) has ended"
        }
    }

    /// What a program that is FATAL because of this is a cause of. The sentence doesn't grow along a chain of programs.
    var inherited: Cause {
        switch cause {
        case .fatal, .unknown, .ended: .inherited(sentence)
        case .inherited(let root): .inherited(root)
        }
    }
}
