import NIOCore
import NIOEmbedded
import Testing

@testable import Gateway

struct TurnsTests {
    /// One piece per interval, in order, whoever asks; a piece that another piece asks for comes last.
    @Test func oneAtATime() {
        let loop = EmbeddedEventLoop()
        let turns = Turns(on: loop)
        var done: [Int] = []
        for number in 1...3 {
            turns.later {
                done.append(number)
                turns.later { done.append(number * 10) }
            }
        }
        #expect(done.isEmpty)
        var seen: [Int] = []
        for _ in 0..<8 {
            loop.advanceTime(by: Limits.betweenPieces)
            seen.append(done.count)
        }
        #expect(done == [1, 2, 3, 10, 20, 30])
        #expect(seen == [1, 2, 3, 4, 5, 6, 6, 6])
    }
}
