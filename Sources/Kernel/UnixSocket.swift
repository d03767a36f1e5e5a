import CLinux

/// Unix sockets: packets with at most one descriptor each, and the peer's credentials from the kernel.
///
/// A socket from `accept` is non-blocking, one from `connect` blocks; would-block is a value, other failures are
/// thrown.
public enum UnixSocket {
    public enum Kind: Sendable {
        /// SOCK_SEQPACKET: one message is one packet.
        case packets
        /// SOCK_STREAM: the socket type of HTTP.
        case stream
    }

    /// The next connection, non-blocking and close-on-exec; nil when none waits.
    ///
    /// It is nil for every failure of a single connection, too (the peer left before it was accepted); running out of
    /// descriptors is thrown. The corresponding C function is `accept4`.
    public static func accept(_ listener: Int32) throws(Errno) -> Descriptor? {
        do throws(Errno) {
            return Descriptor(owning: try valueOrErrno { linux_accept(listener) })
        } catch {
            if error == .again || error.number == ECONNABORTED { return nil }
            throw error
        }
    }

    /// Connects to the socket at `path`, blocking for at most `milliseconds` (0: without a limit).
    ///
    /// - Throws: ENOENT without a socket, ECONNREFUSED without a listener (a stale socket), EACCES, EAGAIN if the
    ///   listener's backlog stayed full until the limit, EPROTOTYPE if the socket is of the other kind.
    public static func connect(
        to path: String, kind: Kind = .packets, milliseconds: Int32 = 5000
    ) throws(Errno) -> Descriptor {
        let connection = try new(kind, nonblocking: false)
        // AF_UNIX never returns EINPROGRESS, so there would be nothing to poll for: connect obeys the send timeout.
        _ = try valueOrErrno { linux_send_timeout(connection.number, milliseconds) }
        try named(path) { linux_unix_connect(connection.number, $0) }
        _ = try valueOrErrno { linux_send_timeout(connection.number, 0) }
        return connection
    }

    /// Two connected ends for packets: `own` is non-blocking, `other` is for a child and blocks.
    @frozen
    public struct Pair: ~Copyable {
        public let own: Descriptor
        public let other: Descriptor

        public init() throws(Errno) {
            var ends: [Int32] = [-1, -1]
            _ = try valueOrErrno { linux_socket_pair(&ends) }
            own = Descriptor(owning: ends[0])
            other = Descriptor(owning: ends[1])
        }

        /// Gives up ownership without closing: the caller now owns both.
        public consuming func take() -> (own: Int32, other: Int32) { (own.take(), other.take()) }
    }

    /// Sends one packet, with a copy of `descriptor` beside it; false when it would block. Never raises SIGPIPE.
    public static func send(
        _ bytes: UnsafeRawBufferPointer, descriptor: Int32? = nil, to connection: Int32
    ) throws(Errno) -> Bool {
        do throws(Errno) {
            _ = try valueOrErrno {
                linux_send_packet(connection, bytes.baseAddress, bytes.count, descriptor ?? -1)
            }
            return true
        } catch Errno.again {
            return false
        }
    }

    public static func send(
        _ bytes: [UInt8], descriptor: Int32? = nil, to connection: Int32
    ) throws(Errno) -> Bool {
        var result: Result<Bool, Errno> = .success(false)
        bytes.withUnsafeBytes { raw in
            do throws(Errno) {
                result = .success(try send(raw, descriptor: descriptor, to: connection))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    /// What one `receive` took from the socket.
    public struct Packet: ~Copyable {
        /// Bytes that were filled; 0 is the end: the peer has closed.
        public let count: Int
        /// The packet was longer than the buffer; its rest is lost.
        public let isTruncated: Bool
        /// The first descriptor that came along; others are closed at once.
        public var descriptor: Descriptor?
    }

    /// Takes one packet; nil when none is there yet.
    public static func receive(
        into buffer: UnsafeMutableRawBufferPointer, from connection: Int32
    ) throws(Errno) -> Packet? {
        var descriptor: Int32 = -1
        var truncated: Int32 = 0
        do throws(Errno) {
            let count = try valueOrErrno {
                linux_receive_packet(connection, buffer.baseAddress, buffer.count, &descriptor, &truncated)
            }
            return Packet(
                count: count, isTruncated: truncated != 0,
                descriptor: descriptor >= 0 ? Descriptor(owning: descriptor) : nil)
        } catch Errno.again {
            return nil
        }
    }

    /// The peer's credentials, as the kernel recorded them when the connection was made (SO_PEERCRED).
    public struct Peer: Equatable, Sendable {
        /// 0 if the peer is in a PID namespace that is not visible from here.
        public var pid: Int32
        public var user: UInt32
        public var group: UInt32
    }

    public static func peer(of connection: Int32) throws(Errno) -> Peer {
        var peer = Peer(pid: 0, user: 0, group: 0)
        _ = try valueOrErrno { linux_peer(connection, &peer.pid, &peer.user, &peer.group) }
        return peer
    }

    static func new(_ kind: Kind, nonblocking: Bool) throws(Errno) -> Descriptor {
        let isStream =
            switch kind {
            case .stream: true
            case .packets: false
            }
        return Descriptor(
            owning: try valueOrErrno { linux_unix_socket(isStream ? 1 : 0, nonblocking ? 1 : 0) })
    }

    /// Calls `body` with a path that fits into an address: the path itself, or, if that is too long (108 bytes), its
    /// last component through its folder's descriptor, which needs /proc.
    static func named(_ path: String, _ body: (UnsafePointer<CChar>) -> Int32) throws(Errno) {
        do throws(Errno) {
            _ = try valueOrErrno { path.withCString(body) }
            return
        } catch {
            guard error.number == ENAMETOOLONG else { throw error }
        }
        let (folder, name) = Directory.split(path)
        let directory = Descriptor(owning: try valueOrErrno { folder.withCString(linux_open_directory) })
        _ = try valueOrErrno { "/proc/self/fd/\(directory.number)/\(name)".withCString(body) }
    }

    /// Clients can reach `path`: it fits into an address (108 bytes with its end), or its last component does after
    /// `/proc/self/fd/N/`.
    static func canBeNamed(_ path: String) -> Bool {
        path.utf8.count < 108 || Directory.split(path).name.utf8.count < 80
    }
}
