/// A program's wanted capability sets: libcap's inheritable-ambient-bounding tuple. Bit n is capability n.
public struct CapabilitySets: Equatable, Sendable {
    /// Removed from the bounding set (`!cap_x`), and so from what the program has when it is executed.
    public var dropped: UInt64
    /// `%cap_x` or `cap_x`; what `^cap_x` names is in it, too.
    public var inheritable: UInt64
    /// `^cap_x`: what a program has that isn't root's and has no file capabilities.
    public var ambient: UInt64

    public init(dropped: UInt64, inheritable: UInt64, ambient: UInt64) {
        self.dropped = dropped
        self.inheritable = inheritable
        self.ambient = ambient
    }

    /// No capability at all, nor a way to gain one.
    public static let none = CapabilitySets(dropped: .max, inheritable: 0, ambient: 0)

    /// All that are mentioned.
    var named: UInt64 { dropped | inheritable | ambient }
}

/// The capabilities that decisions depend on.
///
/// - Source: linux/capability.h.
public enum Capability: UInt64 {
    case chown = 0
    case dacOverride = 1
    case kill = 5
    case setgid = 6
    case setuid = 7
    case setpcap = 8
    case netBindService = 10
    case sysNice = 23
    case sysResource = 24

    public var bit: UInt64 { 1 << rawValue }
}
