import CLinux

/// What a descriptor or a path is.
public struct FileStatus: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        case regular, pipe, socket, character, block, folder, other
    }

    public let kind: Kind
    /// Bytes of a regular file.
    public let size: Int
    /// Equal for two descriptors of the same object.
    public let identity: Identity

    public struct Identity: Equatable, Sendable {
        public let device: UInt64
        public let inode: UInt64
        let special: UInt64
    }

    /// The corresponding C function is `fstat`.
    public init(of descriptor: Int32) throws(Errno) {
        var status = linux_status()
        _ = try valueOrErrno { linux_status_of(descriptor, nil, &status) }
        self.init(status)
    }

    /// The corresponding C function is `stat`: symbolic links are followed.
    public init(at path: String) throws(Errno) {
        var status = linux_status()
        _ = try valueOrErrno { linux_status_of(-1, path, &status) }
        self.init(status)
    }

    private init(_ status: linux_status) {
        kind =
            switch status.mode & 0o170000 {
            case 0o100000: .regular
            case 0o010000: .pipe
            case 0o140000: .socket
            case 0o020000: .character
            case 0o060000: .block
            case 0o040000: .folder
            default: .other
            }
        size = Int(clamping: status.size)
        identity = Identity(device: status.device, inode: status.inode, special: status.special)
    }
}

/// Calls on files by name.
extension File {
    /// For reading; never waits for the writer of a named pipe.
    public static func reading(_ path: String) throws(Errno) -> Descriptor {
        try Descriptor.open(path, O_RDONLY | O_NONBLOCK)
    }

    /// The position of the next byte; after a write in append mode, the file's size. The corresponding C function is
    /// `lseek`.
    public static func position(_ number: Int32) throws(Errno) -> Int {
        Int(clamping: try valueOrErrno { lseek(number, 0, SEEK_CUR) })
    }

    /// At most the last `limit` bytes of a regular file.
    public static func end(of path: String, _ limit: Int) throws(Errno) -> [UInt8] {
        let file = try reading(path)
        return try end(of: file.number, limit)
    }

    static func end(of file: Int32, _ limit: Int) throws(Errno) -> [UInt8] {
        let status = try FileStatus(of: file)
        guard status.kind == .regular else { return [] }
        let start = max(status.size - max(limit, 0), 0)
        var bytes = [UInt8](repeating: 0, count: status.size - start)
        var failure: Errno?
        let count = bytes.withUnsafeMutableBytes { buffer -> Int in
            do throws(Errno) {
                return try read(file, at: start, into: buffer)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// The target of a symbolic link; nil if `path` is not a link or can't be read.
    public static func linkTarget(_ path: String) -> String? {
        var target = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &target, target.count)
        guard count > 0, count < target.count else { return nil }
        return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The names in a folder that contain `part`, without `.` and `..`; at most `limit`, in no order.
    public static func names(
        in folder: String, containing part: String = "", limit: Int = 100_000
    ) throws(Errno) -> [String] {
        guard let listing = opendir(folder) else { throw Errno.last }
        defer { closedir(listing) }
        let part = Array(part.utf8CString)
        var names: [String] = []
        while names.count < limit, let entry = readdir(listing) {
            // Builds strings only for names that match: /tmp may hold thousands of names.
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    contains($0, part) && !isFolderItself($0) ? String(cString: $0) : nil
                }
            }
            if let name { names.append(name) }
        }
        return names
    }

    /// A `strstr` with less code: the C library's has kilobytes for long strings. `part` ends with a zero byte.
    private static func contains(_ name: UnsafePointer<CChar>, _ part: [CChar]) -> Bool {
        var rest = name
        while rest.pointee != part[0] || strncmp(rest, part, part.count - 1) != 0 {
            if rest.pointee == 0 { return false }
            rest += 1
        }
        return true
    }

    private static func isFolderItself(_ name: UnsafePointer<CChar>) -> Bool {
        strcmp(name, ".") == 0 || strcmp(name, "..") == 0
    }

    /// Eight random characters of `[a-z0-5]`.
    static func randomName() -> String {
        var random = [CChar](repeating: 0, count: 9)
        linux_random_name(&random, 8)
        return String(decoding: random[..<8].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The index of the first `byte` in `bytes`.
    public static func firstIndex(of byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int? {
        let index = linux_first_index(bytes.baseAddress, bytes.count, Int32(byte))
        return index < 0 ? nil : index
    }

    /// The index of the last `byte` in `bytes`.
    public static func lastIndex(of byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int? {
        let index = linux_last_index(bytes.baseAddress, bytes.count, Int32(byte))
        return index < 0 ? nil : index
    }
}
