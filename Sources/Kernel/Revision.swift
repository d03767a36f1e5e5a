import CLinux

/// How often something has happened that may change what init says of its programs: a number in memory that init shares with the
/// gateway, which can tell without asking whether an answer still holds.
public enum Revision {
    /// Counted from the first call of `file` on; before the change can be seen in any answer.
    public static func advance() { linux_revision_advance() }

    /// What `RevisionPage` reads. Whoever has it can't write it.
    ///
    /// - Throws: EINVAL before Linux 5.1.
    public static func file() throws(Errno) -> Descriptor {
        let number = try valueOrErrno { linux_revision_file() }
        return Descriptor(owning: try File.duplicate(number))
    }
}

/// The other side.
public struct RevisionPage {
    private let page: UnsafePointer<UInt64>

    public init(file: Int32) throws(Errno) {
        guard let page = linux_revision_map(file) else { throw .last }
        self.page = UnsafePointer(page)
    }

    public var number: UInt64 { linux_revision_read(page) }
}
