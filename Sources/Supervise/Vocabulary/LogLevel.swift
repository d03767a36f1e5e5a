/// Severity of a line in the supervisor's own log, with supervisord's numbers.
public enum LogLevel: Int, Comparable, Sendable {
    case blather = 3
    case trace = 5
    case debug = 10
    case info = 20
    case warn = 30
    case error = 40
    case critical = 50

    public static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }

    /// The four letters in a log line.
    public var tag: StaticString {
        switch self {
        case .blather: "BLAT"
        case .trace: "TRAC"
        case .debug: "DEBG"
        case .info: "INFO"
        case .warn: "WARN"
        case .error: "ERRO"
        case .critical: "CRIT"
        }
    }

    /// The word that `loglevel=` takes.
    public var name: StaticString {
        switch self {
        case .blather: "blather"
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .warn: "warn"
        case .error: "error"
        case .critical: "critical"
        }
    }
}
