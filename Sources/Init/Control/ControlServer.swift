import Kernel
import Supervise

/// What the control server hands requests to.
protocol RequestHandler: AnyObject {
    /// Answers now or later, once, by `ControlServer.reply`.
    func handle(_ request: Request, as id: RequestID)
    /// Nobody waits for these answers any more.
    func abandon(_ id: RequestID)
    func log(_ level: LogLevel, _ text: String)
}

/// The control socket: accepts clients, decodes their packets, sends them their answers.
///
/// One message is one packet, so no client can leave half a request behind. A client that doesn't take its answers
/// is cut off; init never waits for one.
final class ControlServer: Watcher {
    /// Clients at a time: people, probes, a gateway. More are cut off at once, which they see as a closed connection.
    static let mostClients = 128

    private let loop: EventLoop
    private let handler: any RequestHandler
    private let socket: ListeningSocket
    private var watch: Watch?
    private var clients: [ControlClientConnection] = []
    private var nextID: RequestID = 1
    /// Given up to accept one client when the process is out of descriptors, so that it can be told to go away.
    private var spare: Descriptor?
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Wire.largestPacket, alignment: 16)

    init(
        at path: String, mode: UInt32, user: UInt32?, group: UInt32?, loop: EventLoop, handler: any RequestHandler
    ) throws(Errno) {
        self.loop = loop
        self.handler = handler
        socket = try ListeningSocket(at: path, mode: mode, user: user, group: group)
        spare = try? Descriptor.open("/dev/null", 0)
        watch = try loop.watch(socket.descriptor.number, for: .read, self)
    }

    var path: String { socket.path }

    func ready(_ readiness: Readiness, on watch: Watch) {
        // A burst of clients must not keep the programs waiting.
        for _ in 0..<16 {
            do throws(Errno) {
                guard let connection = try socket.accept() else { return }
                admit(connection)
            } catch .tooManyFiles {
                refuseOne()
                return
            } catch .tooManyFilesInSystem {
                refuseOne()
                return
            } catch {
                handler.log(.error, "control socket: cannot accept a client: \(error.description)")
                return
            }
        }
    }

    private func admit(_ connection: consuming Descriptor) {
        guard clients.count < Self.mostClients else { return }
        let client = ControlClientConnection(connection, server: self)
        guard let watch = try? loop.watch(client.number, for: .read, client) else { return }
        client.watch = watch
        clients.append(client)
    }

    /// Out of descriptors: without this the waiting client would wake the loop again and again.
    private func refuseOne() {
        spare = nil
        if let connection = try? socket.accept() { _ = consume connection }
        spare = try? Descriptor.open("/dev/null", 0)
        handler.log(.error, "control socket: out of file descriptors, a client was turned away")
    }

    // MARK: What clients send

    fileprivate func receive(from client: ControlClientConnection) {
        for _ in 0..<16 {
            do throws(Errno) {
                guard let packet = try client.receive(into: buffer) else { return }
                guard packet.count > 0 else {
                    close(client)
                    return
                }
                guard !packet.isTruncated, let request = Request(decoding: Array(buffer[..<packet.count])) else {
                    handler.log(.warn, "control socket: a message could not be understood, its sender is cut off")
                    close(client)
                    return
                }
                accept(request, from: client)
                if client.isClosed { return }
            } catch {
                close(client)
                return
            }
        }
    }

    private func accept(_ request: Request, from client: ControlClientConnection) {
        guard client.openRequests.count < ControlClientConnection.mostRequests else {
            close(client)
            return
        }
        let id = nextID
        nextID &+= 1
        client.openRequests.append((id, request.id))
        handler.handle(request, as: id)
    }

    // MARK: What they are answered

    func reply(_ id: RequestID, _ answer: Answer) {
        switch answer {
        case .value(let value):
            guard value.count + 16 > Wire.largestPacket else {
                send(id) { Reply.encoded(id: $0, value: value) }
                return
            }
            do throws(Errno) {
                let file = try MemoryFile.make(named: "reply", holding: value)
                send(id, descriptor: file) { Reply.encodedForFile(id: $0) }
            } catch {
                let text =
                    "\(Fault.failed.text()): the answer is too long for a packet and no memory file could "
                    + "be made: \(error.description)"
                send(id) { Reply.encoded(id: $0, fault: Fault.failed.rawValue, text: text) }
            }
        case .fault(let fault, let extra):
            send(id) { Reply.encoded(id: $0, fault: fault.rawValue, text: fault.text(extra)) }
        }
    }

    /// An answer with a descriptor beside it, which is closed here once it is sent.
    func reply(_ id: RequestID, _ value: [UInt8], handingOver descriptor: consuming Descriptor) {
        send(id, descriptor: descriptor) { Reply.encoded(id: $0, value: value, withDescriptor: true) }
    }

    private func send(
        _ id: RequestID, descriptor: consuming Descriptor? = nil, _ packet: (UInt32) -> [UInt8]
    ) {
        var found: (client: ControlClientConnection, index: Int)?
        for client in clients {
            if let index = client.openRequests.firstIndex(where: { $0.id == id }) { found = (client, index) }
        }
        guard let (client, index) = found else { return }
        let wireID = client.openRequests.remove(at: index).wire
        if !client.send(packet(wireID), descriptor: descriptor) { close(client) }
        client.updateInterest(in: loop)
    }

    fileprivate func close(_ client: ControlClientConnection) {
        guard !client.isClosed else { return }
        client.isClosed = true
        if let watch = client.watch { loop.cancel(watch) }
        clients.removeAll { $0 === client }
        for (id, _) in client.openRequests {
            handler.abandon(id)
        }
        client.openRequests = []
    }

    fileprivate func flush(_ client: ControlClientConnection) {
        guard client.flush() else {
            close(client)
            return
        }
        client.updateInterest(in: loop)
    }

    /// Stops listening, removes the name and cuts off the clients; they have been sent what could be sent.
    func stop() {
        if let watch { loop.cancel(watch) }
        watch = nil
        socket.removeName()
        for client in clients { close(client) }
        buffer.deallocate()
    }
}

