/// How much of what a program has written may go to a stream that several programs share.
///
/// Whole lines go in bulk; the start of a line waits for its end, so that nobody's lines are torn. A line that is
/// longer than `limit` goes in pieces, and the program keeps the stream to itself until the line ends.
public struct LineCut: Equatable, Sendable {
    /// Bytes, from the first, that go now; the rest waits.
    public var pass: Int
    /// The bytes that go don't end a line: nobody else may write in between.
    public var holds: Bool

    /// - Parameters:
    ///   - count: bytes at hand, the ones that waited included.
    ///   - end: bytes up to and with the last newline; 0 when there is none.
    ///   - holding: the line at the front has already gone in part.
    ///   - limit: bytes of an unfinished line that may wait, > 0.
    public init(count: Int, end: Int, holding: Bool, limit: Int) {
        if count - end > limit || (holding && end == 0) {
            pass = count
            holds = true
        } else {
            pass = end
            holds = false
        }
    }
}
