import CLinux

/// Files of others that are read while nobody may wait: a named pipe or a device in their place is refused, not read.
public enum RegularFile {
    public enum Failure: Error {
        case kernel(Errno)
        case isNotRegular
        /// There is more in it than the limit.
        case isTooLarge

        public var isMissing: Bool {
            if case .kernel(let errno) = self { errno == .noEntry || errno == .notDirectory } else { false }
        }
    }

    /// All of it, at most `limit` bytes. Symbolic links are followed: Kubernetes has secrets behind them.
    public static func contents(of path: String, limit: Int) throws(Failure) -> [UInt8] {
        let bytes: [UInt8]
        do throws(Errno) {
            let file = try File.reading(path)
            guard try FileStatus(of: file.number).kind == .regular else { throw Errno.isNotRegular }
            bytes = try File.contents(of: file.number, limit: limit + 1)
        } catch Errno.isNotRegular {
            throw .isNotRegular
        } catch {
            throw .kernel(error)
        }
        if bytes.count > limit { throw .isTooLarge }
        return bytes
    }
}

extension Errno {
    /// No number of the kernel's.
    fileprivate static let isNotRegular = Errno(number: -1)
}
