import Supervise

/// A value of the control protocol in its encoded form: most go from init to the client without being looked at.
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

    /// nil when the bytes are none.
    var value: Value? {
        var decoder = Decoder(bytes)
        guard let value = decoder.value(), decoder.isAtEnd else { return nil }
        return value
    }
}
