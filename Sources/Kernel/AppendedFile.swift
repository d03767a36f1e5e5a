import CLinux

/// A log to append to. No call takes longer than `Errand.patience`, even on a file system that depends on a network or on
/// a program and has stopped answering.
public struct AppendedFile: ~Copyable {
    /// -1 for a remote file.
    public private(set) var number: Int32
    /// Of a remote file, which is open only while a helper process writes to it. That takes 100 microseconds.
    private let path: String
    private let owner: UInt32

    /// - Parameter number: open for appending.
    init(owning number: Int32, _ path: String, _ owner: FileOwner?, _ trust: linux_trust) {
        let isRemote = trust.is_remote && trust.status.mode & 0o170000 == 0o100000
        if isRemote { linux_patient_close(number, Errand.patience) }
        self.number = isRemote ? -1 : number
        self.path = isRemote ? path : ""
        self.owner = owner?.uid ?? linux_trust_nobody
    }

    deinit { Descriptor.close(number) }

    public var isRemote: Bool { number < 0 }

    /// For what turned out to be no regular file, and therefore isn't remote.
    public consuming func descriptor() -> Descriptor {
        let taken = number
        number = -1
        return Descriptor(owning: taken)
    }

    /// The corresponding C function is `write`; 0 if it would block. Returns how many bytes were accepted.
    public borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        try File.write(number, bytes) ?? 0
    }

    /// Appends to a remote file, and rotates it if it is full then. Returns how many bytes were accepted, and what has
    /// kept it from being rotated. The write may be late: `isBusy`.
    ///
    /// - Parameters:
    ///   - maxBytes: 0: no limit.
    ///   - backups: how many are kept; 0: the log is truncated instead.
    /// - Throws: ETIMEDOUT while an earlier write is late, EAGAIN if too many are: `Errand.isLate`.
    public borrowing func writeRemotely(
        _ bytes: UnsafeRawBufferPointer, maxBytes: Int, backups: Int
    ) throws(Errno) -> (count: Int, rotation: Errno?) {
        var appended = linux_appended()
        let limits = linux_log_limits(most_bytes: Int64(maxBytes), backups: Int32(clamping: backups))
        let error = linux_patient_append(
            path, owner, bytes.baseAddress, bytes.count, limits, Errand.patience, &appended)
        if error != 0 { throw Errno(number: error) }
        return (appended.count, appended.rotation_error == 0 ? nil : Errno(number: appended.rotation_error))
    }

    /// Whether a late write continues.
    public var isBusy: Bool {
        @inline(never) get { isRemote && linux_patient_is_appending(path) }
    }
}
