import Kernel

/// Where a log file is, and how it rotates.
final class LogFile {
    let path: String
    /// The program's user, who may own the file; nil if the program runs as init's user.
    let owner: FileOwner?
    /// Bytes; 0 never rotates.
    let maxBytes: Int
    /// Rotated files kept; 0 truncates.
    let backups: Int

    init(_ path: String, owner: FileOwner?, maxBytes: Int, backups: Int) {
        self.path = path
        self.owner = owner
        self.maxBytes = maxBytes
        self.backups = backups
    }
}
