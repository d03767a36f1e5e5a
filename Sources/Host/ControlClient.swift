public import Kernel
public import Supervise

/// Why a request to the supervisor has no answer.
public enum ControlError: Error, Equatable, Sendable {
    /// The supervisor rejected the request: a number of `Fault` and its text.
    case fault(code: Int, text: String)
    /// No connection could be made at the path.
    case unreachable(Errno)
    /// The connection broke before the answer was complete.
    case broken(Errno)
    /// The supervisor closed the connection before it answered.
    case closed
    /// `ControlClient.interrupt` became readable before the answer came.
    case interrupted
    /// The reply doesn't answer the request: another version of the protocol, or not a supervisor.
    case garbled
    /// The answer did not arrive within its time limit.
    case late
}

/// A connection to the supervisor's control socket, for one request at a time.
///
/// It connects for its first request, and again after the connection was lost.
public final class ControlClient {
    public let path: String
    /// A descriptor whose readability ends the wait for an answer; -1: none. The client doesn't read from it.
    public var interrupt: Int32 = -1
    private var connection: Descriptor?
    /// True for a connection that the caller created.
    private var isGiven = false
    private var lastID: UInt32 = 0
    private let buffer: UnsafeMutableRawBufferPointer

    /// Bytes. A packet is at most `Wire.largestPacket` long; the rest is room for a supervisor with another limit.
    private static let room = 2 * Wire.largestPacket
    /// Bytes. The longest answer that is read from a memory file: the state of far more programs than fit a machine.
    private static let longestAnswer = 256 << 20
    /// Milliseconds until a supervisor that doesn't accept counts as unreachable.
    private static let patience: Int32 = 5000

    /// - Parameter path: of the control socket itself (`/run/init.ctl`).
    public init(path: String) {
        self.path = path
        buffer = .allocate(byteCount: Self.room, alignment: 16)
    }

    /// For an existing connection. It can't be made again: once it is lost, every request is `closed`.
    public init(connected connection: consuming Descriptor) {
        path = ""
        buffer = .allocate(byteCount: Self.room, alignment: 16)
        isGiven = true
        self.connection = consume connection
    }

    deinit {
        buffer.deallocate()
    }

    /// Connects now instead of with the first request; again if the supervisor has closed the connection since.
    public func connect() throws(ControlError) {
        if let number = connection?.number {
            // Between an answer and the next request there is nothing to read but the end.
            guard let ready = try? File.waitReadable([number], milliseconds: 0), ready.contains(true) else { return }
            connection = nil
        }
        if isGiven { throw .closed }
        do throws(Errno) {
            connection = try UnixSocket.connect(to: path, milliseconds: Self.patience)
        } catch {
            throw .unreachable(error)
        }
    }

    public func disconnect() { connection = nil }

    /// From now on the connection isn't made again: once it is lost, every request is `closed`. For a client that has
    /// verified its peer.
    public func pin() { isGiven = true }

    /// Sends a request, and waits for the answer as long as it takes: starting a program takes its startsecs.
    ///
    /// - Parameter deadline: nanoseconds of `SystemClock.boottime`; when it has passed, the request is given up.
    public func call(
        _ method: String, _ parameters: [Value] = [], until deadline: Int64? = nil
    ) throws(ControlError) -> Value {
        try exchange(method, parameters, until: deadline).value
    }

    /// The supervisor's pid in this process's PID namespace; 0 when it isn't visible from here, or isn't connected.
    public var peer: Int32 { credentials?.pid ?? 0 }

    /// The user who created the socket, according to the kernel; nil without a connection.
    public var credentials: UnixSocket.Peer? {
        guard let number = connection?.number else { return nil }
        return try? UnixSocket.peer(of: number)
    }

    /// The answer of a method that passes a descriptor to read.
    public struct Handover: ~Copyable {
        public let value: Value
        public let descriptor: Descriptor

        /// The descriptor alone, without the value.
        public consuming func take() -> Descriptor { descriptor }
    }

    /// Sends a request for a descriptor: `reeve.openLog`, `reeve.follow`.
    public func open(_ method: String, _ parameters: [Value]) throws(ControlError) -> Handover {
        var answer = try exchange(method, parameters)
        guard let descriptor = answer.descriptor.take() else { throw .garbled }
        return Handover(value: answer.value, descriptor: descriptor)
    }

    private struct ReceivedAnswer: ~Copyable {
        var value: Value
        var descriptor: Descriptor?
    }

    private func exchange(
        _ method: String, _ parameters: [Value], until deadline: Int64? = nil
    ) throws(ControlError) -> ReceivedAnswer {
        lastID &+= 1
        try connect()
        do throws(ControlError) {
            try send(ControlRequest(id: lastID, method: method, parameters: parameters).encoded())
            return try receive(until: deadline)
        } catch {
            // After a fault the connection is intact; after anything else its state is unknown.
            if case .fault = error { throw error }
            connection = nil
            throw error
        }
    }

    private func send(_ request: [UInt8]) throws(ControlError) {
        guard let number = connection?.number else { throw .closed }
        do throws(Errno) {
            guard try UnixSocket.send(request, to: number) else { throw .again }
        } catch {
            throw error == .pipe ? .closed : .broken(error)
        }
    }

    private func receive(until deadline: Int64?) throws(ControlError) -> ReceivedAnswer {
        while true {
            guard let number = connection?.number else { throw .closed }
            if deadline != nil || interrupt >= 0 { try wait(for: number, until: deadline) }
            var packet: UnixSocket.Packet
            do throws(Errno) {
                guard let next = try UnixSocket.receive(into: buffer, from: number) else { continue }
                packet = next
            } catch {
                throw error.name == "ECONNRESET" ? .closed : .broken(error)
            }
            guard packet.count > 0 else { throw .closed }
            let received = UnsafeRawBufferPointer(rebasing: buffer[..<packet.count])
            guard !packet.isTruncated, let reply = Reply(decoding: [UInt8](copying: received)) else { throw .garbled }
            // An answer to a request that was given up.
            guard reply.id == lastID else { continue }
            switch reply.outcome {
            case .value(let value): return ReceivedAnswer(value: value, descriptor: nil)
            case .fault(let code, let text): throw .fault(code: code, text: text)
            case .descriptor(let value): return ReceivedAnswer(value: value, descriptor: packet.descriptor.take())
            case .valueInFile:
                guard let file = packet.descriptor.take() else { throw .garbled }
                return ReceivedAnswer(value: try Self.value(in: file), descriptor: nil)
            }
        }
    }

    private func wait(for number: Int32, until deadline: Int64?) throws(ControlError) {
        while true {
            // Rounded up, or the last millisecond would be a busy loop.
            let left = deadline.map { max(0, ($0 - SystemClock.boottime + 999_999) / 1_000_000) } ?? -1
            guard let ready = try? File.waitReadable([number, interrupt], milliseconds: Int32(clamping: left)) else {
                throw .broken(.last)
            }
            if ready.first == true { return }
            if ready.last == true { throw .interrupted }
            if left == 0 { throw .late }
        }
    }

    private static func value(in file: borrowing Descriptor) throws(ControlError) -> Value {
        let bytes: [UInt8]?
        do throws(Errno) {
            bytes = try File.whole(file.number, limit: longestAnswer)
        } catch {
            throw .broken(error)
        }
        guard let bytes else { throw .garbled }
        var decoder = WireDecoder(bytes)
        guard let value = decoder.value(), decoder.isAtEnd else { throw .garbled }
        return value
    }
}
