import CLinux

/// The pages of the executable that this process has mapped.
public enum ExecutableCode {
    /// Unmaps them. The kernel keeps them in its page cache, and maps those that are used again, without reading a file.
    ///
    /// Much of init only reads a configuration (Sources/CLinux/sections.ld): after that it takes half the memory.
    public static func release() { linux_code_release() }
}
