import CLinux

/// TCP sockets that are created here and served by children.
public enum InetSocket {
    /// The kernel caps it at `net.core.somaxconn`.
    public static let longestBacklog: Int32 = 4096

    /// True for an IPv4 or IPv6 address written as a number, such as `127.0.0.1`, `::1` or `[::1]`.
    public static func isAddress(_ text: String) -> Bool { linux_is_inet_address(text) != 0 }

    /// A listening socket, blocking and close-on-exec.
    ///
    /// - Parameter address: must satisfy `isAddress`.
    /// - Throws: EADDRINUSE, EADDRNOTAVAIL for an address that isn't this machine's, EACCES for a port that is reserved
    ///   for root.
    public static func listening(at address: String, port: UInt16, backlog: Int32) throws(Errno) -> Descriptor {
        Descriptor(owning: try valueOrErrno { linux_inet_listen(address, port, backlog) })
    }
}
