import CLinux

/// Calls on files with a time limit: if the file system doesn't answer within `patience`, they fail with ETIMEDOUT.
///
/// PID 1 sleeps meanwhile, so use them only for requests of a user and for starting programs. A late call continues in
/// the background: repeat it to get its result, or ETIMEDOUT at once while there is none. At most 256 calls may be
/// late; after that they fail with EAGAIN.
public enum Errand {
    /// How long a file system may take to answer.
    ///
    /// - Units: milliseconds. The default of five seconds is for executables that have nothing else to do; PID 1 sets
    ///   it to `whileSupervising` once it has programs.
    nonisolated(unsafe) public static var patience: Int32 = 5000
    public static let whileSupervising: Int32 = 10
    /// For reading a configuration at a user's request. It allows for a busy machine.
    public static let forConfiguration: Int32 = 40

    /// The corresponding C function is `open`, always with O_CLOEXEC and O_NOCTTY.
    public static func open(_ path: String, _ flags: Int32, mode: UInt32 = 0o666) throws(Errno) -> Descriptor {
        var descriptor: Int32 = -1
        try check(linux_errand_open(path, flags, mode, patience, &descriptor))
        return Descriptor(owning: descriptor)
    }

    /// The content of a regular file; follows symbolic links.
    ///
    /// - Throws: ENXIO for anything but a regular file, EFBIG if it has more than `limit` bytes.
    public static func contents(of path: String, limit: Int) throws(Errno) -> [UInt8] {
        var found = linux_errand_bytes()
        defer { linux_errand_free(&found) }
        try check(linux_errand_read(path, limit, patience, &found))
        guard Heap.canHave(found.count) else { throw .noMemory }
        return Array(UnsafeRawBufferPointer(start: found.bytes, count: found.count))
    }

    /// What a path leads to; follows links.
    public struct Status: Equatable, Sendable {
        public var isDirectory: Bool
        public var isRegular: Bool
        /// For a directory: whether files can be created in it.
        public var isWritable: Bool
    }

    /// - Throws: ENOENT and the like if there is nothing at the path.
    public static func status(of path: String) throws(Errno) -> Status {
        // A C path ends at the first zero byte, so such a path would name another file.
        guard !path.bytes.contains(0) else { throw .noEntry }
        let found = linux_patient_status(path, patience)
        try check(found.error)
        return Status(isDirectory: found.is_directory, isRegular: found.is_regular, isWritable: found.is_writable)
    }

    /// What execve would find.
    public enum Lookup: Equatable, Sendable {
        /// The first of the paths that exists can be executed.
        case found(Int)
        /// The first that exists can't be executed: EISDIR, ENOEXEC (no user may execute it) or EACCES (this process
        /// may not).
        case refused(Int, Errno)
        case missing
        /// There was no answer in time, or there were too many paths.
        case unknown
    }

    /// Looks for the first of `paths` that exists.
    public static func lookUp(_ paths: [String]) -> Lookup { lookUp(paths.map { $0.bytes }) }

    public static func lookUp(_ paths: [[UInt8]]) -> Lookup {
        var joined: [CChar] = []
        for path in paths {
            for byte in path { joined.append(CChar(bitPattern: byte)) }
            joined.append(0)
        }
        var index: Int32 = 0
        let error = linux_errand_look_up(joined, joined.count, patience, &index)
        return switch error {
        case 0: .found(Int(index))
        case ENOENT: .missing
        case EISDIR, ENOEXEC, EACCES: .refused(Int(index), Errno(number: error))
        default: .unknown
        }
    }

    /// Frees what late calls have left; true while any remain. Call it now and then.
    public static func settle() -> Bool { linux_errands_underway() > 0 }

    /// Frees the memory of the last call. Call it before the process sleeps.
    public static func rest() { linux_errand_rest() }

    /// Whether this error means that there is no answer yet: repeating the call may get one.
    public static func isLate(_ errno: Errno) -> Bool { errno == .timedOut || errno == .again }

    private static func check(_ error: Int32) throws(Errno) {
        if error != 0 { throw Errno(number: error) }
    }
}
