/// When a log file is full. `linux_trusted_rotate` rotates it: `log` becomes `log.1`, `log.1` becomes `log.2`, ...
///
/// - Source: supervisord's RotatingFileHandler, which looks after each write, keeps at most `backups` files and
///   passes over numbers that are missing.
public enum Rotation {
    /// True if a file that has grown to `size` must be rotated. `maxBytes` 0 means never.
    public static func isDue(size: Int, maxBytes: Int) -> Bool {
        maxBytes > 0 && size >= maxBytes
    }
}
