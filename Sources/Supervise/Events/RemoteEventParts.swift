/// An event of `sendRemoteCommEvent` that comes in several packets: its type, then its data.
public struct RemoteEventParts: Equatable, Sendable {
    private var bytes: [UInt8] = []

    public init() {}

    /// False if it is too long: then nothing of it is kept.
    public mutating func add(_ part: [UInt8]) -> Bool {
        guard bytes.count + part.count <= EventLimits.remote else {
            bytes = []
            return false
        }
        bytes += part
        return true
    }

    /// What listeners get, once all parts have arrived.
    ///
    /// - Parameter typeLength: how much of it is the type.
    public func payload(typeLength: Int) -> [UInt8] {
        let end = min(max(typeLength, 0), bytes.count)
        var payload = "type:".bytes
        payload.reserveCapacity(bytes.count + 8)
        payload += bytes[..<end]
        payload.append(UInt8(ascii: "\n"))
        payload += bytes[end...]
        return payload
    }
}
