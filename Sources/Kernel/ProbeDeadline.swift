import CLinux

/// Ends this process with exit code 1 and a line on stdout when time is up, whatever it waits for.
public enum ProbeDeadline {
    /// - Parameter milliseconds: > 0.
    public static func begin(milliseconds: Int, message: [UInt8]) {
        linux_deadline(Int64(milliseconds), message, message.count)
    }
}