/// One client.
final class ControlClientConnection: Watcher {
    /// Requests at a time that wait for their answers; `ctl` has one, a gateway some.
    static let mostRequests = 256
    /// Answers that the client hasn't taken yet; beyond it is cut off.
    static let mostPending = 64

    private let connection: Descriptor
    private let server: ControlServer
    var watch: Watch?
    var isClosed = false
    var openRequests: [(id: RequestID, wire: UInt32)] = []
    private var pending: [PendingPacket] = []

    /// A packet that did not fit into the socket, and the number of a descriptor of its own (-1: none).
    private struct PendingPacket {
        var bytes: [UInt8]
        var descriptor: SharedDescriptor?
    }

    init(_ connection: consuming Descriptor, server: ControlServer) {
        self.connection = connection
        self.server = server
    }

    var number: Int32 { connection.number }

    func ready(_ readiness: Readiness, on watch: Watch) {
        if readiness.contains(.writable) { server.flush(self) }
        if isClosed { return }
        if !readiness.isDisjoint(with: [.readable, .hangUp, .error]) { server.receive(from: self) }
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> UnixSocket.Packet? {
        try UnixSocket.receive(into: buffer, from: connection.number)
    }

    /// False when the client is to be cut off.
    func send(_ packet: [UInt8], descriptor: consuming Descriptor?) -> Bool {
        let shared: SharedDescriptor? = if let descriptor { SharedDescriptor(descriptor) } else { nil }
        guard pending.isEmpty else {
            guard pending.count < Self.mostPending else { return false }
            pending.append(PendingPacket(bytes: packet, descriptor: shared))
            return true
        }
        do throws(Errno) {
            if try !UnixSocket.send(packet, descriptor: shared?.number, to: connection.number) {
                pending.append(PendingPacket(bytes: packet, descriptor: shared))
            }
            return true
        } catch {
            return false
        }
    }

    /// False when the client is gone.
    func flush() -> Bool {
        while let first = pending.first {
            do throws(Errno) {
                guard
                    try UnixSocket.send(
                        first.bytes, descriptor: first.descriptor?.number, to: connection.number)
                else { return true }
                pending.removeFirst()
            } catch {
                return false
            }
        }
        return true
    }

    func updateInterest(in loop: EventLoop) {
        guard let watch, !isClosed else { return }
        let wanted: Interest = pending.isEmpty ? .read : [.read, .write]
        guard wanted != interest else { return }
        interest = wanted
        loop.change(watch, to: wanted)
    }

    private var interest = Interest.read
}

/// A descriptor that waits in a queue: arrays cannot hold values that are not copyable.
final class SharedDescriptor {
    private let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    var number: Int32 { descriptor.number }
}
