import CLinux

/// What `stat` says of a file, one that is about to be executed, say.
public struct Executable: Equatable, Sendable {
    public let isDirectory: Bool
    /// The twelve permission bits.
    public let permissions: UInt32
    public let owner: UInt32

    /// Follows links; nil when there is nothing that can be looked at.
    public init?(at path: String) {
        var found = stat()
        guard stat(path, &found) == 0 else { return nil }
        isDirectory = UInt32(found.st_mode) & 0o170000 == 0o040000
        permissions = UInt32(found.st_mode) & 0o7777
        owner = found.st_uid
    }

    /// This process may execute it. The corresponding C function is `access`.
    public static func isPermitted(_ path: String) -> Bool { access(path, X_OK) == 0 }
}

extension Descriptor {
    /// `/dev/null`, to read from and to write to.
    public static func null() throws(Errno) -> Descriptor { try open("/dev/null", O_RDWR) }
}
