import NIOCore
import NIOEmbedded
import NIOHTTP1
import Supervise
import Testing

@testable import Gateway

@Suite struct MetricsSharingTests {
    /// An init with this many programs, which answers in pieces when the test tells it to.
    private final class Pieces: Asking {
        let count: Int
        var asked: [Int] = []
        var isHeld = false
        private var held: [() -> Void] = []

        init(count: Int) { self.count = count }

        func ask(
            _ method: String, _ parameters: [Value], waits: Bool, _ completion: @escaping (ControlAnswer) -> Void
        ) {
            #expect(method == "reeve.metrics" && !waits, "nothing else has to be asked")
            let first = parameters.first?.int ?? 0
            asked.append(first)
            let end = min(first + 64, count)
            let rows = (first..<end).map { number in
                Value.structure([
                    .init("name", .text("p\(number)")), .init("group", .text("p\(number)")), .init("state", .int(0)),
                    .init("pid", .int(0)), .init("start", .int(0)), .init("restarts", .int(0)),
                    .init("starts", .int(number)), .init("stdin_bytes", .int(0)), .init("stdout_bytes", .int(0)),
                    .init("stderr_bytes", .int(0)), .init("exits", .array([])),
                ])
            }
            let value = Value.structure([
                .init("next", .int(end < count ? end : 0)), .init("now", .int(5)), .init("uptime", .int(7)),
                .init("events", .structure([])), .init("processes", .array(rows)),
            ])
            let answer = { completion(.value(EncodedValue(value))) }
            if isHeld { held.append(answer) } else { answer() }
        }

        func release() {
            isHeld = false
            let answers = held
            held = []
            for answer in answers { answer() }
        }
    }

    private final class World {
        let loop = EmbeddedEventLoop()
        let control: Pieces
        let handler: MetricsHandler
        var texts: [String] = []

        init(programs: Int) {
            control = Pieces(count: programs)
            handler = MetricsHandler(
                control: control, loop: loop, statistics: Statistics(), turns: Turns(on: loop),
                look: { $0(ProcessSnapshot()) }, connections: { 1 })
        }

        func scrape(_ accept: String = "*/*") {
            let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/metrics", headers: ["Accept": accept])
            handler.handle(
                HTTPRequest(head: head),
                Exchange { [self] response in
                    #expect(response.status == .ok && response.isShared)
                    texts.append(String(decoding: response.body, as: UTF8.self))
                })
        }

        /// Turns the loop until there are this many answers.
        func turns(until count: Int) -> Int {
            var turns = 0
            while texts.count < count, turns < 100_000 {
                loop.advanceTime(by: Limits.betweenPieces)
                turns += 1
            }
            return turns
        }
    }

    @Test func twentyThatAskAtOnceCostAsMuchAsOne() {
        let world = World(programs: 3)
        world.control.isHeld = true
        for _ in 0..<20 { world.scrape() }
        world.control.release()
        _ = world.turns(until: 20)
        #expect(world.texts.count == 20 && Set(world.texts).count == 1 && world.control.asked == [0])
        // So does a scrape within the next second.
        world.scrape()
        #expect(world.texts.count == 21 && world.control.asked == [0])
        world.loop.advanceTime(by: .seconds(1))
        world.scrape()
        _ = world.turns(until: 22)
        #expect(world.control.asked == [0, 0])
    }

    @Test func eachFormIsMadeOnItsOwnOneAfterTheOther() {
        let world = World(programs: 1)
        world.control.isHeld = true
        world.scrape()
        world.scrape("application/openmetrics-text")
        #expect(world.control.asked == [0])
        world.control.release()
        _ = world.turns(until: 2)
        #expect(world.texts.count == 2 && world.texts.filter { $0.hasSuffix("# EOF\n") }.count == 1)
    }

    @Test func theWorkGoesInSlicesAndNothingIsLeftOut() {
        let few = World(programs: 10)
        few.scrape()
        let little = few.turns(until: 1)
        let many = World(programs: 1000)
        many.scrape()
        #expect(many.texts.isEmpty)
        let turns = many.turns(until: 1)
        // Nine families of a thousand rows each, 512 rows at a time.
        #expect(turns - little >= 9 * (1000 / MetricsJob.writtenSlice))
        #expect(many.control.asked == Array(stride(from: 0, to: 1000, by: 64)))
        let text = many.texts[0]
        for number in [0, 63, 64, 500, 999] {
            let labels = "{group=\"p\(number)\",program=\"p\(number)\"}"
            #expect(text.contains("reeve_program_starts_total\(labels) \(number)\n"))
        }
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("reeve_program_state{") }.count == 8000)
    }
}
