public import Kernel
import Supervise

/// What init and the process that makes its health checks (`ctl probe --serve`) send each other, a packet each.
public struct ProbeMessage: Equatable, Sendable {
    /// Of the check; an answer has that of its question.
    public var number: Int
    /// Of a question: the seconds that the check may take, > 0, or `cancelled`. Of an answer: `success`, `failure` or
    /// `impossible`.
    public var value: Int
    /// The target, or the line that `ctl probe` prints.
    public var text: [UInt8]

    /// The check of this number is not wanted any more.
    public static let cancelled = 0
    public static let success = 1
    public static let failure = 0
    /// The check could not be made now, which says nothing about the server.
    public static let impossible = -1

    /// The longest text that is sent, in bytes; the rest is cut. A target is shorter than this, since it is one value of a
    /// configuration.
    public static let limit = 16 * 1024

    public init(number: Int, value: Int, text: [UInt8] = []) {
        (self.number, self.value, self.text) = (number, value, text)
    }

    public var packet: [UInt8] {
        var encoder = WireEncoder()
        encoder.array(count: 3)
        encoder.int(number)
        encoder.int(value)
        encoder.string(bytes: text.prefix(Self.limit))
        return encoder.bytes
    }

    /// nil if it is none.
    public init?(packet: [UInt8]) {
        var decoder = WireDecoder(packet)
        guard case .array(let values)? = decoder.value(), values.count == 3, case .int(let number) = values[0],
            case .int(let value) = values[1], case .string(let text) = values[2]
        else { return nil }
        self.init(number: number, value: value, text: text)
    }

    /// Takes the next one from a socket.
    ///
    /// - Returns: nil if there is none now, which a blocking socket waits for.
    /// - Throws: EPIPE if there will be none.
    public static func receive(from socket: Int32) throws(Errno) -> ProbeMessage? {
        var bytes = [UInt8](repeating: 0, count: limit + 64)
        guard let count = File.readUntilEnd(socket, into: &bytes) else { return nil }
        guard count > 0 else { throw .pipe }
        return ProbeMessage(packet: Array(bytes[..<count]))
    }
}
