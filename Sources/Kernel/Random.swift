import CLinux

/// Unguessable numbers.
public enum Random {
    /// 64 of the kernel's random bits.
    ///
    /// - Throws: EAGAIN early in a machine's life, when there are no random bits yet: it never waits.
    public static func bits() throws(Errno) -> UInt64 {
        var bits: UInt64 = 0
        _ = try valueOrErrno { linux_random(&bits) }
        return bits
    }
}
