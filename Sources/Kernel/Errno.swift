import CLinux

/// A kernel error number, read once, right after the call.
public struct Errno: Error, Equatable, Hashable, Sendable {
    public let number: Int32

    public init(number: Int32) {
        self.number = number
    }

    /// The calling thread's errno.
    public static var last: Errno { Errno(number: linux_errno()) }

    public static let again = Errno(number: EAGAIN)
    public static let interrupted = Errno(number: EINTR)
    public static let noEntry = Errno(number: ENOENT)
    public static let noChild = Errno(number: ECHILD)
    public static let noSuchProcess = Errno(number: ESRCH)
    public static let notPermitted = Errno(number: EPERM)
    public static let access = Errno(number: EACCES)
    public static let tooManyFiles = Errno(number: EMFILE)
    public static let tooManyFilesInSystem = Errno(number: ENFILE)
    public static let noSpace = Errno(number: ENOSPC)
    public static let exists = Errno(number: EEXIST)
    public static let pipe = Errno(number: EPIPE)
    public static let connectionRefused = Errno(number: ECONNREFUSED)
    public static let addressInUse = Errno(number: EADDRINUSE)
    public static let invalid = Errno(number: EINVAL)
    public static let noMemory = Errno(number: ENOMEM)
    public static let notDirectory = Errno(number: ENOTDIR)
    public static let readOnly = Errno(number: EROFS)
    public static let busy = Errno(number: EBUSY)
    public static let isDirectory = Errno(number: EISDIR)
    public static let timedOut = Errno(number: ETIMEDOUT)
    public static let noExecFormat = Errno(number: ENOEXEC)

    /// `ENOENT`; the bare number for one that is not in the table.
    public var name: String {
        if let name = linux_errno_name(number) { return String(cString: name) }
        return "\(number)"
    }

    /// `No such file or directory`.
    public var text: String { String(cString: strerror(number)) }

    /// `No such file or directory (ENOENT)`: what log lines and messages show.
    public var description: String { "\(text) (\(name))" }
}

/// Repeats a call that a signal interrupted; -1 becomes the thrown errno.
@inline(__always)
func valueOrErrno<Result: SignedInteger>(_ call: () -> Result) throws(Errno) -> Result {
    while true {
        let result = call()
        if result != -1 { return result }
        let errno = Errno.last
        if errno != .interrupted { throw errno }
    }
}
