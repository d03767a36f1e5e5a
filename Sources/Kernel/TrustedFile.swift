import CLinux

/// Opens files by name where others may have planted something: logs and the pidfile.
///
/// If a folder of the path is open to others (a user who is neither root nor this process's may change its content), no
/// link is followed, and the file must be a regular one with a single name that belongs to root, to this process's user
/// or to `owner`. Elsewhere everything is as in `open`: links, named pipes, devices.
///
/// A file system that doesn't answer within 10 ms causes ETIMEDOUT, as in `Errand`.
public enum TrustedFile {
    /// For appending, created if missing; never waits. A named pipe needs no reader.
    ///
    /// - Parameter owner: another user who may own the file: the program's.
    public static func append(_ path: String, owner: FileOwner?) throws(TrustError) -> AppendedFile {
        let (number, trust) = try made(path, owner) {
            linux_patient_open(path, O_WRONLY | O_APPEND | O_CREAT, 0o666, $0, &$1, Errand.patience)
        }
        return AppendedFile(owning: number, path, owner, trust)
    }

    /// For reading; never waits for the writer of a named pipe.
    public static func reading(_ path: String, owner: FileOwner?) throws(TrustError) -> Descriptor {
        try open(path, O_RDONLY, owner: owner)
    }

    static func open(
        _ path: String, _ flags: Int32, mode: UInt32 = 0, owner: FileOwner?
    ) throws(TrustError) -> Descriptor {
        let (number, _) = try made(path, owner) { linux_patient_open(path, flags, mode, $0, &$1, Errand.patience) }
        return Descriptor(owning: number)
    }

    /// Rotates a full log, which is not remote, to `log.1`, and opens a new one for appending. If the path no longer leads
    /// to `file`, another process has rotated it: then this only opens the new one.
    ///
    /// - Parameter backups: how many are kept; 0: the log is truncated instead.
    public static func rotate(
        _ path: String, _ file: borrowing AppendedFile, backups: Int, owner: FileOwner?
    ) throws(TrustError) -> AppendedFile {
        let old = file.number
        let (number, trust) = try made(path, owner) {
            linux_patient_rotate(path, old, Int32(clamping: backups), $0, &$1, Errand.patience)
        }
        return AppendedFile(owning: number, path, owner, trust)
    }

    /// Calls again if the file turns out to be the program's user's.
    private static func made(
        _ path: String, _ owner: FileOwner?, _ call: (UInt32, inout linux_trust) -> Int32
    ) throws(TrustError) -> (number: Int32, trust: linux_trust) {
        var trust = linux_trust()
        var number = call(owner?.uid ?? linux_trust_nobody, &trust)
        if number < 0, trust.reason == linux_trust_owner, let owner, owner.isNow(trust.owner) {
            number = call(trust.owner, &trust)
        }
        if number < 0 { throw TrustError(path, trust) }
        return (number, trust)
    }

    /// Removes the name; a link, not its target.
    ///
    /// - Parameter file: only if the path still leads to it.
    public static func remove(_ path: String, ifStill file: Int32? = nil) throws(TrustError) {
        var trust = linux_trust()
        if linux_patient_remove(path, file ?? -1, &trust, Errand.patience) < 0 { throw TrustError(path, trust) }
    }

    /// Replaces the content of a file, which is created if it is missing. A helper process does all of it, so a file
    /// system that doesn't answer delays this one for `Errand.patience` at most; a late write continues.
    ///
    /// - Parameter bytes: at most 4096.
    public static func write(_ bytes: [UInt8], to path: String) throws(TrustError) {
        var trust = linux_trust()
        let result = bytes.withUnsafeBytes {
            linux_patient_write(path, $0.baseAddress, $0.count, &trust, Errand.patience)
        }
        if result < 0 { throw TrustError(path, trust) }
    }

    /// Before this process sleeps: closes the folder that was used last.
    public static func rest() { linux_patient_rest() }

    /// The target of a symbolic link that others can't have planted; nil if `path` is not one.
    public static func linkTarget(_ path: String) -> String? {
        var target = [CChar](repeating: 0, count: 4096)
        var trust = linux_trust()
        let count = linux_patient_link(path, &target, target.count, &trust, Errand.patience)
        guard count > 0, count < target.count else { return nil }
        return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// At most the last `limit` bytes; empty for anything but a regular file.
    public static func end(of path: String, _ limit: Int, owner: FileOwner?) throws(TrustError) -> [UInt8] {
        let file = try reading(path, owner: owner)
        do throws(Errno) {
            return try File.end(of: file.number, limit)
        } catch {
            throw TrustError(error)
        }
    }

    /// Creates a new, empty file named `prefix` + 8 random characters + `suffix`, mode 0600. Returns its path.
    public static func makeUnique(in folder: String, prefix: String, suffix: String) throws(TrustError) -> String {
        var failure = TrustError(.exists)
        for _ in 0..<100 {
            let path = "\(folder)/\(prefix)\(File.randomName())\(suffix)"
            do throws(TrustError) {
                _ = try open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600, owner: nil)
                return path
            } catch {
                failure = error
                if error.errno != .exists { break }
            }
        }
        throw failure
    }
}

/// A user who may own a file, looked up only when that matters: the lookup reads account files.
public final class FileOwner {
    /// The last result of the lookup.
    private(set) var uid: UInt32?
    private let find: () -> UInt32?

    public init(_ find: @escaping () -> UInt32?) {
        self.find = find
    }

    fileprivate func isNow(_ uid: UInt32) -> Bool {
        self.uid = find()
        return self.uid == uid
    }
}

/// Why a file could not be opened: the kernel's reason, or what others have planted in its way.
public struct TrustError: Error, Equatable, Sendable {
    public enum Reason: Equatable, Sendable {
        case kernel
        case link, kind
        case owner(UInt32)
        case names(UInt32)
    }

    public let errno: Errno
    public let reason: Reason
    /// What the reason is about: the path, or a folder on the way. Empty for `kernel`.
    public let place: String

    public init(_ errno: Errno) {
        self.errno = errno
        reason = .kernel
        place = ""
    }

    init(_ path: String, _ trust: linux_trust) {
        errno = Errno(number: trust.error)
        switch trust.reason {
        case linux_trust_link: reason = .link
        case linux_trust_kind: reason = .kind
        case linux_trust_owner: reason = .owner(trust.owner)
        case linux_trust_names: reason = .names(trust.names)
        default: reason = .kernel  // an enumeration from C has other values, too
        }
        let place = path.bytes.prefix(Int(trust.end))
        self.place = reason == .kernel ? "" : String(decoding: place, as: UTF8.self)
    }

    /// Whether the message needs more than the error's name.
    public var isRefusal: Bool { reason != .kernel }

    /// `No such file or directory (ENOENT)`, or a sentence about `place`.
    public var description: String {
        switch reason {
        case .kernel: errno.description
        case .link: "\(place) is a symbolic link, \(Self.why)"
        case .kind: "\(place) is not a regular file, \(Self.why)"
        case .owner(let uid):
            "\(place) belongs to uid \(uid), \(Self.why) (a file there must belong to root, init or the program's user)"
        case .names(let count): "\(place) has \(count) hard links, \(Self.why)"
        }
    }

    private static let why =
        "in a folder that others can write to: not opened, since another user could have put it there"
}
