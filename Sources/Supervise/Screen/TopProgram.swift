/// What `ctl top` shows of a program.
public struct TopProgram: Equatable, Sendable {
    public enum ReadyMark: Equatable, Sendable { case yes, no, unknown }

    /// As commands take it: `name` or `group:name`.
    public var name: [UInt8]
    public var state: ProcessState?
    /// The word that is shown: WAITING, COMPLETED and others are STARTING and EXITED to supervisord's clients.
    public var word: [UInt8]
    public var readiness: ReadyMark
    /// 0: there is no process.
    public var pid: Int
    /// Seconds; nil: it doesn't run.
    public var uptime: Int?
    public var restarts: Int
    /// Thousandths of a processor, of the program and its children; nil: unknown.
    public var cpu: Int?
    /// Resident bytes; nil: unknown.
    public var memory: Int?
    /// The last line of its output, what it waits for, or why it doesn't run.
    public var last: [UInt8]
    /// Its last line of output belongs into `last`, behind `reason`.
    public var wantsLine: Bool
    /// Why it doesn't run: `exit 1, 3s ago`.
    public var reason: [UInt8]
    /// It is from stderr, or says what is wrong.
    public var isAlarming: Bool
    /// init has restarted it several times in the last minutes.
    public var isUnstable: Bool
    /// The last values of `cpu`, the oldest first.
    public var history: [Int]
    /// The processes below it: how deep, and what they are.
    public var tree: [Branch]

    public struct Branch: Equatable, Sendable {
        public var depth: Int
        public var pid: Int
        public var command: [UInt8]
        /// Thousandths of a processor, of this process alone; nil: unknown.
        public var cpu: Int?
        public var memory: Int

        public init(depth: Int, pid: Int, command: [UInt8], cpu: Int? = nil, memory: Int) {
            (self.depth, self.pid, self.command, self.cpu, self.memory) = (depth, pid, command, cpu, memory)
        }
    }

    public init(name: [UInt8], state: ProcessState?, word: [UInt8]) {
        (self.name, self.state, self.word) = (name, state, word)
        (readiness, pid, restarts) = (.unknown, 0, 0)
        (last, isAlarming, isUnstable, history, tree) = ([], false, false, [], [])
        (wantsLine, reason) = (false, [])
    }

    public var look: Look {
        if isUnstable { return .red }
        return switch state?.mood {
        case .well: .green
        case .moving, .failing: .yellow
        case .ill, nil: .red
        case .resting: .grey
        }
    }

    /// A sign whose shape tells the state without colour.
    public func sign(isUTF8: Bool) -> [UInt8] {
        if word == "WAITING".bytes { return isUTF8 ? "◌".bytes : "w".bytes }
        if word == "COMPLETED".bytes { return isUTF8 ? "✓".bytes : "v".bytes }
        return switch state {
        case .running: isUTF8 ? "●".bytes : "*".bytes
        case .starting: isUTF8 ? "◔".bytes : "+".bytes
        case .stopping: isUTF8 ? "◕".bytes : "-".bytes
        case .backoff: isUTF8 ? "↻".bytes : "~".bytes
        case .stopped, .exited: isUTF8 ? "○".bytes : "o".bytes
        case .fatal: isUTF8 ? "✖".bytes : "X".bytes
        case .unknown, nil: "?".bytes
        }
    }
}

/// Numbers as people read them.
public enum Readable {
    /// `7s`, `5m06s`, `3h04m`, `12d03h`.
    public static func seconds(_ seconds: Int) -> String {
        let (first, second, units): (Int, Int, (StaticString, StaticString))
        switch max(0, seconds) {
        case let short where short < 60: return "\(short)s"
        case let medium where medium < 3600: (first, second, units) = (medium / 60, medium % 60, ("m", "s"))
        case let long where long < 86400: (first, second, units) = (long / 3600, long % 3600 / 60, ("h", "m"))
        case let days: (first, second, units) = (days / 86400, days % 86400 / 3600, ("d", "h"))
        }
        return "\(first)\(units.0)\(second < 10 ? "0" : "")\(second)\(units.1)"
    }

    /// `512K`, `12.3M`, `1.4G`.
    public static func bytes(_ bytes: Int) -> String {
        let kilobytes = bytes / 1024
        if kilobytes < 1000 { return "\(kilobytes)K" }
        let isGiga = kilobytes >= 1000 * 1024
        let tenths = isGiga ? kilobytes / 1024 * 10 / 1024 : kilobytes * 10 / 1024
        return tenths >= 1000
            ? "\(tenths / 10)\(isGiga ? "G" : "M")" : "\(tenths / 10).\(tenths % 10)\(isGiga ? "G" : "M")"
    }

    /// Percent of a processor with one decimal.
    public static func percent(_ thousandths: Int) -> String { "\(thousandths / 10).\(thousandths % 10)" }
}
