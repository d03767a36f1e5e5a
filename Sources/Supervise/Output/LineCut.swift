/// How much of a program's output may go to a stream that several programs share.
///
/// Whole lines go in bulk; the start of a line waits for its end, so that lines are never torn. A line that is longer
/// than `limit` goes in pieces, and the program keeps the stream to itself until the line ends.
public struct LineCut: Equatable, Sendable {
    /// Bytes at the front that go now; the rest waits.
    public var pass: Int
    /// The bytes that go don't end a line: no other program may write in between.
    public var holds: Bool

    /// - Parameters:
    ///   - count: available bytes, including those that waited.
    ///   - end: bytes up to and including the last newline; 0 if there is none.
    ///   - holding: part of the line at the front has already gone.
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
