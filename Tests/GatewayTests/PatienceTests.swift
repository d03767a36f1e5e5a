import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Gateway

/// Answers a request when the test tells it to.
private final class Page: RouteHandler {
    var exchanges: [Exchange] = []

    func refusal(of head: HTTPRequestHead) -> HTTPResponse? { nil }
    func handle(_ request: HTTPRequest, _ exchange: Exchange) { exchanges.append(exchange) }

    func answer(_ count: Int = 2) {
        exchanges.removeFirst().respond(
            HTTPResponse(status: .ok, body: [UInt8](repeating: UInt8(ascii: "x"), count: count)))
    }
}

/// The socket: accepts bytes when the test tells it to, and may be closed for sending.
private final class Socket: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    var taken = ""
    var isClosedForSending = false
    var isStalled = false {
        didSet { if !isStalled { release() } }
    }
    private var held: [(String, EventLoopPromise<Void>?)] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        held.append((String(buffer: unwrapOutboundIn(data)), promise))
        if !isStalled { release() }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output {
            isClosedForSending = true
            return
        }
        isStalled = false
        context.close(mode: mode, promise: promise)
    }

    private func release() {
        while !held.isEmpty {
            let (text, promise) = held.removeFirst()
            taken += text
            promise?.succeed()
        }
    }
}

/// One connection, whose clock the test controls.
private final class Visit {
    let loop = EmbeddedEventLoop()
    let channel: EmbeddedChannel
    let socket = Socket()
    let page = Page()
    let bodies = Budget(limit: Limits.allBodies)
    let table: ConnectionTable

    init(idle: @escaping () -> Void = {}) throws {
        channel = EmbeddedChannel(loop: loop)
        let statistics = Statistics()
        table = ConnectionTable(limit: 10, idleTime: .seconds(60), statistics: statistics, on: loop) {
            idle()
            return true
        }
        let service = Service(
            router: Router(routes: [Route(pattern: .prefix("/"), handler: page)]), credentials: nil,
            statistics: statistics, bodies: bodies, answers: Budget(limit: Limits.allAnswers),
            streams: Budget(limit: Limits.streams), brake: GuessBrake(on: loop) { _ in }, turns: Turns(on: loop))
        try channel.pipeline.syncOperations.addHandler(socket)
        try HTTPServer.open(channel, service, table)
        channel.connect(to: try SocketAddress(unixDomainSocketPath: "/x"), promise: nil)
    }

    func send(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }
    func pass(seconds: Int64) { loop.advanceTime(by: .seconds(seconds)) }

    /// Sends as a slow client does, a byte now and then.
    func drip(_ text: String, everySeconds seconds: Int64) throws {
        for character in text where channel.isActive {
            try send(String(character))
            pass(seconds: seconds)
        }
    }
}

@Suite struct PatienceTests {
    private static let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func whoConnectsAndSaysNothingIsSentAway() throws {
        let visit = try Visit()
        visit.pass(seconds: 29)
        #expect(visit.channel.isActive)
        visit.pass(seconds: 1)
        #expect(!visit.channel.isActive)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: x\r\nX: 0123456789012345678901234567890",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\nxxxxx",
    ])
    func whoDripsIsSentAwayThirtySecondsAfterTheFirstByte(_ text: String) throws {
        let visit = try Visit()
        try visit.drip(text, everySeconds: 1)
        visit.pass(seconds: 30)
        #expect(!visit.channel.isActive && visit.socket.taken.isEmpty)
        #expect(visit.bodies.take(Limits.allBodies), "what was set aside for its body is free again")
    }

    @Test(arguments: ["", "GET / HT", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nx", request])
    func whoGoesLeavesNoClockBehind(_ text: String) throws {
        weak var gone: EmbeddedChannel?
        do {
            let visit = try Visit()
            try visit.send(text)
            gone = visit.channel
            visit.channel.close(promise: nil)
            visit.pass(seconds: 0)
            for exchange in visit.page.exchanges { exchange.respond(.error(.notFound)) }
            #expect(visit.socket.taken.isEmpty)
        }
        #expect(gone == nil)
    }

    @Test func whoHasBeenAnsweredMayStay() throws {
        let visit = try Visit()
        try visit.send(Self.request)
        visit.page.answer()
        visit.pass(seconds: 100_000)
        #expect(visit.channel.isActive && visit.socket.taken.hasSuffix("\r\n\r\nxx"))
        try visit.send("G")
        visit.pass(seconds: 30)
        #expect(!visit.channel.isActive, "but what it begins it has to finish")
    }

    @Test func aRequestThatCameWithTheOneBeforeHasNoMoreTime() throws {
        let visit = try Visit()
        try visit.send(Self.request + "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\nx")
        visit.page.answer()
        visit.pass(seconds: 30)
        #expect(!visit.channel.isActive)
        #expect(visit.bodies.take(Limits.allBodies))
    }

    @Test func whatIsWorkedOnHasAllTheTime() throws {
        let visit = try Visit()
        try visit.send(Self.request)
        visit.pass(seconds: 100_000)
        #expect(visit.channel.isActive)
        visit.page.answer()
        #expect(visit.socket.taken.hasSuffix("xx"))
    }

    @Test func anAnswerHasToBeTaken() throws {
        let visit = try Visit()
        visit.socket.isStalled = true
        try visit.send(Self.request)
        visit.page.answer(4 * Limits.piece)
        visit.pass(seconds: 59)
        #expect(visit.channel.isActive)
        visit.socket.isStalled = false
        visit.loop.advanceTime(by: .milliseconds(1))
        visit.socket.isStalled = true
        visit.pass(seconds: 1000)
        #expect(visit.channel.isActive, "all of it was taken at once")
        try visit.send(Self.request)
        visit.page.answer(4 * Limits.piece)
        visit.pass(seconds: 60)
        #expect(!visit.channel.isActive)
    }

    @Test func afterARefusalWhatStillComesIsThrownAwayForAMoment() throws {
        let visit = try Visit()
        try visit.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nx")
        #expect(visit.socket.taken.hasPrefix("HTTP/1.1 413") && visit.socket.isClosedForSending)
        #expect(visit.channel.isActive)
        try visit.drip("xxxxxxxx", everySeconds: 1)
        #expect(!visit.channel.isActive)
    }

    @Test func itLeavesAMinuteAfterTheLastOneHasGone() throws {
        var hasLeft = false
        let visit = try Visit(idle: { hasLeft = true })
        try visit.send(Self.request)
        visit.page.answer()
        visit.pass(seconds: 1000)
        #expect(!hasLeft)
        try visit.channel.close().wait()
        visit.pass(seconds: 59)
        #expect(!hasLeft)
        visit.pass(seconds: 1)
        #expect(hasLeft)
    }
}
