/// The name and version of this software, and what it speaks.
public enum Version {
    public static let name = "Reeve"
    public static let number = "0.1.0"
    /// The supervisord version whose configuration, protocol and command line it speaks.
    public static let supervisord = "4.3.0"
}
