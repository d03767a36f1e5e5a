import CLinux

/// A file that holds this process's number for as long as it runs, locked, so that a second one with the same file notices.
public struct Pidfile: ~Copyable {
    public let path: String
    private let file: Descriptor

    /// - Throws: `.again` when a running process holds the file: it is left as it is.
    public init(at path: String) throws(Errno) {
        // Not truncated before it is ours.
        let file = try Descriptor.open(path, O_RDWR | O_CREAT, mode: 0o644)
        let number = file.number
        _ = try valueOrErrno { flock(number, LOCK_EX | LOCK_NB) }
        _ = try valueOrErrno { ftruncate(number, 0) }
        try file.writeAll("\(Process.id)\n".bytes)
        self.path = path
        self.file = file
    }

    /// Removes the file, unless somebody has put another one in its place.
    public consuming func remove() {
        var own = stat()
        var there = stat()
        guard fstat(file.number, &own) == 0, stat(path, &there) == 0 else { return }
        if own.st_dev == there.st_dev, own.st_ino == there.st_ino { _ = unlink(path) }
    }
}

extension Descriptor {
    /// All of it, or an error.
    borrowing func writeAll(_ bytes: [UInt8]) throws(Errno) {
        var rest = bytes[...]
        while !rest.isEmpty {
            var failure: Errno?
            let count = rest.withUnsafeBytes { buffer -> Int in
                do throws(Errno) {
                    return try write(buffer) ?? 0
                } catch {
                    failure = error
                    return 0
                }
            }
            if let failure { throw failure }
            if count == 0 { throw .noSpace }
            rest = rest.dropFirst(count)
        }
    }
}
