import Kernel

/// A log for somebody else to read: what `reeve.openLog` answers.
struct OpenedLog: ~Copyable {
    /// Empty for a copy of the tail in memory.
    let path: String
    /// Bytes.
    let size: Int
    let file: Descriptor

    /// - Throws: ENOENT when there's no such file, or when it is none that can be read from any place.
    ///   Where others could have laid it, only a file of root's, of init's user or of `owner`.
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
