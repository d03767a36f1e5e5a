import CLinux

/// The socket on which a program says that it is ready: sd_notify(3)'s NOTIFY_SOCKET, at the manager's end.
public struct NotifySocket: ~Copyable {
    /// What NOTIFY_SOCKET says: a path, or `@` and an abstract name.
    public let name: String
    public let number: Int32
    private let path: String?

    /// Creates it at `path`, for one user; where that isn't possible, at an abstract name that nobody can guess.
    public init(path: String, owner: UInt32) throws(Errno) {
        unlink(path)
        if let number = try? valueOrErrno({ path.withCString { linux_notify_socket($0, 0) } }) {
            if owner == SystemProcess.uid || linux_entry_owner(path, owner, .max) == 0 {
                name = path
                self.path = path
                self.number = number
                return
            }
            Descriptor.close(number)
            unlink(path)
        }
        let secret = "init.notify.\(try Random.bits())"
        number = try valueOrErrno { secret.withCString { linux_notify_socket($0, 1) } }
        name = "@\(secret)"
        self.path = nil
    }

    deinit {
        Descriptor.close(number)
        if let path { unlink(path) }
    }

    /// One datagram.
    public struct Received {
        public let bytes: [UInt8]
        /// 0: in a PID namespace that isn't visible from here.
        public let pid: Int32
        public let uid: UInt32
        /// It was longer than the limit.
        public let isTruncated: Bool
        /// It had files, which took some time to get rid of.
        public let hasFiles: Bool
        /// It had files that are open still, because too many file systems don't answer.
        public let hangs: Bool
    }

    /// nil: there is none.
    public borrowing func receive(limit: Int) -> Received? {
        var sender = linux_notify_sender()
        let number = self.number
        var count = -1
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, used in
            count = linux_notify_receive(number, buffer.baseAddress, buffer.count, &sender)
            used = max(count, 0)
        }
        guard count >= 0 else { return nil }
        return Received(
            bytes: bytes, pid: sender.pid, uid: sender.uid, isTruncated: sender.is_truncated != 0,
            hasFiles: sender.has_files != 0, hangs: sender.hangs != 0)
    }
}
