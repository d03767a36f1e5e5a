import CLinux

/// Counts what may change `init`'s reports about its programs. The number is in memory that `init` shares with the
/// gateway, so that the gateway can tell without asking whether an answer still holds.
public enum Revision {
    /// Increments the number; call it before the change shows in any answer. Does nothing before the first call of
    /// `file`.
    public static func advance() { linux_revision_advance() }

    /// The file that `RevisionPage` reads. Other processes that have it can't write to it.
    ///
    /// - Throws: EINVAL before Linux 5.1.
    public static func file() throws(Errno) -> Descriptor {
        let number = try valueOrErrno { linux_revision_file() }
        return Descriptor(owning: try File.duplicate(number))
    }
}

/// The reading side.
public struct RevisionPage {
    private let page: UnsafePointer<UInt64>

    public init(file: Int32) throws(Errno) {
        guard let page = linux_revision_map(file) else { throw .last }
        self.page = UnsafePointer(page)
    }

    public var number: UInt64 { linux_revision_read(page) }
}
