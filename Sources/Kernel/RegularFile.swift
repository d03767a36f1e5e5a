import CLinux

/// Files of others that are read while nobody may wait: a named pipe or a device in their place is refused, not read.
public enum RegularFile {
    /// All of it, at most `limit` bytes. Symbolic links are followed: Kubernetes has secrets behind them.
    ///
    /// - Throws: ENXIO for what is no regular file, as the kernel for a socket; EFBIG where there is more than `limit`.
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

    /// A file is not there.
    public var isMissing: Bool { self == .noEntry || self == .notDirectory }
}
