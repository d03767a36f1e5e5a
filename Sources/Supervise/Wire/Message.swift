/// A client's request over the control socket: one packet.
///
/// Layout: version (1 byte), id (4 bytes), method (string), parameters (an array value).
public struct ControlRequest: Equatable, Sendable {
    public var id: UInt32
    /// An XML-RPC method name such as `supervisor.startProcess`, or one of Reeve's own (`reeve.*`).
    public var method: String
    public var parameters: [Value]

    public init(id: UInt32, method: String, parameters: [Value] = []) {
        self.id = id
        self.method = method
        self.parameters = parameters
    }

    /// The id of a request whose rest is ignored.
    public static func id(of bytes: [UInt8]) -> UInt32? {
        var decoder = WireDecoder(bytes)
        guard decoder.byte() == Wire.version else { return nil }
        return decoder.fixed(UInt32.self)
    }

    public func encoded() -> [UInt8] {
        var encoder = WireEncoder()
        encoder.byte(Wire.version)
        encoder.fixed(id)
        encoder.raw(method)
        encoder.value(.array(parameters))
        return encoder.bytes
    }

    public init?(decoding bytes: [UInt8]) {
        var decoder = WireDecoder(bytes)
        guard decoder.byte() == Wire.version, let id = decoder.fixed(UInt32.self), let method = decoder.data(),
            case .array(let parameters)? = decoder.value(), decoder.isAtEnd
        else { return nil }
        self.init(id: id, method: String(decoding: method, as: UTF8.self), parameters: parameters)
    }
}

/// The supervisor's answer: one packet, for some answers with one descriptor.
///
/// Layout: version (1 byte), id (4 bytes), kind (1 byte), then the kind's data.
public struct Reply: Equatable, Sendable {
    public enum Outcome: Equatable, Sendable {
        /// Kind 0: a value follows.
        case value(Value)
        /// Kind 1: a code (8 bytes) and a text follow.
        case fault(code: Int, text: String)
        /// Kind 2: the value is too long for a packet; it is in the memory file that comes with it.
        case valueInFile
        /// Kind 3: a value, and a descriptor to read from (a log, a stream).
        case descriptor(Value)
    }

    public var id: UInt32
    public var outcome: Outcome

    public init(id: UInt32, outcome: Outcome) {
        self.id = id
        self.outcome = outcome
    }

    public init?(decoding bytes: [UInt8]) {
        var decoder = WireDecoder(bytes)
        guard decoder.byte() == Wire.version, let id = decoder.fixed(UInt32.self), let kind = decoder.byte() else {
            return nil
        }
        switch kind {
        case 0:
            guard let value = decoder.value() else { return nil }
            self.init(id: id, outcome: .value(value))
        case 1:
            guard let code = decoder.fixed(UInt64.self), let text = decoder.data() else { return nil }
            self.init(
                id: id,
                outcome: .fault(code: Int(Int64(bitPattern: code)), text: String(decoding: text, as: UTF8.self)))
        case 2: self.init(id: id, outcome: .valueInFile)
        case 3:
            guard let value = decoder.value() else { return nil }
            self.init(id: id, outcome: .descriptor(value))
        default: return nil
        }
        guard decoder.isAtEnd else { return nil }
    }

    /// A packet of kind 0 or 3 around an encoded value.
    public static func encoded(id: UInt32, value: [UInt8], withDescriptor: Bool = false) -> [UInt8] {
        var encoder = header(id: id, kind: withDescriptor ? 3 : 0)
        return encoder.finish(appending: value)
    }

    /// A packet of kind 1.
    public static func encoded(id: UInt32, fault code: Int, text: String) -> [UInt8] {
        var encoder = header(id: id, kind: 1)
        encoder.fixed(UInt64(bitPattern: Int64(code)))
        encoder.raw(text)
        return encoder.bytes
    }

    /// A packet of kind 2; the encoded value goes into the file.
    public static func encodedForFile(id: UInt32) -> [UInt8] { header(id: id, kind: 2).bytes }

    /// Encodes a packet of kind 0; the value must follow.
    public static func encoder(id: UInt32, pieces: any EncodedPieces) -> WireEncoder {
        header(id: id, kind: 0, WireEncoder(pieces: pieces))
    }

    /// Bytes before the value or the fault.
    public static let headerSize = 6

    private static func header(id: UInt32, kind: UInt8, _ encoder: WireEncoder = WireEncoder()) -> WireEncoder {
        var encoder = encoder
        encoder.byte(Wire.version)
        encoder.fixed(id)
        encoder.byte(kind)
        return encoder
    }
}

/// Limits of the control protocol.
public enum Wire {
    public static let version: UInt8 = 1
    /// Bytes. A longer request is rejected; a longer answer is passed as a memory file. Far below the smallest default
    /// of SO_SNDBUF, so that a packet fits whenever the socket is writable.
    public static let largestPacket = 32 * 1024
}

extension WireEncoder {
    mutating func finish(appending value: [UInt8]) -> [UInt8] {
        var all = bytes
        all.append(contentsOf: value)
        return all
    }
}
