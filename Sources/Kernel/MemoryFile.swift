import CLinux

/// A file without a name, in memory: how init passes long answers and tails.
public enum MemoryFile {
    /// The corresponding C function is `memfd_create`. The position is at the start.
    public static func make(named name: String, holding bytes: [UInt8]) throws(Errno) -> Descriptor {
        let file = Descriptor(owning: try valueOrErrno { linux_memory_file(name) })
        if bytes.isEmpty { return file }
        try append(bytes, to: file.number)
        try rewind(file.number)
        return file
    }

    /// Writes all of `bytes` at the position.
    public static func append(_ bytes: [UInt8], to number: Int32) throws(Errno) {
        var failure: Errno?
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty, failure == nil {
                do throws(Errno) {
                    guard let count = try File.write(number, UnsafeRawBufferPointer(rebasing: rest)), count > 0 else {
                        throw .noSpace
                    }
                    rest = rest.dropFirst(count)
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
    }

    /// Moves the position back to the start.
    public static func rewind(_ number: Int32) throws(Errno) {
        _ = try valueOrErrno { lseek(number, 0, SEEK_SET) }
    }
}
