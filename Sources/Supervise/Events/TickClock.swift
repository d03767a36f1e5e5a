/// Says when a slice of the wall clock has rolled over: 5 seconds, a minute, an hour.
///
/// - Source: `Supervisor.tick` of supervisord 4.3.0: one event when the slice differs from the last one, whether the
///   clock advanced or was set; none for skipped slices.
public struct TickClock: Equatable, Sendable {
    private struct Period: Equatable, Sendable {
        var type: EventType
        var seconds: Int
        /// The start of the last slice; nil while no tick is wanted.
        var slice: Int?
    }

    private var periods = [
        Period(type: .tick5, seconds: 5), Period(type: .tick60, seconds: 60), Period(type: .tick3600, seconds: 3600),
    ]

    public init() {}

    /// Sets the wanted ticks. The current slice counts as seen.
    ///
    /// - Parameter wall: seconds since 1970.
    public mutating func want(_ types: EventTypes, wall: Int) {
        for index in periods.indices {
            if !types.contains(periods[index].type) {
                periods[index].slice = nil
            } else if periods[index].slice == nil {
                periods[index].slice = Self.slice(periods[index].seconds, wall)
            }
        }
    }

    public var isWanted: Bool { periods.contains { $0.slice != nil } }

    /// The new slices with their start times, the short ones first.
    public mutating func advance(wall: Int) -> [(type: EventType, slice: Int)] {
        var ticks: [(type: EventType, slice: Int)] = []
        for index in periods.indices {
            guard let last = periods[index].slice else { continue }
            let slice = Self.slice(periods[index].seconds, wall)
            guard slice != last else { continue }
            periods[index].slice = slice
            ticks.append((periods[index].type, slice))
        }
        return ticks
    }

    /// Nanoseconds until the next look; nil if no tick is wanted.
    ///
    /// - Parameter wall: nanoseconds since 1970.
    public func wait(wall: Int64) -> Int64? {
        var shortest: Int64?
        for period in periods where period.slice != nil {
            let length = Int64(period.seconds) * 1_000_000_000
            let passed = wall % length
            let wait = min(length - (passed < 0 ? passed + length : passed), Self.longest)
            shortest = min(shortest ?? wait, wait)
        }
        return shortest
    }

    private static let longest = Int64(EventLimits.tickSeconds) * 1_000_000_000

    /// Rounds down, as Python's `%` does.
    private static func slice(_ seconds: Int, _ wall: Int) -> Int {
        let rest = wall % seconds
        return wall - (rest < 0 ? rest + seconds : rest)
    }
}
