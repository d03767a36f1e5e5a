import CLinux

/// What `stat` reports about a file, such as one that is about to be executed.
public struct Executable: Equatable, Sendable {
    public let isDirectory: Bool
    /// The twelve permission bits.
    public let permissions: UInt32
    public let owner: UInt32

    /// Follows links; nil if the path can't be examined.
    public init?(at path: String) {
        var found = stat()
        guard stat(path, &found) == 0 else { return nil }
        isDirectory = UInt32(found.st_mode) & 0o170000 == 0o040000
        permissions = UInt32(found.st_mode) & 0o7777
        owner = found.st_uid
    }

    /// Whether this process may execute the file. The corresponding C function is `access`.
    public static func isPermitted(_ path: String) -> Bool { access(path, X_OK) == 0 }
}

extension Descriptor {
    /// Opens `/dev/null` for reading and writing.
    public static func null() throws(Errno) -> Descriptor { try open("/dev/null", O_RDWR) }
}

extension SystemProcess {
    /// For `--migrate FILE...` as the arguments of this process becomes `ctl`, of the folder of this executable.
    @inline(__always)
    public static func migrateIfAsked(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) {
        linux_migrate(count, arguments)
    }
}
