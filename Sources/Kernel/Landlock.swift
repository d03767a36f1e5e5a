import CLinux

/// Rules about the use of files that can restrict a process; restricting itself needs no privilege except
/// `no_new_privs`.
///
/// - Note: Descriptors that are open stay usable, and calls about names (stat, chdir) are not restricted.
public struct Landlock: ~Copyable {
    private let ruleset: Descriptor

    /// The kernel has Landlock and uses it.
    public static var isAvailable: Bool { linux_landlock_version() > 0 }

    /// A ruleset that allows nothing.
    ///
    /// - Parameter isTotal: also forbids everything else that Landlock covers, as far as the kernel supports it:
    ///   binding and connecting TCP sockets, signalling processes and using abstract sockets outside of the restricted
    ///   domain.
    /// - Throws: ENOSYS or EOPNOTSUPP if there is no Landlock.
    public init(isTotal: Bool = false) throws(Errno) {
        ruleset = Descriptor(owning: try valueOrErrno { linux_landlock_create(isTotal ? 1 : 0) })
    }

    /// Gives up the descriptor, for a `SpawnRequest`; the caller closes it.
    public consuming func take() -> Int32 { ruleset.take() }

    /// Allows reading and executing what is at a path and below it, or all uses.
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
