import CLinux

/// A target of any kind for a stream of bytes, which never blocks.
///
/// O_NONBLOCK belongs to the open file description, and an inherited description is shared with others (a shell's
/// terminal), so this never sets it there. Instead it tries, in this order: its own description through /proc/self/fd;
/// MSG_DONTWAIT for sockets; RWF_NOWAIT; and polling first, then writing no more than a writable pipe accepts.
public struct Outlet: ~Copyable {
    public enum Manner: Equatable, Sendable {
        /// Regular files and devices without poll: a write returns at once.
        case plain
        /// The description is ours and has O_NONBLOCK.
        case nonblocking
        /// A stream socket.
        case socket
        /// Another socket: a write is a message.
        case messages
        /// The description is another's; RWF_NOWAIT works on it.
        case nowait
        /// The description is another's, and only poll tells whether a write waits.
        case polled
        /// Not open: every write fails with EBADF.
        case closed
    }

    /// What a pipe that polls as writable accepts without waiting (PIPE_BUF).
    private static let atomic = 4096
    /// The same for a terminal: its room comes in pieces of 256 bytes, and each newline may become two.
    private static let terminalAtomic = 128

    /// What to poll: our own description if there is one.
    public let number: Int32
    /// nil when it isn't open.
    public let status: FileStatus?
    public private(set) var manner: Manner
    private let own: Descriptor?

    /// A descriptor that this process inherited, which stays open as long as the process lives.
    ///
    /// For a number that isn't open, or that is one of our own (those close on exec), every write fails with EBADF.
    public init(inherited: Int32) {
        guard linux_closes_on_exec(inherited) == 0, let found = try? FileStatus(of: inherited) else {
            number = inherited
            status = nil
            manner = .closed
            own = nil
            return
        }
        status = found
        switch found.kind {
        case .pipe, .character:
            let path = "/proc/self/fd/\(inherited)"
            let flags = O_WRONLY | O_NONBLOCK | (found.kind == .pipe ? 0 : O_APPEND)
            if let reopened = (try? Descriptor.open(path, flags)) ?? Self.controllingTerminal(ifIs: inherited) {
                number = reopened.number
                own = consume reopened
                manner = .nonblocking
                return
            }
            number = inherited
            own = nil
            // A device that can't be polled (/dev/null) never blocks.
            manner = linux_poll_writable(inherited, 0) < 0 ? .plain : .nowait
        case .socket:
            number = inherited
            own = nil
            manner = linux_is_stream_socket(inherited) == 1 ? .socket : .messages
        case .regular, .block, .folder, .other:
            number = inherited
            own = nil
            manner = .plain
        }
    }

    /// A named pipe or a device of our own, opened without waiting.
    public init(_ opened: consuming Descriptor, _ status: FileStatus) {
        self.status = status
        number = opened.number
        manner = .nonblocking
        own = consume opened
    }

    /// Returns the number of bytes written; nil when it would wait.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int? {
        switch manner {
        case .plain, .nonblocking:
            return try File.write(number, bytes)
        case .socket:
            return try send(bytes)
        case .messages:
            return try send(UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.atomic)))
        case .nowait:
            do throws(Errno) {
                return try valueOrErrno { linux_write_nowait(number, bytes.baseAddress, bytes.count) }
            } catch .again {
                return nil
            } catch .notSupported {
                manner = .polled
                return try polled(bytes)
            }
        case .polled:
            return try polled(bytes)
        case .closed:
            throw .badDescriptor
        }
    }

    /// Moves at most `count` bytes from a pipe without copying them; nil when it would wait. Both must be pipes.
    public func splice(from pipe: Int32, _ count: Int) throws(Errno) -> Int? {
        do throws(Errno) {
            return try valueOrErrno { linux_splice(pipe, number, count) }
        } catch .again {
            return nil
        }
    }

    /// Waits until it is writable. Use it only while the process is exiting.
    public func waitWritable(milliseconds: Int) -> Bool {
        linux_poll_writable(number, Int32(clamping: milliseconds)) != 0
    }

    private func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int? {
        do throws(Errno) {
            return try valueOrErrno { linux_send_nowait(number, bytes.baseAddress, bytes.count) }
        } catch .again {
            return nil
        }
    }

    /// Another user's terminal can't be opened by name, but any process can open its own controlling terminal.
    private static func controllingTerminal(ifIs inherited: Int32) -> Descriptor? {
        guard let terminal = try? Descriptor.open("/dev/tty", O_WRONLY | O_NONBLOCK),
            linux_is_same_terminal(inherited, terminal.number) == 1
        else { return nil }
        return terminal
    }

    private func polled(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int? {
        var written = 0
        while written < bytes.count {
            guard linux_poll_writable(number, 0) > 0 else { break }
            let limit = status?.kind == .pipe ? Self.atomic : Self.terminalAtomic
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...].prefix(limit))
            guard let count = try File.write(number, rest), count > 0 else { break }
            written += count
        }
        return written > 0 || bytes.isEmpty ? written : nil
    }

    /// This process's pid.
    public static var ownProcess: Int32 { getpid() }

    /// A reader that goes away, or a file that reaches RLIMIT_FSIZE, fails the write instead of raising a signal.
    public static func ignoreSignals() {
        linux_ignore_write_signals()
    }
}

extension Errno {
    public static let badDescriptor = Errno(number: EBADF)
    public static let notSupported = Errno(number: EOPNOTSUPP)
    public static let quota = Errno(number: EDQUOT)
    public static let inputOutput = Errno(number: EIO)
    public static let fileTooBig = Errno(number: EFBIG)
    public static let messageTooLong = Errno(number: EMSGSIZE)
}
