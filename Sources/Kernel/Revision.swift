import CLinux

/// How often something has happened that may change what init reports about its programs: a number in memory that init
/// shares with the gateway, so that the gateway can tell without asking whether an answer still holds.
public enum Revision {
    /// Counts from the first call of `file` on, before the change shows in any answer.
    public static func advance() { linux_revision_advance() }

    /// What `RevisionPage` reads. A process that has it can't write to it.
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
