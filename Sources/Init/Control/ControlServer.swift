import Kernel
import Supervise

/// Handles the requests of the control server.
protocol RequestHandler: AnyObject {
    /// Answers now or later, once, with `ControlServer.reply`.
    func handle(_ request: ControlRequest, as id: RequestID)
    /// The clients that waited for these answers are gone.
    func abandon(_ id: RequestID)
    /// The gateway's connection is closed.
    func gatewayHungUp()
    /// This supervisor's identity, for clients that look for a supervisor.
    var identity: SupervisorIdentity { get }
    func log(_ level: LogLevel, _ text: String)
}

/// The control protocol: decodes the packets of clients and sends them their answers.
///
/// One message is one packet, so no client can leave half a request behind. init never waits for a client: it
/// disconnects one that doesn't read its answers.
final class ControlServer {
    /// The limit of clients: users, probes, a gateway. init closes further connections at once.
    static let mostClients = 128
    /// Of these, for users other than root and the socket's owner, so that they can't keep those out.
    static let mostStrangers = 96

    private let loop: EventLoop
    private let handler: any RequestHandler
    private let access: ControlAccess
    private var listeners: [ControlListener] = []
    private var clients: [ControlClientConnection] = []
    private var nextID: RequestID = 1
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Wire.largestPacket, alignment: 16)

    init(loop: EventLoop, handler: any RequestHandler, access: ControlAccess) {
        self.loop = loop
        self.handler = handler
        self.access = access
    }

    /// Opens a socket for clients.
    func listen(at path: String, mode: UInt32, user: UInt32?, group: UInt32?) throws(Errno) {
        listeners.append(
            try ControlListener(at: path, mode: mode, user: user, group: group, loop: loop, server: self))
    }

    func log(_ level: LogLevel, _ text: String) { handler.log(level, text) }

    func admit(_ connection: consuming Descriptor) {
        guard clients.count < Self.mostClients else { return }
        let peer = try? UnixSocket.peer(of: connection.number)
        let isOwner = access.isOwner(peer)
        guard isOwner || clients.count(where: { $0.isStranger }) < Self.mostStrangers else { return }
        let client = ControlClientConnection(connection, isGateway: false, peer: peer)
        client.isStranger = !isOwner
        client.isTrusted = access.trusts(peer)
        _ = add(client)
    }

    private func add(_ client: ControlClientConnection) -> Bool {
        guard let watch = try? loop.watch(client.number, for: .read, client) else { return false }
        client.server = self
        client.watch = watch
        clients.append(client)
        return true
    }

    // MARK: The gateway's connection

    /// Serves a connection that only init can create; nil if the loop can't watch it.
    func adopt(_ connection: consuming Descriptor) -> ControlClientConnection? {
        let client = ControlClientConnection(connection, isGateway: true, peer: nil)
        return add(client) ? client : nil
    }

    /// Whether the request came from the gateway.
    func isGateway(_ id: RequestID) -> Bool {
        clients.contains { $0.isGateway && $0.openRequests.contains { $0.id == id } }
    }

    /// Releases the gateway's connection for the server of the next engine. Open requests will not be answered.
    func release(_ client: ControlClientConnection) {
        guard !client.isClosed else { return }
        for (id, _) in client.openRequests { reply(id, .fault(.shutdownState, "")) }
        guard !client.isClosed else { return }
        if let watch = client.watch { loop.cancel(watch) }
        client.unwatch()
        clients.removeAll { $0 === client }
    }

    /// Continues a connection that another server has released. Closes it if the loop can't watch it.
    func adopt(released client: ControlClientConnection) {
        guard !client.isClosed, add(client) else { return }
        client.updateInterest(in: loop)
    }

    // MARK: What clients send

    func receive(from client: ControlClientConnection) {
        for _ in 0..<16 {
            do throws(Errno) {
                guard let packet = try client.receive(into: buffer) else { return }
                guard packet.count > 0 else {
                    close(client)
                    return
                }
                guard Heap.canHold(packet: packet.count) else {
                    refuse(buffer[..<packet.count], from: client)
                    if client.isClosed { return }
                    continue
                }
                guard !packet.isTruncated, let request = ControlRequest(decoding: Array(buffer[..<packet.count])) else {
                    handler.log(.warn, "control socket: a message could not be understood, its sender is cut off")
                    close(client)
                    return
                }
                CrashReport.phase("answering", of: request.method)
                accept(request, from: client)
                if client.isClosed { return }
            } catch {
                close(client)
                return
            }
        }
    }

    /// There is no memory to read this request.
    private func refuse(_ packet: Slice<UnsafeMutableRawBufferPointer>, from client: ControlClientConnection) {
        guard let id = ControlRequest.id(of: Array(packet.prefix(8))) else { return close(client) }
        let text = Fault.failed.text("init is short of memory: this request is too long")
        if !client.send(Reply.encoded(id: id, fault: Fault.failed.rawValue, text: text), descriptor: nil) {
            close(client)
        }
        client.updateInterest(in: loop)
    }

    private func accept(_ request: ControlRequest, from client: ControlClientConnection) {
        guard client.openRequests.count < client.mostRequests else {
            close(client)
            return
        }
        let id = nextID
        nextID &+= 1
        client.openRequests.append((id, request.id))
        if request.method == AccessProtocol.identify {
            identify(client, id)
        } else if request.method == AccessProtocol.authenticate {
            authenticate(client, request.parameters, id)
        } else if client.isTrusted {
            handler.handle(request, as: id)
        } else {
            refuse(id, .unauthorized, "UNAUTHORIZED")
        }
    }

    // MARK: Access

    private func identify(_ client: ControlClientConnection, _ id: RequestID) {
        var identity = handler.identity
        if !client.isTrusted {
            guard let challenge = ControlAccess.challenge() else {
                return reply(id, .fault(.failed, "the kernel has no random numbers yet"))
            }
            client.challenge = challenge
            identity.challenge = challenge
        } else {
            identity.version = Version.number
            identity.commit = SourceCommit.text
        }
        var encoder = WireEncoder()
        identity.encode(into: &encoder)
        reply(id, .value(encoder.bytes))
    }

    private func authenticate(_ client: ControlClientConnection, _ parameters: [Value], _ id: RequestID) {
        guard !client.isTrusted else { return reply(id, .true) }
        guard parameters.count == 1, let proof = parameters[0].bytes else {
            return reply(id, .fault(.incorrectParameters, ""))
        }
        let challenge = client.challenge
        let verdict = access.judge(proof, challenge: challenge, of: client.peer) { handler.log($0, $1) }
        switch verdict {
        case .accepted:
            client.isTrusted = true
            client.challenge = []
            reply(id, .true)
        case .rejected:
            // A challenge is valid for one attempt.
            client.challenge = []
            refuse(id, .unauthorized, "UNAUTHORIZED")
        case .tooSoon(let milliseconds): refuse(id, .tooSoon, "\(milliseconds)")
        }
    }

    private func refuse(_ id: RequestID, _ refusal: AccessProtocol.Rejection, _ text: String) {
        guard let asker = takeAsker(of: id) else { return }
        send(Reply.encoded(id: asker.wire, fault: refusal.rawValue, text: text), to: asker.client)
    }

    // MARK: Answers

    func reply(_ id: RequestID, _ answer: RequestAnswer) {
        guard let asker = takeAsker(of: id) else { return }
        switch answer {
        case .value(let value):
            guard value.count + Reply.headerSize > Wire.largestPacket else {
                return send(Reply.encoded(id: asker.wire, value: value), to: asker.client)
            }
            let answer = AnswerFile()
            answer.take(value)
            send(answer, to: asker)
        case .fault(let fault, let extra):
            let packet = Reply.encoded(id: asker.wire, fault: fault.rawValue, text: fault.text(extra))
            send(packet, to: asker.client)
        }
    }

    /// Sends an answer that may be long, in pieces.
    func reply(_ id: RequestID, _ encode: (inout WireEncoder) -> Void) {
        guard let asker = takeAsker(of: id) else { return }
        // A packet has the header, a file has not.
        let answer = AnswerFile(skipping: Reply.headerSize)
        var encoder = Reply.encoder(id: asker.wire, pieces: answer)
        encode(&encoder)
        if answer.isEmpty, encoder.bytes.count <= Wire.largestPacket {
            return send(encoder.bytes, to: asker.client)
        }
        answer.take(encoder.bytes)
        send(answer, to: asker)
    }

    private func send(_ answer: AnswerFile, to asker: Asker) {
        do throws(Errno) {
            let file = try answer.finish()
            send(Reply.encodedForFile(id: asker.wire), descriptor: file, to: asker.client)
        } catch {
            let text =
                "\(Fault.failed.text()): the answer is too long for a packet and no memory file could "
                + "be made: \(error.description)"
            send(Reply.encoded(id: asker.wire, fault: Fault.failed.rawValue, text: text), to: asker.client)
        }
    }

    /// Sends an answer with a descriptor, which is closed here afterwards.
    func reply(_ id: RequestID, _ value: [UInt8], handingOver descriptor: consuming Descriptor) {
        guard let asker = takeAsker(of: id) else { return }
        let packet = Reply.encoded(id: asker.wire, value: value, withDescriptor: true)
        send(packet, descriptor: descriptor, to: asker.client)
    }

    /// Who waits for the answer to a request, which is about to be sent, and the request's number on its connection.
    private typealias Asker = (client: ControlClientConnection, wire: UInt32)

    /// nil if the client is gone.
    private func takeAsker(of id: RequestID) -> Asker? {
        for client in clients {
            guard let index = client.openRequests.firstIndex(where: { $0.id == id }) else { continue }
            return (client, client.openRequests.remove(at: index).wire)
        }
        return nil
    }

    private func send(
        _ packet: [UInt8], descriptor: consuming Descriptor? = nil, to client: ControlClientConnection
    ) {
        // A client that reads the log after the answer must find the lines that precede it.
        loop.flush()
        if !client.send(packet, descriptor: descriptor) { close(client) }
        client.updateInterest(in: loop)
    }

    func close(_ client: ControlClientConnection) {
        guard !client.isClosed else { return }
        client.isClosed = true
        if let watch = client.watch { loop.cancel(watch) }
        clients.removeAll { $0 === client }
        for (id, _) in client.openRequests {
            handler.abandon(id)
        }
        client.openRequests = []
        client.server = nil
        if client.isGateway { handler.gatewayHungUp() }
    }

    func flush(_ client: ControlClientConnection) {
        guard client.flush() else {
            close(client)
            return
        }
        client.updateInterest(in: loop)
    }

    /// When `tick` matters next.
    var deadline: Instant? {
        var earliest: Instant?
        for listener in listeners {
            if let retryAt = listener.retryAt { earliest = min(earliest ?? retryAt, retryAt) }
        }
        return earliest
    }

    func tick(_ now: Instant) {
        for listener in listeners { listener.tick(now) }
    }

    /// Stops listening, removes the name and disconnects the clients. Whatever could be sent has been sent.
    func stop() {
        for listener in listeners { listener.stop() }
        listeners = []
        for client in clients { close(client) }
        buffer.deallocate()
    }
}
