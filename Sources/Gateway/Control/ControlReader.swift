import Kernel
import Supervise

/// init's answer to a request.
enum ControlAnswer: Sendable {
    case value(EncodedValue)
    case fault(code: Int, text: String)
    /// Something to read from.
    case handover(SharedDescriptor)
}

/// A descriptor with several owners; closed with the last of them.
final class SharedDescriptor: Sendable {
    let number: Int32

    init(owning number: Int32) { self.number = number }

    deinit { Descriptor.close(number) }
}

/// Reads init's answers, on a thread of its own: SwiftNIO has no channel for packets that carry descriptors.
struct ControlReader: Sendable {
    enum Message: Sendable {
        case answer(id: UInt32, ControlAnswer)
        /// Nothing follows: init has closed the connection (nil), or sent something invalid (the reason).
        case end(String?)
    }

    /// Bytes. A packet is at most `Wire.largestPacket` long; a longer one is truncated, which is detected.
    private static let room = Wire.largestPacket + 1024
    /// The longest answer in a memory file, in bytes: the state of 100,000 programs.
    private static let longestAnswer = 64 << 20

    let connection: Int32
    /// Readable when the process has been told to exit.
    let termination: Int32
    let deliver: @Sendable (Message) -> Void

    /// Returns when the connection has ended, after it has delivered `.end`.
    func run() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.room, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            do throws(Errno) {
                // Told to exit: init's earlier answers still go to the clients that wait for them.
                guard try File.waitReadable([connection, termination])[0] else { return deliver(.end(nil)) }
                guard var packet = try UnixSocket.receive(into: buffer, from: connection) else { continue }
                guard packet.count > 0 else { return deliver(.end(nil)) }
                guard !packet.isTruncated, let reply = EncodedReply(decoding: Array(buffer[..<packet.count])),
                    let answer = Self.answer(reply, packet.descriptor.take()?.take())
                else { return deliver(.end("an answer of init could not be decoded")) }
                deliver(.answer(id: reply.id, answer))
            } catch {
                return deliver(.end("the connection to init broke: \(error.description)"))
            }
        }
    }

    private static func answer(_ reply: EncodedReply, _ number: Int32?) -> ControlAnswer? {
        let descriptor = number.map(SharedDescriptor.init(owning:))
        switch reply.outcome {
        case .value(let bytes): return .value(EncodedValue(bytes: Array(bytes)))
        case .fault(let code, let text): return .fault(code: code, text: text)
        case .descriptor: return descriptor.map(ControlAnswer.handover)
        case .valueInFile:
            guard let descriptor else { return nil }
            guard let bytes = try? File.whole(descriptor.number, limit: longestAnswer) else {
                return .fault(code: Fault.failed.rawValue, text: Fault.failed.text("the answer is too long"))
            }
            return .value(EncodedValue(bytes: bytes))
        }
    }
}
