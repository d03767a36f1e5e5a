import CLinux

/// Unix datagrams to one receiver, sent without waiting.
public enum Datagrams {
    /// Close-on-exec. A name that begins with `@` is an abstract one.
    ///
    /// - Throws: ENOENT if there is no socket at `path`, ECONNREFUSED if no process receives there, EPROTOTYPE if it is
    ///   a stream socket.
    public static func connect(to path: String) throws(Errno) -> Descriptor {
        Descriptor(owning: try valueOrErrno { linux_datagram_connect(path) })
    }

    /// False if the receiver's queue is full.
    public static func send(_ bytes: [UInt8], to socket: Int32) throws(Errno) -> Bool {
        do throws(Errno) {
            _ = try valueOrErrno { linux_send_nowait(socket, bytes, bytes.count) }
            return true
        } catch .again {
            return false
        }
    }

    /// Waits until there is room. Use it only while the process is exiting.
    public static func waitWritable(_ socket: Int32, milliseconds: Int) -> Bool {
        linux_poll_writable(socket, Int32(clamping: milliseconds)) != 0
    }
}
