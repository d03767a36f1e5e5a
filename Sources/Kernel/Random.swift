import CLinux

/// Unguessable numbers.
public enum Random {
    /// 64 of the kernel's random bits.
    ///
    /// - Throws: EAGAIN early after boot, while the kernel has no random bits yet: this never waits for them.
    public static func bits() throws(Errno) -> UInt64 {
        var bits: UInt64 = 0
        _ = try valueOrErrno { linux_random(&bits) }
        return bits
    }
}
