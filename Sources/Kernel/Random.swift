import CLinux

/// Numbers that nobody can guess.
public enum Random {
    /// 64 of the kernel's random bits.
    ///
    /// - Throws: EAGAIN early in a machine's life, when there are none yet: it never waits.
    public static func bits() throws(Errno) -> UInt64 {
        var bits: UInt64 = 0
        _ = try valueOrErrno { linux_random(&bits) }
        return bits
    }
}
