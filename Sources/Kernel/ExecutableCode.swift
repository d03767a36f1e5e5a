import CLinux

/// The pages of the executable that this process has mapped.
public enum ExecutableCode {
    /// Unmaps them. The kernel keeps them in its page cache and maps each one again when it is used, without reading
    /// from the file.
    ///
    /// `init` sleeps most of the time, and needs little of its code for what happens often: this halves its memory.
    public static func release() { linux_code_release() }
}
