import NIOCore
import NIOEmbedded
import Testing

@testable import Gateway

/// A client whose reading the test controls.
private final class Client {
    let loop = EmbeddedEventLoop()
    var untaken: [(bytes: [UInt8], promise: EventLoopPromise<Void>)] = []
    var expectations: [Bool] = []
    var isFinished = false
    var drained = 0
    var gone = 0

    func stream() -> AnswerStream {
        AnswerStream(
            on: loop,
            AnswerStream.Writer(
                put: { self.untaken.append(($0, $1)) }, expect: { self.expectations.append($0) },
                finish: { self.isFinished = true }))
    }

    func take() {
        untaken.removeFirst().promise.succeed()
        loop.run()
    }

    deinit { for piece in untaken { piece.promise.succeed() } }
}

@Suite struct AnswerStreamTests {
    @Test func nothingIsTakenBeyondTheBuffer() {
        let client = Client()
        let stream = client.stream()
        let piece = [UInt8](repeating: 7, count: Limits.streamBuffer / 2)
        #expect(stream.write(piece) && stream.write(piece))
        #expect(!stream.write([1]))
        #expect(client.untaken.map(\.bytes.count) == [piece.count, piece.count])
        client.take()
        #expect(stream.write([1]))
        #expect(!stream.write(piece))
    }

    @Test func aPieceThatIsLongerGoesWhenNothingWaits() {
        let client = Client()
        let stream = client.stream()
        #expect(stream.write([UInt8](repeating: 7, count: 3 * Limits.streamBuffer)))
        #expect(!stream.write([1]))
    }

    @Test func theClientHasToReadOnlyWhereThereIsSomething() {
        let client = Client()
        let stream = client.stream()
        #expect(stream.write([]) && client.expectations.isEmpty && client.untaken.isEmpty)
        #expect(stream.write([1]) && stream.write([2]))
        client.take()
        client.take()
        #expect(client.expectations == [true, true, false])
    }

    @Test func drainedIsSaidOncePerQuestionAndNotAtOnce() {
        let client = Client()
        let stream = client.stream()
        stream.whenDrained { client.drained += 1 }
        #expect(client.drained == 0)
        client.loop.run()
        #expect(client.drained == 1)
        #expect(stream.write([1]))
        stream.whenDrained { client.drained += 1 }
        client.loop.run()
        #expect(client.drained == 1)
        client.take()
        #expect(client.drained == 2)
        #expect(stream.write([1]))
        client.take()
        #expect(client.drained == 2)
    }

    @Test func theEndWaitsForWhatWasWritten() {
        let client = Client()
        let stream = client.stream()
        stream.whenGone { client.gone += 1 }
        #expect(stream.write([1]))
        stream.end()
        #expect(stream.isOver && !client.isFinished && !stream.write([2]))
        client.take()
        #expect(client.isFinished && client.gone == 0)
        let empty = Client()
        empty.stream().end()
        #expect(empty.isFinished)
    }

    @Test func aClientThatGoesIsSaidOnceAndNothingElse() {
        let client = Client()
        let stream = client.stream()
        stream.whenGone { client.gone += 1 }
        stream.whenDrained { client.drained += 1 }
        #expect(stream.write([1]))
        stream.lost()
        client.take()
        stream.lost()
        stream.end()
        #expect(client.gone == 1 && client.drained == 0 && !client.isFinished && !stream.write([1]))
        stream.whenGone { client.gone += 1 }
        #expect(client.gone == 2)
    }
}
