/// What this is, and what it speaks.
public enum Version {
    public static let name = "Reeve"
    public static let number = "0.1.0"
    /// The supervisord whose configuration, protocol and command line are spoken here.
    public static let supervisord = "4.3.0"
}
