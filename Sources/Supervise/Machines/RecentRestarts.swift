/// How often init has restarted programs in the last hour, in steps of five minutes.
struct RecentRestarts: Sendable {
    private static let nanosecondsPerStep: Int64 = 300_000_000_000
    private static let steps = 12

    /// By the number of a step, modulo `steps`.
    private var counts = [Int](repeating: 0, count: steps)
    private var newest = 0

    mutating func note(at now: Instant) {
        forget(before: now)
        counts[newest % Self.steps] += 1
    }

    /// Those of the last 55 to 60 minutes.
    mutating func count(at now: Instant) -> Int {
        forget(before: now)
        return counts.reduce(0, +)
    }

    private mutating func forget(before now: Instant) {
        let current = Int(now.nanoseconds / Self.nanosecondsPerStep)
        newest = max(newest, current - Self.steps)
        while newest < current {
            newest += 1
            counts[newest % Self.steps] = 0
        }
    }
}

extension Supervisor {
    /// How often init has restarted programs in the last hour.
    public mutating func restartsInHour(_ now: Instant) -> Int { recentRestarts.count(at: now) }

    /// Starts a process that has exited, or whose start has failed.
    @inline(never)
    mutating func restart(_ slot: Int, _ now: Moment, _ actions: inout [Action]) {
        members[slot].restarts &+= 1
        recentRestarts.note(at: now.instant)
        launch(slot, now, &actions)
    }
}
