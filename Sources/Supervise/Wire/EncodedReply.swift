/// The supervisor's answer, with its value still encoded, for callers that convert it into another form. See `Reply`.
public struct EncodedReply: Equatable, Sendable {
    public enum Outcome: Equatable, Sendable {
        /// Encoded, and unchecked.
        case value(ArraySlice<UInt8>)
        case fault(code: Int, text: String)
        case valueInFile
        case descriptor
    }

    public var id: UInt32
    public var outcome: Outcome

    public init?(decoding bytes: [UInt8]) {
        var decoder = WireDecoder(bytes)
        guard decoder.byte() == Wire.version, let id = decoder.fixed(UInt32.self), let kind = decoder.byte() else {
            return nil
        }
        self.id = id
        switch kind {
        case 0: outcome = .value(decoder.rest)
        case 1:
            guard let code = decoder.fixed(UInt64.self), let text = decoder.data(), decoder.isAtEnd else { return nil }
            outcome = .fault(code: Int(Int64(bitPattern: code)), text: String(decoding: text, as: UTF8.self))
        case 2: outcome = .valueInFile
        case 3: outcome = .descriptor
        default: return nil
        }
    }
}
