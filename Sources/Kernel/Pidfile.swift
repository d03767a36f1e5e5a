import CLinux

/// A file that holds this process's pid as long as it runs, locked, so that a second process with the same file
/// notices.
///
/// Any process that can read the file can lock it. So this uses a lock that identifies its holder, and the lock counts
/// only if the holder is a process of root or of this process's user.
public struct Pidfile: ~Copyable {
    public let path: String
    private let file: Descriptor
    /// A device such as /dev/null stays where it is.
    private let isRegular: Bool

    public enum PidfileError: Error {
        /// A running process has this file as its pidfile: leave it alone.
        case held(pid: Int32)
        case failed(TrustError)

        public var sentence: String {
            switch self {
            case .held(let pid): "another running process holds it (pid \(pid))"
            case .failed(let failure): failure.description
            }
        }
    }

    public init(at path: String) throws(PidfileError) {
        let file: Descriptor
        do throws(TrustError) {
            // Not truncated before the lock is ours.
            file = try TrustedFile.open(path, O_RDWR | O_CREAT, mode: 0o644, owner: nil)
        } catch {
            throw .failed(error)
        }
        let holder = linux_lock_holder(file.number)
        if holder > 0 {
            let user = linux_process_user(holder)
            if user == 0 || user == Int64(geteuid()) { throw .held(pid: holder) }
        }
        linux_lock_shared(file.number)
        let number = file.number
        let status = try? FileStatus(of: number)
        let isRegular = status?.kind == .regular
        do throws(Errno) {
            // Not an empty file: ext4 would write it to the disk when it is closed.
            if isRegular, status?.size != 0 { _ = try valueOrErrno { ftruncate(number, 0) } }
            try file.writeAll("\(SystemProcess.id)\n".bytes)
        } catch {
            throw .failed(TrustError(error))
        }
        self.path = path
        self.file = file
        self.isRegular = isRegular
    }

    /// Removes the file, unless another one has taken its place.
    public consuming func remove() {
        if isRegular { try? TrustedFile.remove(path, ifStill: file.number) }
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
