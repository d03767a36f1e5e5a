/// Pauses before restarts, each longer than the one before: `backoff_delay` and the keys beside it.
///
/// - Source: the names, the rule when the pauses start over, and the default of the limit are Pebble's.
public struct RestartBackoff: Equatable, Sendable {
    /// Before the first restart in a row. Milliseconds, > 0.
    public let delay: Int
    /// The longest pause, and how long a program has to stay up for the pauses to start over. Milliseconds, > 0.
    public let limit: Int
    /// Thousandths by which each pause is multiplied for the next one; >= 1000.
    public let factor: Int
    /// Thousandths of a pause by which it may be longer, so that programs that died together come back one by one.
    public let jitter: Int

    public init(delay: Int, limit: Int, factor: Int, jitter: Int) {
        self.delay = delay
        self.limit = limit
        self.factor = factor
        self.jitter = jitter
    }

    /// Milliseconds before the `number`-th restart in a row, from 1 on.
    ///
    /// - Parameter dice: what decides about the jitter.
    func pause(before number: Int, dice: UInt64) -> Int {
        var pause = min(delay, limit)
        var step = 1
        // A factor near 1 takes thousands of steps to the limit.
        while step < number, pause < limit, factor > 1000, step < 10_000 {
            pause = min(max(pause * factor / 1000, pause + 1), limit)
            step += 1
        }
        let most = pause * jitter / 1000
        return most > 0 ? pause + Int(dice % UInt64(most + 1)) : pause
    }

    /// A number that differs between programs and moments.
    static func dice(_ name: String, _ now: Instant) -> UInt64 {
        // splitmix64: every bit of the result depends on every bit of both.
        var mixed = UInt64(bitPattern: now.nanoseconds) &+ UInt64(HashIndex.hash(name)) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
