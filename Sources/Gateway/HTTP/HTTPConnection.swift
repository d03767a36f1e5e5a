import NIOCore

/// The state of one client's connection, for the timer that ends slow senders, and for the table of connections when it
/// is full. Belongs to the loop.
final class HTTPConnection {
    enum Phase {
        /// Nothing has arrived since this moment: a new connection, or one between two requests.
        case idle(since: NIODeadline)
        /// A request is arriving.
        case receiving(since: NIODeadline)
        /// A request has arrived and is being handled, or its answer is on the way.
        case answering
        /// An endless answer is on the way.
        case streaming
        /// The last answer has been read; what the client still sends is discarded.
        case lingering(since: NIODeadline, isRequestOver: Bool)
    }

    let channel: any Channel
    private(set) var phase: Phase
    /// At least one request has been answered, so the client is not new.
    private(set) var isProven = false
    private var isOver = false
    private var clock: Scheduled<Void>?
    let table: ConnectionTable
    /// It has sent the right password before.
    var isTrusted = false
    private(set) lazy var peer = HTTPPeer(channel)

    init(_ channel: any Channel, in table: ConnectionTable) {
        self.channel = channel
        self.table = table
        phase = .idle(since: channel.eventLoop.now)
        // A client connects to send a request: without a byte it is as slow as with half a request.
        expect(within: Limits.request)
    }

    /// When the client can be disconnected if there are too many, without interrupting an answer, or a request that
    /// still arrives as fast as a slow client sends one.
    var dispensableSince: NIODeadline? {
        switch phase {
        case .idle(let moment): moment + (isProven ? Limits.idlePatience : Limits.silencePatience)
        case .receiving(let moment): moment + Limits.receivingPatience
        case .lingering(let moment, let isRequestOver): moment + (isRequestOver ? .zero : Limits.lingering)
        case .answering, .streaming: nil
        }
    }

    /// Of a request that begins, or goes on.
    func bytesCame() {
        guard case .idle = phase else { return }
        phase = .receiving(since: channel.eventLoop.now)
        if clock == nil { expect(within: Limits.request) }
    }

    func requestIsComplete() {
        clock?.cancel()
        clock = nil
        phase = .answering
    }

    /// What was held continues.
    func goesOn() {
        phase = .receiving(since: channel.eventLoop.now)
        expect(within: Limits.request)
    }

    func isStreaming() {
        phase = .streaming
        waits()
    }

    /// Nothing is expected of the client for now.
    func waits() {
        clock?.cancel()
        clock = nil
    }

    /// The client won't send more. For one that reads something without an end that is the only sign of having gone.
    func inputClosed() {
        if case .streaming = phase { channel.close(promise: nil) }
    }

    /// A connection that has been useful may stay idle as long as it likes: supervisord's own clients keep theirs for
    /// hours and don't connect again.
    func isAnswered() {
        clock?.cancel()
        clock = nil
        isProven = true
        phase = .idle(since: channel.eventLoop.now)
        table.changed()
    }

    /// The last answer has been given to the kernel, and the client knows that nothing follows.
    ///
    /// - Parameter isRequestOver: nothing of its request is still to come, so closing doesn't take the answer from the client.
    func lingers(isRequestOver: Bool) {
        phase = .lingering(since: channel.eventLoop.now, isRequestOver: isRequestOver)
        table.changed()
    }

    /// Of one that was refused before it had come.
    func requestIsOver() {
        guard case .lingering(let moment, _) = phase else { return }
        phase = .lingering(since: moment, isRequestOver: true)
        table.changed()
    }

    /// Closes unless something happens before.
    func expect(within time: TimeAmount) {
        clock?.cancel()
        // A clock would keep what is over for all of its time.
        guard !isOver else { return }
        clock = channel.eventLoop.assumeIsolated().scheduleTask(in: time) { [channel] in
            channel.close(promise: nil)
        }
    }

    func ended() {
        isOver = true
        clock?.cancel()
        clock = nil
        table.remove(self)
    }
}

/// Sees bytes before anybody makes sense of them.
final class ByteWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connection: HTTPConnection

    init(_ connection: HTTPConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.bytesCame()
        context.fireChannelRead(data)
    }

    /// Here, not behind `HTTPServerPipelineHandler`, which keeps it back with what the client has sent ahead.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(ChannelEvent.inputClosed) = event as? ChannelEvent { connection.inputClosed() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.ended()
        context.fireChannelInactive()
    }
}
