import CLinux

/// A set of rules about the use of files, which a process can be restricted by; it needs no privilege but `no_new_privs`.
///
/// - Note: Descriptors that are open stay usable, and calls about names (stat, chdir) are not restricted.
public struct Landlock: ~Copyable {
    private let ruleset: Descriptor

    /// The kernel has it and uses it.
    public static var isAvailable: Bool { linux_landlock_version() > 0 }

    /// Nothing is allowed.
    ///
    /// - Parameter isTotal: nothing else that Landlock knows is, either: to bind or connect TCP sockets, to signal processes and
    ///   to use abstract sockets that are not restricted by it, too. Each as far as the kernel has it.
    /// - Throws: ENOSYS or EOPNOTSUPP where there is no Landlock.
    public init(isTotal: Bool = false) throws(Errno) {
        ruleset = Descriptor(owning: try valueOrErrno { linux_landlock_create(isTotal ? 1 : 0) })
    }

    /// The descriptor, for a `SpawnRequest`; the caller closes it.
    public consuming func take() -> Int32 { ruleset.take() }

    /// What is at a path and below it may be read and executed, or used in every way.
    public func allow(_ path: String, isWritable: Bool = false) throws(Errno) {
        let file = try Errand.open(path, Int32(linux_open_path))
        let kind = isWritable ? linux_landlock_write : linux_landlock_read
        _ = try valueOrErrno { linux_landlock_allow(ruleset.number, file.number, Int32(kind)) }
    }

    /// Restricts the calling thread and those that it starts.
    public func restrict() throws(Errno) {
        _ = try valueOrErrno { linux_set_no_new_privileges() }
        _ = try valueOrErrno { linux_landlock_restrict(ruleset.number) }
    }
}
