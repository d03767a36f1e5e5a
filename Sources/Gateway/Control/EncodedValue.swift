import Supervise

/// An encoded value of the control protocol: most go from init to the client unparsed.
struct EncodedValue: Equatable, Sendable {
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    init(_ value: Value) {
        self.init { $0.value(value) }
    }

    init(_ write: (inout WireEncoder) -> Void) {
        var encoder = WireEncoder()
        write(&encoder)
        bytes = encoder.bytes
    }

    /// nil if the bytes are not a value.
    var value: Value? {
        var decoder = WireDecoder(bytes)
        guard let value = decoder.value(), decoder.isAtEnd else { return nil }
        return value
    }
}
