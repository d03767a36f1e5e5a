import Foundation
import Kernel
import Testing

@testable import Init
@testable import Supervise

@Suite struct FloodTests {
    /// A pipe, and what is known about its program.
    private final class Flooded {
        let loop: EventLoop
        private let pipe: PipeEnds
        var flood = PipeFlood()

        init() throws {
            let pipe = try PipeEnds.fromChild()
            loop = try EventLoop()
            self.pipe = pipe
        }

        func read(_ count: Int, times: Int = 1) {
            for _ in 0..<times { flood.read(count, from: pipe.reading.number, to: nil, in: loop) }
        }

        func look(_ waiting: Int, times: Int = 1) {
            for _ in 0..<times { flood.look(waiting, in: loop) }
        }

        func begin() {
            read(64, times: Int(OutputLimits.pieces))
            read(OutputLimits.bulk)
        }
    }

    @Test func manySmallPiecesAndThenMuchAreAFlood() throws {
        let one = try Flooded()
        one.read(64, times: Int(OutputLimits.pieces))
        #expect(one.flood.kind == .output && !one.flood.maySplice)
        one.read(OutputLimits.bulk)
        #expect(one.flood.kind == .flood && one.flood.maySplice)
    }

    @Test func blocksAreNone() throws {
        let one = try Flooded()
        for _ in 0..<100 {
            one.read(OutputLimits.batched, times: 100)
            one.read(OutputLimits.read)
            one.flood.spliced(in: one.loop)
        }
        #expect(one.flood.kind == .output && one.flood.maySplice)
    }

    @Test func itEndsWhenThePipeIsAlmostEmptyTwiceInARow() throws {
        let one = try Flooded()
        one.begin()
        for _ in 0..<10 {
            one.look(OutputLimits.bulk - 1)
            one.look(OutputLimits.bulk, times: 10)
        }
        #expect(one.flood.kind == .flood)
        one.look(0, times: 2)
        #expect(one.flood.kind == .output)
        one.begin()
        #expect(one.flood.kind == .flood)
    }

    @Test func itEndsWhenThePipeIsAlmostFullTwiceInARow() throws {
        let one = try Flooded()
        one.begin()
        for _ in 0..<10 {
            one.look(OutputLimits.floodedPipe)
            one.look(OutputLimits.almostFull - 1)
        }
        #expect(one.flood.kind == .flood)
        one.look(OutputLimits.almostFull, times: 2)
        #expect(one.flood.kind == .output)
        one.begin()
        #expect(one.flood.kind == .output, "it is too fast for a while")
        one.read(64, times: 1000)
        one.begin()
        #expect(one.flood.kind == .flood)
    }

    /// A program floods, pauses, floods a reader that stalls, and ends.
    @Test func everyByteOfAFloodArrivesInOrder() throws {
        let rig = try Rig()
        let consumer = Consumer()
        let child = try rig.channel(consumer.settings())
        var sent: [UInt8] = []
        var got: [UInt8] = []
        var number = 0
        func write() -> Bool {
            let line = Array("line \(number) \(String(repeating: "x", count: number % 50))\n".utf8)
            guard child.write(line) > 0 else { return false }
            number += 1
            sent += line
            return true
        }
        for _ in 0..<3 {
            for _ in 0..<32 where write() { rig.runUntilIdle() }
            for _ in 0..<20 {
                while write() {}
                #expect(
                    rig.run {
                        got += consumer.read()
                        return sent.count - got.count < OutputLimits.unspliced * 2
                    })
            }
            #expect(
                rig.run {
                    got += consumer.read()
                    return got == sent
                })
            for _ in 0..<4 {
                while write() { rig.loop.turn(wait: false) }
                while rig.loop.turn(wait: false) > 0 { if write() { got += consumer.read(1000) } }
            }
        }
        child.exit()
        #expect(
            rig.run {
                got += consumer.read()
                return child.channel.isFinished
            })
        rig.loop.flush()
        got += consumer.read()
        #expect(got == sent)
        #expect(child.log.received == sent.count)
    }
}
