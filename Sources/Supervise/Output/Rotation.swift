/// When a log file is full. How it is put aside is `linux_trusted_rotate`'s: `log` becomes `log.1`, `log.1` becomes `log.2`, ...
///
/// - Source: supervisord's RotatingFileHandler, which looks after each write, keeps at most `backups` files and
///   passes over numbers that are missing.
public enum Rotation {
    /// True when a file that has grown to `size` is to be put aside. `maxBytes` 0 means never.
    public static func isDue(size: Int, maxBytes: Int) -> Bool {
        maxBytes > 0 && size >= maxBytes
    }
}
