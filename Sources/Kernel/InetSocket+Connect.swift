import CLinux

extension InetSocket {
    /// Why a connection could not be made.
    public enum ConnectError: Error, Equatable {
        case kernel(Errno)
        /// The host's name can't be resolved: the number and the text of getaddrinfo(3).
        case unresolved(code: Int, text: String)
    }

    /// Connects to a host by name or number, and blocks meanwhile. Tries all addresses of a name; if all fail, throws
    /// ECONNREFUSED if any of them did, else the last error.
    ///
    /// Looks names up in `/etc/hosts`, then over DNS, whatever nsswitch.conf says.
    public static func connect(to host: String, port: UInt16) throws(ConnectError) -> Descriptor {
        var unresolved: Int32 = 0
        let number = linux_inet_connect(host, port, &unresolved)
        if number >= 0 { return Descriptor(owning: number) }
        let errno = Errno.last
        guard unresolved != 0 else { throw .kernel(errno) }
        let text = linux_unresolved_text(unresolved).map { String(cString: $0) } ?? ""
        throw .unresolved(code: Int(unresolved), text: text)
    }

    /// Connects to an address (`isAddress`), and blocks meanwhile.
    public static func connect(toAddress address: String, port: UInt16) throws(Errno) -> Descriptor {
        Descriptor(owning: try valueOrErrno { address.withCString { linux_address_connect($0, port) } })
    }

    /// Connects to this machine's loopback address, blocking, without a name lookup.
    public static func connectToLoopback(port: UInt16) throws(Errno) -> Descriptor {
        Descriptor(owning: try valueOrErrno { linux_loopback_connect(port) })
    }
}
