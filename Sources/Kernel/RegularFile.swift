import CLinux

/// Reads files that others may control, without waiting: rejects a named pipe or a device in their place instead of
/// reading it.
public enum RegularFile {
    /// All of it, at most `limit` bytes. Follows symbolic links, since Kubernetes keeps secrets behind them.
    ///
    /// - Throws: ENXIO for anything but a regular file, as the kernel does for a socket; EFBIG if there is more than
    ///   `limit`.
    public static func contents(of path: String, limit: Int) throws(Errno) -> [UInt8] {
        let file = try File.reading(path)
        guard try FileStatus(of: file.number).kind == .regular else { throw .noDevice }
        let bytes = try File.contents(of: file.number, limit: limit + 1)
        if bytes.count > limit { throw .fileTooLarge }
        return bytes
    }
}

extension Errno {
    public static let noDevice = Errno(number: ENXIO)
    public static let fileTooLarge = Errno(number: EFBIG)

    /// Whether the error means that the file doesn't exist.
    public var isMissing: Bool { self == .noEntry || self == .notDirectory }
}
