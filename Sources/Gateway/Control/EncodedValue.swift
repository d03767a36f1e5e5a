import Supervise

/// An encoded value of the control protocol: most go from init to the client unparsed.
struct EncodedValue: Equatable, Sendable {
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    init(_ value: Value) {
        self.init { $0.value(value) }
    }

    init(_ write: (inout Encoder) -> Void) {
        var encoder = Encoder()
        write(&encoder)
        bytes = encoder.bytes
    }

    /// nil if the bytes are not a value.
    var value: Value? {
        var decoder = Decoder(bytes)
        guard let value = decoder.value(), decoder.isAtEnd else { return nil }
        return value
    }
}
