import NIOCore
import NIOHTTP1

/// One client's connection: one request after the other. The password is checked before anything else, and a request is
/// rejected, if possible, before its body is read.
///
/// `HTTPServerPipelineHandler` in front of it holds what a client sends ahead, until the end of the answer was written
/// here; that happens when the socket has taken all of the answer, so no work is done for a client that doesn't read.
final class HTTPHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case waiting
        /// A request is being checked or handled, or waits for that; whatever else has arrived of it is in `kept`.
        case held
        case receiving(HTTPRequest, any RouteHandler, counted: Int)
        case answering(Exchange?)
        case streaming(AnswerStream)
        /// The last answer was sent; whatever still arrives is discarded.
        case closing
    }

    private let service: Service
    private let connection: HTTPConnection
    private var state = State.waiting
    /// Of the request that is being answered.
    private var version = HTTPVersion.http1_1
    private var isKeptAlive = false
    private var isHead = false
    /// The request is for `base_path` itself.
    private var isAtBase = false
    /// As in the table of paths; `none` until it has been looked up.
    private var route = "none"
    private var inputIsOver = false
    /// The last part of the current request has arrived.
    private var isRequestOver = false
    private var isReading = false
    /// What had been read of a request when it was held, and came after its head.
    private var kept: [HTTPServerRequestPart] = []
    private var keptBytes = 0
    private var ticket: GuessBrake.Ticket?
    private var place: ConnectionTable.Place?
    /// The table counts a request of this connection.
    private var isAdmitted = false
    private var share: ServiceShare

    init(_ service: Service, _ connection: HTTPConnection) {
        self.service = service
        self.connection = connection
        share = ServiceShare(of: service)
    }

    // MARK: The request

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        defer { isReading = false }
        let part = unwrapInboundIn(data)
        if case .held = state { keep(part, context) } else { take(part, context) }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(var head):
            isAtBase = !service.basePath.strip(&head)
            began(head, context)
        case .body(let part): took(part, context)
        case .end: ended(context)
        }
    }

    private func began(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard case .waiting = state else { return }
        // They may have come with the previous request, and have been held until now.
        connection.bytesCame()
        isRequestOver = false
        version = head.version
        isKeptAlive = head.isKeepAlive
        isHead = head.method == .HEAD
        route = "none"
        guard HostCheck.isWellFormed(head) else {
            return refuse(.error(.badRequest, at: head.uri, "There must be exactly one Host header."), context)
        }
        let host = head.headers.first(name: "Host")
        if let hosts = service.hosts, !hosts.accepts(host) {
            let detail = AllowedHosts.refusal(host ?? "", service.name)
            return refuse(.error(.misdirectedRequest, at: head.uri, detail), context)
        }
        guard let credentials = service.credentials, !service.publicPaths.contains(where: head.isFor) else {
            return find(head, context)
        }
        guard head.headers.contains(name: "Authorization"), !connection.isTrusted else {
            return judge(head, credentials, context)
        }
        let (verdict, ticket) = service.brake.judge(connection.peer) { [weak self] in
            self?.goOn(context) { self?.judge(head, credentials, context) }
        }
        switch verdict {
        case .look: judge(head, credentials, context)
        case .wait:
            self.ticket = ticket
            hold(context)
        case .refuse:
            var response = HTTPResponse.error(.tooManyRequests, at: head.uri)
            response.headers.append(("Retry-After", "\(Limits.waitingGuesses)"))
            refuse(response, context)
        }
    }

    /// Holds the request until it is its turn.
    private func hold(_ context: ChannelHandlerContext) {
        state = .held
        connection.requestIsComplete()
    }

    /// Read this much and no more: a short request is read to its end, and a client that leaves is noticed.
    private func keep(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        kept.append(part)
        guard case .body(let bytes) = part else { return }
        keptBytes += bytes.readableBytes
        if keptBytes > Limits.smallBody { context.channel.setOption(.autoRead, value: false).whenComplete { _ in } }
    }

    private func goOn(_ context: ChannelHandlerContext, _ next: () -> Void) {
        guard case .held = state, context.channel.isActive else { return }
        state = .waiting
        ticket = nil
        place = nil
        connection.goesOn()
        next()
        // Held once more, for another reason.
        if case .held = state { return }
        let parts = kept
        kept = []
        keptBytes = 0
        for part in parts { take(part, context) }
        context.channel.setOption(.autoRead, value: true).whenComplete { _ in }
    }

    private func judge(_ head: HTTPRequestHead, _ credentials: Credentials, _ context: ChannelHandlerContext) {
        let authorization = head.headers.first(name: "Authorization")
        switch credentials.judge(authorization) {
        case .accepted:
            connection.isTrusted = true
            find(head, context)
        case .malformed:
            service.brake.failed(connection.peer, at: service.name)
            refuse(.error(.badRequest), context)
        case .rejected:
            if authorization != nil { service.brake.failed(connection.peer, at: service.name) }
            var response = HTTPResponse.error(.unauthorized, at: head.uri)
            response.headers.append(("WWW-Authenticate", "Basic realm=\"default\""))
            refuse(response, context)
        }
    }

    private func find(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        if isAtBase { return refuse(service.basePath.redirect, context, closes: head.announcesBody) }
        guard let found = service.router.route(for: head.uri) else {
            return refuse(.error(.notFound, at: head.uri), context, closes: head.announcesBody)
        }
        route = found.pattern.text
        let handler = found.handler
        if let refusal = handler.refusal(of: head) {
            return refuse(refusal, context, closes: head.announcesBody)
        }
        guard !handler.isProbe else { return receive(head, handler, context) }
        let (admission, place) = connection.table.admit { [weak self, table = connection.table] in
            guard let self, case .held = state, context.channel.isActive else { return table.finished() }
            isAdmitted = true
            goOn(context) { self.receive(head, handler, context) }
        }
        switch admission {
        case .granted:
            isAdmitted = true
            receive(head, handler, context)
        case .waits:
            self.place = place
            hold(context)
        case .refused:
            var response = HTTPResponse.error(.serviceUnavailable, at: head.uri)
            response.headers.append(("Retry-After", "1"))
            refuse(response, context)
        }
    }

    private func receive(_ head: HTTPRequestHead, _ handler: any RouteHandler, _ context: ChannelHandlerContext) {
        let length = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
        guard length <= handler.longestBody else { return refuse(.error(.payloadTooLarge), context) }
        if length > Limits.smallBody {
            guard share.takeBody(length) else { return refuse(.error(.serviceUnavailable), context) }
        }
        state = .receiving(HTTPRequest(head: head, basePath: service.basePath.text), handler, counted: 0)
        if head.version == .http1_1, head.headers.first(name: "Expect")?.lowercased() == "100-continue" {
            let head = HTTPResponseHead(version: version, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        }
    }

    private func took(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
        guard case .receiving(var request, let handler, let counted) = state else { return }
        // Only one reference may own the body while it grows.
        state = .waiting
        request.body.append(contentsOf: part.readableBytesView)
        state = .receiving(request, handler, counted: counted + part.readableBytes)
        // For a chunked body, whose length wasn't known.
        if counted + part.readableBytes > handler.longestBody { refuse(.error(.payloadTooLarge), context) }
    }

    private func ended(_ context: ChannelHandlerContext) {
        isRequestOver = true
        if case .closing = state { connection.requestIsOver() }
        guard case .receiving(let request, let handler, _) = state else { return }
        connection.requestIsComplete()
        let exchange = Exchange(
            { [unowned self] in respond($0, context) }, stream: { [unowned self] in open($0, isEndless: $1, context) })
        state = .answering(exchange)
        handler.handle(request, exchange)
    }

    /// Answers before the request is complete.
    ///
    /// - Parameter closes: the rest of the request is not read, so nothing can follow on this connection.
    private func refuse(_ response: HTTPResponse, _ context: ChannelHandlerContext, closes: Bool = true) {
        var response = response
        response.closes = closes
        connection.requestIsComplete()
        state = .answering(nil)
        respond(response, context)
    }

    // MARK: The answer

    private func respond(_ response: HTTPResponse, _ context: ChannelHandlerContext) {
        share.giveBackBody()
        if response.body.count > Limits.smallAnswer {
            // For a shared body, only what goes to the socket at once counts as this client's own.
            let size = response.isShared ? min(response.body.count, Limits.piece) : response.body.count
            guard share.takeAnswer(size) else {
                return respond(.error(.serviceUnavailable, closes: true), context)
            }
        }
        if response.closes || inputIsOver { isKeptAlive = false }
        var framing: (name: String, value: String)? = ("Content-Length", "\(response.body.count)")
        // By its meaning it has no body (RFC 9110, section 8.6).
        if response.status == .noContent || response.status == .notModified { framing = nil }
        writeHead(response.status, response.headers, framing, context)
        write(isHead || framing == nil ? [] : response.body[...], context)
    }

    private func writeHead(
        _ status: HTTPResponseStatus, _ headers: [(name: String, value: String)],
        _ framing: (name: String, value: String)?, _ context: ChannelHandlerContext
    ) {
        service.statistics.answered(route, status)
        var head = HTTPResponseHead(version: version, status: status)
        head.headers.add(name: "Server", value: "Reeve")
        head.headers.add(name: "Date", value: HTTPDate.now)
        for header in headers { head.headers.add(name: header.name, value: header.value) }
        if let framing { head.headers.add(name: framing.name, value: framing.value) }
        if !isKeptAlive {
            head.headers.add(name: "Connection", value: "close")
        } else if version == .http1_0 {
            head.headers.add(name: "Connection", value: "Keep-Alive")
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    /// Writes a piece at a time, and the next one in a later turn: a client that takes megabytes as fast as they are
    /// written delays nothing else.
    private func write(_ body: ArraySlice<UInt8>, _ context: ChannelHandlerContext) {
        connection.expect(within: Limits.piecePatience)
        let piece = body.prefix(Limits.piece)
        let rest = body.dropFirst(Limits.piece)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { [self] in
            if rest.isEmpty { return finish(context) }
            service.turns.later { [self] in
                if context.channel.isActive { write(rest, context) }
            }
        }
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: piece)))), promise: promise)
    }

    // MARK: An answer without a length

    /// In chunks, or for HTTP/1.0 until the connection closes. nil: the client is gone.
    private func open(
        _ opening: Exchange.Opening, isEndless: Bool, _ context: ChannelHandlerContext
    ) -> AnswerStream? {
        share.giveBackBody()
        if inputIsOver {
            isKeptAlive = false
            if isEndless {
                context.close(promise: nil)
                return nil
            }
        }
        guard isHead || share.takeStream() else {
            respond(.error(.serviceUnavailable), context)
            return nil
        }
        if version == .http1_0 { isKeptAlive = false }
        // The answer to HEAD has no chunks, not even the last.
        let isChunked = version == .http1_1 && !isHead
        writeHead(opening.status, opening.headers, isChunked ? ("Transfer-Encoding", "chunked") : nil, context)
        guard !isHead else {
            write([], context)
            return nil
        }
        context.flush()
        if isEndless { connection.isStreaming() }
        let stream = AnswerStream(
            on: context.eventLoop,
            AnswerStream.Writer(
                put: { [unowned self] in
                    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: $0)))), promise: $1)
                },
                expect: { [connection] in
                    if $0 { connection.expect(within: Limits.piecePatience) } else { connection.waits() }
                },
                finish: { [unowned self] in finish(context) }))
        state = .streaming(stream)
        return stream
    }

    private func finish(_ context: ChannelHandlerContext) {
        giveBackAnswer()
        guard context.channel.isActive else { return }
        if isKeptAlive {
            connection.isAnswered()
            state = .waiting
            // This call delivers what the client sent ahead. If the answer was written at once, it is inside the call
            // that delivered its request: thousands of small requests must not be nested.
            guard isReading else { return end(context) }
            context.eventLoop.assumeIsolated().execute { [self] in end(context) }
            return
        }
        state = .closing
        connection.expect(within: Limits.lingering)
        end(context)
        if inputIsOver { return context.close(promise: nil) }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { [self] in connection.lingers(isRequestOver: isRequestOver) }
        context.close(mode: .output, promise: promise)
    }

    private func end(_ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    // MARK: Ends

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(ChannelEvent.inputClosed) = event as? ChannelEvent {
            inputIsOver = true
            switch state {
            // `ByteWatch` closes an endless stream.
            case .answering, .streaming: break
            // A client that stops waiting is gone, and makes room for others.
            case .waiting, .held, .receiving, .closing: context.close(promise: nil)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Half a request also remains when the client has left in the middle: then there is no one to answer.
        guard let problem = error as? HTTPParserError, context.channel.isActive else {
            context.close(promise: nil)
            return
        }
        switch state {
        case .waiting, .receiving:
            isKeptAlive = false
            refuse(.error(problem == .headerOverflow ? .requestHeaderFieldsTooLarge : .badRequest), context)
        case .held, .answering, .streaming, .closing: context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        let last = state
        state = .closing
        switch last {
        case .answering(let exchange): exchange?.abandon()
        case .streaming(let stream): stream.lost()
        case .waiting, .held, .receiving, .closing: break
        }
        ticket?.cancel()
        place?.cancel()
        kept = []
        share.giveBackBody()
        giveBackAnswer()
    }

    private func giveBackAnswer() {
        if isAdmitted {
            isAdmitted = false
            connection.table.finished()
        }
        share.giveBackAnswer()
    }
}
