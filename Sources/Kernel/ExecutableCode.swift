import CLinux

/// The pages of the executable that this process has mapped.
public enum ExecutableCode {
    /// Unmaps them. The kernel keeps them in its page cache and maps each one again when it is used, without reading
    /// from the file.
    ///
    /// Much of `init` only reads a configuration (Sources/CLinux/sections.ld); after that, this halves its memory.
    public static func release() { linux_code_release() }
}
