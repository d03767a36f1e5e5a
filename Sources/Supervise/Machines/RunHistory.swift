/// What is known of earlier runs of a process: how they ended, and whether init keeps restarting it.
///
/// A start on request clears the restarts before it, but not how runs ended.
public struct RunHistory: Equatable, Sendable {
    /// How a run ended.
    public struct RunEnd: Equatable, Sendable {
        public var status: ExitStatus
        /// Seconds since 1970.
        public var wall: Int
    }

    /// Restarts within `window` that make a process unstable.
    public static let mostRestarts = 3
    /// Seconds.
    public static let window = 600
    /// A run of at least this many seconds that exits as expected is a repeating job, and its restart is no problem.
    static let longJob = 10

    /// Ends of runs that are kept.
    public static let mostEndings = 10

    /// nil before the first run has ended. A failed start is not a run.
    public private(set) var lastEnding: RunEnd?
    /// How the runs before that ended, oldest first.
    private var earlier: [RunEnd] = []
    /// How the last runs ended, oldest first; at most `mostEndings`.
    public var endings: [RunEnd] { lastEnding.map { earlier + [$0] } ?? [] }
    /// The last restarts by init, oldest first; at most `mostRestarts`.
    private var recent: [Instant] = []
    private var restartsSeen: UInt32 = 0
    /// The last run exited as expected after `longJob`.
    private var endedWell = false

    public init() {}

    /// Records an event that a machine has handled.
    ///
    /// - Parameters:
    ///   - restarts: how often init has restarted the process by itself, including this time.
    ///   - started: when the run began that has just ended.
    mutating func note(
        _ event: ProcessMachine.Event, restarts: UInt32, started: Moment?, _ settings: ProcessSettings, now: Moment
    ) {
        switch event {
        case .start:
            // An end must not need memory: thousands of programs may end at once when there is none.
            if lastEnding != nil { earlier.reserveCapacity(min(earlier.count + 1, Self.mostEndings - 1)) }
            if restarts == restartsSeen {
                recent = []
            } else if !endedWell {
                if recent.count == Self.mostRestarts { recent.removeFirst() }
                recent.append(now.instant)
            }
            restartsSeen = restarts
        case .exited(let status):
            if let lastEnding {
                if earlier.count == Self.mostEndings - 1 { earlier.removeFirst() }
                earlier.append(lastEnding)
            }
            lastEnding = RunEnd(status: status, wall: now.wall)
            let lived = started.map { now.instant >= $0.instant + Self.longJob } ?? false
            endedWell = lived && settings.exitCodes.contains(status.supervisordCode)
        case .spawnFailed: endedWell = false
        case .stop: recent = []
        case .postpone, .dependencyFailed, .forked, .spawned, .hurry, .kill, .giveUp, .ready, .extend, .fail,
            .signalFailed, .hookEnded, .tick, .groupEnded:
            break
        }
    }

    /// init restarted it `mostRestarts` times within `window`, and no user has stopped or started it since.
    public func isUnstable(at now: Instant) -> Bool {
        guard recent.count == Self.mostRestarts, let first = recent.first else { return false }
        return now <= first + Self.window
    }
}

/// Members that `reeve.processInfo` and `reeve.allProcessInfo` add to supervisord's structs.
extension RunHistory {
    /// What `encode` writes.
    func memberCount(withEndings: Bool) -> Int { (lastEnding == nil ? 2 : 3) + (withEndings ? 1 : 0) }

    /// `restarts`, `unstable`, and `last_exit`: {code, signal, core, time}, where `code` is -1 after a death by signal
    /// and `signal` is empty after an exit; missing before the first exit. With all endings also `exits`, an array of
    /// these, oldest first.
    func encode(restarts: Int, withEndings: Bool, at now: Instant, into encoder: inout WireEncoder) {
        encoder.pair("restarts", restarts)
        encoder.pair("unstable", isUnstable(at: now))
        if let lastEnding {
            encoder.key("last_exit")
            lastEnding.encode(into: &encoder)
        }
        guard withEndings else { return }
        encoder.key("exits")
        let endings = endings
        encoder.array(count: endings.count)
        for ending in endings { ending.encode(into: &encoder) }
    }
}

extension RunHistory.RunEnd {
    @inline(never)
    fileprivate func encode(into encoder: inout WireEncoder) {
        encoder.structure(count: 4)
        encoder.pair("code", status.supervisordCode)
        switch status {
        case .exited:
            encoder.pair("signal", "")
            encoder.pair("core", false)
        case .signalled(let signal, let core):
            encoder.pair("signal", signal.name)
            encoder.pair("core", core)
        case .outOfMemory:
            encoder.pair("signal", Signal.kill.name)
            encoder.pair("core", false)
        }
        encoder.pair("time", Supervisor.capped(wall))
    }
}
