/// Now, on both clocks: one for decisions, one for display.
public struct Moment: Equatable, Sendable {
    public var instant: Instant
    /// Seconds since 1970 on the wall clock: only displayed, never compared.
    public var wall: Int

    public init(instant: Instant, wall: Int) {
        self.instant = instant
        self.wall = wall
    }
}
