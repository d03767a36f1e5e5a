import Kernel

/// A log that another process can read: the answer of `reeve.openLog`.
struct OpenedLog: ~Copyable {
    /// Empty for a copy of the tail in memory.
    let path: String
    /// Bytes.
    let size: Int
    let file: Descriptor

    /// - Throws: ENOENT if there is no such file, or if it can't be read from any position. In a folder that is open to
    ///   others, the file must belong to root, to init's user or to `owner`.
    init(path: String, owner: FileOwner?) throws(Errno) {
        let opened: Descriptor
        do throws(TrustError) {
            opened = try TrustedFile.reading(path, owner: owner)
        } catch {
            throw error.errno
        }
        let status = try FileStatus(of: opened.number)
        guard status.kind == .regular else { throw .noEntry }
        self.path = path
        size = status.size
        file = consume opened
    }

    init(copying bytes: [UInt8], name: String) throws(Errno) {
        path = ""
        size = bytes.count
        file = try MemoryFile.make(named: name, holding: bytes)
    }
}
