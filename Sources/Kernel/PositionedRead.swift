import CLinux

extension File {
    /// Reads from `offset` on without changing the description's own position; 0 at the end of the file.
    ///
    /// The corresponding C function is `pread`.
    public static func read(
        _ number: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        try valueOrErrno { pread(number, buffer.baseAddress, buffer.count, off_t(offset)) }
    }

    /// The size of an open file in bytes.
    public static func size(of number: Int32) throws(Errno) -> Int {
        var entry = stat()
        _ = try valueOrErrno { fstat(number, &entry) }
        return Int(entry.st_size)
    }

    /// All of a seekable file, whatever its position; nil if it is longer than `limit` bytes.
    public static func whole(_ number: Int32, limit: Int) throws(Errno) -> [UInt8]? {
        let size = try size(of: number)
        guard size <= limit else { return nil }
        var bytes = [UInt8](repeating: 0, count: max(size, 0))
        var done = 0
        while done < bytes.count {
            var result: Result<Int, Errno> = .success(0)
            bytes.withUnsafeMutableBytes { buffer in
                do throws(Errno) {
                    let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                    result = .success(try read(number, at: done, into: rest))
                } catch {
                    result = .failure(error)
                }
            }
            let count = try result.get()
            if count == 0 { break }
            done += count
        }
        bytes.removeLast(bytes.count - done)
        return bytes
    }
}

extension File {
    /// When an open file was last written to, in seconds since 1970.
    public static func modified(_ number: Int32) throws(Errno) -> Int {
        var entry = stat()
        _ = try valueOrErrno { fstat(number, &entry) }
        return Int(entry.st_mtim.tv_sec)
    }

    /// A second descriptor of the same open file, which programs that this process executes inherit.
    ///
    /// The corresponding C function is `dup`.
    public static func duplicate(_ number: Int32) throws(Errno) -> Int32 {
        try valueOrErrno { dup(number) }
    }
}
