import CLinux

/// Calls on files that come to an end: what a file system doesn't answer within `patience` fails with ETIMEDOUT.
///
/// PID 1 sleeps meanwhile, so they are for what happens at a person's request or at the start of a program. A call that is late goes on without
/// anybody who waits for it: ask the same again, and the answer is there, or ETIMEDOUT at once. At most 256 are late at a time; EAGAIN after that.
public enum Errand {
    /// How long a file system may take.
    ///
    /// - Units: milliseconds. Five seconds, which are for executables that have nothing else to do; PID 1 sets it to
    ///   `whileSupervising` when it has programs.
    nonisolated(unsafe) public static var patience: Int32 = 5000
    public static let whileSupervising: Int32 = 10
    /// For a configuration that a person wants read: a busy machine takes longer than it should.
    public static let forConfiguration: Int32 = 40

    /// The corresponding C function is `open`; O_CLOEXEC and O_NOCTTY always.
    public static func open(_ path: String, _ flags: Int32, mode: UInt32 = 0o666) throws(Errno) -> Descriptor {
        var descriptor: Int32 = -1
        try check(linux_errand_open(path, flags, mode, patience, &descriptor))
        return Descriptor(owning: descriptor)
    }

    /// All of a regular file; symbolic links are followed.
    ///
    /// - Throws: ENXIO for what is no regular file, EFBIG where there is more than `limit`.
    public static func contents(of path: String, limit: Int) throws(Errno) -> [UInt8] {
        var found = linux_errand_bytes()
        defer { linux_errand_free(&found) }
        try check(linux_errand_read(path, limit, patience, &found))
        guard Heap.canHave(found.count) else { throw .noMemory }
        return Array(UnsafeRawBufferPointer(start: found.bytes, count: found.count))
    }

    /// What is at a path; links are followed.
    public struct Status: Equatable, Sendable {
        public var isDirectory: Bool
        public var isRegular: Bool
        /// Of a directory: files can be made in it.
        public var isWritable: Bool
    }

    /// - Throws: ENOENT and the like, where nothing is there.
    public static func status(of path: String) throws(Errno) -> Status {
        // C ends a path at the first zero: such a path would name another file.
        guard !path.bytes.contains(0) else { throw .noEntry }
        let found = linux_patient_status(path, patience)
        try check(found.error)
        return Status(isDirectory: found.is_directory, isRegular: found.is_regular, isWritable: found.is_writable)
    }

    /// What execve would meet.
    public enum Lookup: Equatable, Sendable {
        /// The first of the paths that exists can be executed.
        case found(Int)
        /// It can't: EISDIR, ENOEXEC (nobody has the right) or EACCES (this process hasn't).
        case refused(Int, Errno)
        case missing
        /// There was no answer in time, or there are too many paths to ask about.
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

    /// Takes back what late calls have left; true while there are any. Ask again now and then.
    public static func settle() -> Bool { linux_errands_underway() > 0 }

    /// Before this process sleeps: gives the memory of the last one back.
    public static func rest() { linux_errand_rest() }

    /// This error is no answer: it may come when the same is asked again.
    public static func isLate(_ errno: Errno) -> Bool { errno == .timedOut || errno == .again }

    private static func check(_ error: Int32) throws(Errno) {
        if error != 0 { throw Errno(number: error) }
    }
}
