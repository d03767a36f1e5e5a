import CLinux

/// A Unix socket that listens under a name in the file system.
///
/// The name appears only when the socket is ready: the socket is bound to a hidden name, gets its owner and mode,
/// starts to listen, and is then renamed into place. supervisord creates a link instead, which overlayfs rejects.
public struct ListeningSocket: ~Copyable {
    public let descriptor: Descriptor
    public let path: String
    /// The device and inode of the name in the file system.
    public let device: UInt64
    public let inode: UInt64

    /// The number of connections that wait to be accepted; further ones wait inside `connect`.
    public static let backlog: Int32 = 128

    /// Binds and listens at `path`.
    ///
    /// Replaces a socket without a listener, and an empty file: neither holds anything.
    ///
    /// An exclusive one belongs to this process, and is non-blocking. The other kind is for children: it is blocking,
    /// and takes the name from a process that listens there, which may be a child of a supervisor that was killed.
    ///
    /// - Parameters:
    ///   - mode: the file's permission bits, whatever the umask. Connecting needs write permission.
    ///   - user: the file's owner; nil leaves the caller.
    ///   - group: the file's group; nil leaves the caller's.
    /// - Throws: EADDRINUSE if another process listens there, EEXIST if something else has the name, and the errors of
    ///   the steps (EACCES, EROFS, ENOENT for the folder, ENAMETOOLONG without /proc).
    public init(
        at path: String, kind: UnixSocket.Kind = .packets, mode: UInt32 = 0o700, user: UInt32? = nil,
        group: UInt32? = nil, backlog: Int32 = Self.backlog, isExclusive: Bool = true
    ) throws(Errno) {
        guard UnixSocket.canBeNamed(path) else { throw Errno(number: ENAMETOOLONG) }
        if isExclusive {
            try Self.refuseLive(path, kind: kind)
        } else if let entry = try? Self.entry(path), entry.isReplaceable == 0 {
            throw .exists
        }
        let socket = try UnixSocket.new(kind, nonblocking: isExclusive)
        let mode = mode & 0o777
        let changesOwner = user != nil || group != nil
        // The file is created with these permissions, less those that the umask takes away. Before the owner changes,
        // with none at all.
        _ = try valueOrErrno { linux_socket_mode(socket.number, changesOwner ? 0 : mode) }
        let temporary = try Self.bind(socket.number, near: path)
        do throws(Errno) {
            if changesOwner {
                _ = try valueOrErrno { linux_entry_owner(temporary, user ?? .max, group ?? .max) }
            }
            let entry = try Self.entry(temporary)
            if entry.mode != mode { _ = try valueOrErrno { linux_entry_mode(temporary, mode) } }
            try Self.listen(on: socket.number, backlog: backlog)
            _ = try valueOrErrno { rename(temporary, path) }
            (device, inode) = (entry.device, entry.inode)
        } catch {
            unlink(temporary)
            throw error
        }
        self.descriptor = socket
        self.path = path
    }

    /// Sets how many connections may wait at a bound socket, whatever its backlog was before.
    public static func listen(on number: Int32, backlog: Int32) throws(Errno) {
        _ = try valueOrErrno { CLinux.listen(number, backlog) }
    }

    /// The next connection, non-blocking; nil when none waits.
    public borrowing func accept() throws(Errno) -> Descriptor? { try UnixSocket.accept(descriptor.number) }

    /// Whether the name still belongs to this socket, and was not removed or replaced.
    public var isNamed: Bool {
        guard let entry = try? Self.entry(path) else { return false }
        return entry.device == device && entry.inode == inode
    }

    /// Removes the name if it still belongs to this socket: a successor may have taken it.
    public borrowing func removeName() {
        if isNamed { unlink(path) }
    }

    private struct Entry {
        var device: UInt64 = 0
        var inode: UInt64 = 0
        /// The twelve permission bits.
        var mode: UInt32 = 0
        var isReplaceable: Int32 = 0
    }

    private static func entry(_ path: String) throws(Errno) -> Entry {
        var entry = Entry()
        _ = try valueOrErrno { linux_entry(path, &entry.device, &entry.inode, &entry.mode, &entry.isReplaceable) }
        return entry
    }

    private static func refuseLive(_ path: String, kind: UnixSocket.Kind) throws(Errno) {
        do throws(Errno) {
            guard try entry(path).isReplaceable != 0 else { throw .exists }
        } catch Errno.noEntry {
            return
        }
        let probe = try UnixSocket.new(kind, nonblocking: true)
        do throws(Errno) {
            try UnixSocket.named(path) { linux_unix_connect(probe.number, $0) }
        } catch .connectionRefused {
            return
        } catch .noEntry {
            return
        } catch {
            // A socket with a full backlog or of the other type has a listener, too.
            if error == .again || error.number == EPROTOTYPE { throw .addressInUse }
            throw error
        }
        throw .addressInUse
    }

    /// Binds to a hidden name in the folder of `path`, and returns that name.
    private static func bind(_ socket: Int32, near path: String) throws(Errno) -> String {
        let (folder, _) = Directory.split(path)
        var attempts = 8
        while true {
            var bits: UInt64 = 0
            _ = try valueOrErrno { linux_random(&bits) }
            let name = folder + ".ctl-" + String(bits, radix: 36)
            do throws(Errno) {
                try UnixSocket.named(name) { linux_unix_bind(socket, $0) }
                return name
            } catch {
                attempts -= 1
                guard error == .addressInUse, attempts > 0 else { throw error }
            }
        }
    }
}
