/// When a program that failed to start, or exited, starts again.
struct RestartPace: Sendable {
    /// Exits in a row, each within a second of its start, after which starts are slowed down.
    private static let quickEndsAllowed: UInt8 = 3
    /// Seconds. The longest pause of a program that is never given up and has no backoff.
    private static let longestPause = 30

    /// Exits in a row within a second of the start.
    private var quickEnds: UInt8 = 0
    /// Restarts in a row, after failed starts and after exits.
    private var restarts: UInt32 = 0

    /// After the n-th failure in a row it waits n seconds, or as its backoff says.
    mutating func afterFailure(_ number: Int, _ now: Instant, _ settings: ProcessSettings) -> Instant {
        if let backoff = settings.restartBackoff { return next(backoff, now, settings) }
        return now + (settings.startRetries == ProcessSettings.forever ? min(number, Self.longestPause) : number)
    }

    /// At once, unless the program has exited quickly too often or has a backoff.
    mutating func afterExit(_ now: Instant, since started: Instant?, _ settings: ProcessSettings) -> Instant {
        if let backoff = settings.restartBackoff {
            if let started, now >= started.advanced(milliseconds: backoff.limit) { restarts = 0 }
            return next(backoff, now, settings)
        }
        guard let started, now < started + 1 else {
            quickEnds = 0
            return now
        }
        quickEnds = min(quickEnds + 1, Self.quickEndsAllowed)
        return quickEnds < Self.quickEndsAllowed ? now : started + 1
    }

    private mutating func next(_ backoff: RestartBackoff, _ now: Instant, _ settings: ProcessSettings) -> Instant {
        restarts &+= 1
        let dice = RestartBackoff.dice(settings.name, now)
        return now.advanced(milliseconds: backoff.pause(before: Int(restarts), dice: dice))
    }
}
