/// A point on the clock that never goes backwards and counts suspended time (CLOCK_BOOTTIME).
///
/// - Units: nanoseconds since boot.
/// - Note: supervisord uses wall-clock time and compensates for jumps backwards; here wall-clock time is only
///   displayed.
public struct Instant: Equatable, Comparable, Hashable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Saturates instead of trapping: a configuration may hold any number of seconds.
    public static func + (a: Instant, seconds: Int) -> Instant {
        a.advanced(nanoseconds: Int64(clamping: seconds).multipliedClamped(by: 1_000_000_000))
    }

    public func advanced(milliseconds: Int) -> Instant {
        advanced(nanoseconds: Int64(clamping: milliseconds).multipliedClamped(by: 1_000_000))
    }

    public func advanced(nanoseconds delta: Int64) -> Instant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(delta)
        return Instant(nanoseconds: overflow ? (delta < 0 ? .min : .max) : sum)
    }

    /// Whole nanoseconds from `other` to this instant, saturating.
    public func since(_ other: Instant) -> Int64 {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(other.nanoseconds)
        return overflow ? (nanoseconds < 0 ? .min : .max) : difference
    }
}

extension Int64 {
    func multipliedClamped(by factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        guard overflow else { return product }
        return (self < 0) == (factor < 0) ? .max : .min
    }
}
