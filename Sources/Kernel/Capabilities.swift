import CCap
import CLinux

/// Capabilities by name, through libcap, and this process's own sets. Bit n of a set is capability n.
public enum Capabilities {
    /// An inheritable-ambient-bounding tuple.
    public struct Sets: Equatable, Sendable {
        /// Removed from the bounding set.
        public var dropped: UInt64
        public var inheritable: UInt64
        public var ambient: UInt64

        public init(dropped: UInt64, inheritable: UInt64, ambient: UInt64) {
            self.dropped = dropped
            self.inheritable = inheritable
            self.ambient = ambient
        }

        /// No capability, and no way to gain one.
        public static let nothing = Sets(dropped: .max, inheritable: 0, ambient: 0)
    }

    /// Parses a text such as `^cap_net_bind_service`; nil if it is malformed. The corresponding function is libcap's
    /// `cap_iab_from_text`.
    public static func sets(_ text: String) -> Sets? {
        linux_capabilities_begin()
        guard let tuple = cap_iab_from_text(text) else { return nil }
        defer { cap_free(UnsafeMutableRawPointer(tuple)) }
        var sets = Sets(dropped: 0, inheritable: 0, ambient: 0)
        for number: cap_value_t in 0..<64 {
            let bit = UInt64(1) << UInt64(number)
            if cap_iab_get_vector(tuple, CAP_IAB_BOUND, number) == CAP_SET { sets.dropped |= bit }
            if cap_iab_get_vector(tuple, CAP_IAB_INH, number) == CAP_SET { sets.inheritable |= bit }
            if cap_iab_get_vector(tuple, CAP_IAB_AMB, number) == CAP_SET { sets.ambient |= bit }
        }
        return sets
    }

    /// `cap_chown` for 0; nil for a number that libcap has no name for.
    public static func name(_ number: Int) -> String? {
        linux_capabilities_begin()
        // For numbers beyond its table libcap returns the number as text.
        guard (0...Int(CAP_LAST_CAP)).contains(number), let text = cap_to_name(cap_value_t(number)) else { return nil }
        defer { cap_free(text) }
        return String(cString: text)
    }

    /// The names, separated by commas; `none` for the empty set.
    public static func names(_ set: UInt64) -> String {
        var text = ""
        for number in 0..<64 where set >> UInt64(number) & 1 == 1 {
            guard let name = name(number) else { continue }
            text += text.isEmpty ? name : ",\(name)"
        }
        return text.isEmpty ? "none" : text
    }

    /// This process's permitted set.
    public static var permitted: UInt64 { linux_capabilities_permitted() }

    /// The capabilities that a program executed by this process inherits even if it isn't root.
    public static var ambient: UInt64 { linux_capabilities_ambient() }

    /// Drops all other capabilities, permanently.
    public static func keep(_ set: UInt64) throws(Errno) {
        _ = try valueOrErrno { linux_capabilities_keep(set) }
    }
}
