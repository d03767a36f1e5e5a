import Kernel
import Supervise

/// A client of the control server, which sets the variables here.
final class ControlClientConnection: Watcher {
    /// Requests that may wait for their answers at a time: `ctl` has one, the gateway one for each of its own clients.
    var mostRequests: Int { isGateway ? 1024 : 256 }
    /// Answers that the client hasn't read yet; beyond this it is disconnected. init reads nothing from the gateway
    /// before it has read them, so that only answers to its open requests are still to come.
    private var mostPending: Int { isGateway ? mostRequests : 64 }

    private let connection: Descriptor
    let isGateway: Bool
    /// nil if the kernel doesn't identify the peer, and for the gateway.
    let peer: UnixSocket.Peer?
    /// Neither root nor the socket's owner.
    var isStranger = false
    /// The client needs no password, or has proved that it knows one.
    var isTrusted = true
    /// The challenge for its next proof.
    var challenge: [UInt8] = []
    var server: ControlServer?
    var watch: Watch?
    var isClosed = false
    var openRequests: [(id: RequestID, wire: UInt32)] = []
    private var pending: [PendingPacket] = []
    private var interest = Interest.read

    /// A packet that did not fit into the socket, and a descriptor that goes with it (-1: none).
    private struct PendingPacket {
        var bytes: [UInt8]
        var descriptor: QueuedDescriptor?
    }

    init(_ connection: consuming Descriptor, isGateway: Bool, peer: UnixSocket.Peer?) {
        self.connection = connection
        self.isGateway = isGateway
        self.peer = peer
    }

    var number: Int32 { connection.number }

    func ready(_ readiness: Readiness, on watch: Watch) {
        if readiness.contains(.writable) { server?.flush(self) }
        if isClosed { return }
        if !readiness.isDisjoint(with: [.readable, .hangUp, .error]) { server?.receive(from: self) }
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> UnixSocket.Packet? {
        try UnixSocket.receive(into: buffer, from: connection.number)
    }

    /// False if the client must be disconnected.
    func send(_ packet: [UInt8], descriptor: consuming Descriptor?) -> Bool {
        let shared: QueuedDescriptor? = if let descriptor { QueuedDescriptor(descriptor) } else { nil }
        guard pending.isEmpty else {
            guard pending.count < (Heap.isShort && !isGateway ? 4 : mostPending) else { return false }
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

    /// False if the client is gone.
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

    /// The connection has been removed from one loop and will be added to another, which starts by reading.
    func unwatch() {
        watch = nil
        server = nil
        interest = .read
    }

    func updateInterest(in loop: EventLoop) {
        guard let watch, !isClosed else { return }
        let wanted: Interest = pending.isEmpty ? .read : isGateway ? .write : [.read, .write]
        guard wanted != interest else { return }
        interest = wanted
        loop.change(watch, to: wanted)
    }
}
