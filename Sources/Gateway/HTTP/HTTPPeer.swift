import NIOCore

/// The other end, as far as the kernel knows it.
enum HTTPPeer: Hashable {
    /// 4 bytes, or the first 8 of an IPv6 address: the owner of one such address has all with this prefix.
    case address([UInt8])
    /// The uid, at a Unix socket.
    case user(UInt32)
    case unknown

    /// As `ucred` of unix(7).
    private struct SocketCredentials: Sendable {
        var pid: Int32
        var uid: UInt32
        var gid: UInt32
    }

    private static let peerCredentials = NIOBSDSocket.Option(rawValue: 17)  // SO_PEERCRED

    /// - Important: Called in the channel's loop.
    init(_ channel: any Channel) {
        if let host = channel.remoteAddress?.ipAddress, let bytes = AllowedHosts.bytes(host) {
            self = .address(bytes.count == 4 ? bytes : Array(bytes.prefix(8)))
            return
        }
        self = .unknown
        guard let options = channel as? any SocketOptionProvider else { return }
        let answer: EventLoopFuture<SocketCredentials> = options.unsafeGetSocketOption(
            level: .socket, name: Self.peerCredentials)
        var uid: UInt32?
        // Stored at once, in the loop.
        answer.assumeIsolated().whenSuccess { uid = $0.uid }
        if let uid { self = .user(uid) }
    }

    var text: String {
        switch self {
        case .address(let bytes) where bytes.count == 4: bytes.map { "\($0)" }.joined(separator: ".")
        case .address(let bytes):
            stride(from: 0, to: bytes.count, by: 2).map { index in
                String(Int(bytes[index]) << 8 | Int(bytes[index + 1]), radix: 16)
            }.joined(separator: ":") + "::/64"
        case .user(let uid): "uid \(uid)"
        case .unknown: "a client that the kernel doesn't identify"
        }
    }
}
