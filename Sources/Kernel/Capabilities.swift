import CCap
import CLinux

/// Capabilities by name, through libcap, and this process's own. Bit n of a set is capability n.
public enum Capabilities {
    /// An inheritable-ambient-bounding tuple.
    public struct Sets: Equatable, Sendable {
        /// Out of the bounding set.
        public var dropped: UInt64
        public var inheritable: UInt64
        public var ambient: UInt64

        public init(dropped: UInt64, inheritable: UInt64, ambient: UInt64) {
            self.dropped = dropped
            self.inheritable = inheritable
            self.ambient = ambient
        }

        /// No capability at all, nor a way to one.
        public static let nothing = Sets(dropped: .max, inheritable: 0, ambient: 0)
    }

    /// What a text stands for; nil for what is none. The corresponding function is libcap's `cap_iab_from_text`.
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
        // Beyond its table libcap writes numbers.
        guard (0...Int(CAP_LAST_CAP)).contains(number), let text = cap_to_name(cap_value_t(number)) else { return nil }
        defer { cap_free(text) }
        return String(cString: text)
    }

    /// Names with commas between them; `none` for the empty set.
    public static func names(_ set: UInt64) -> String {
        var text = ""
        for number in 0..<64 where set >> UInt64(number) & 1 == 1 {
            guard let name = name(number) else { continue }
            text += text.isEmpty ? name : ",\(name)"
        }
        return text.isEmpty ? "none" : text
    }

    /// What this process may use.
    public static var permitted: UInt64 { linux_capabilities_permitted() }

    /// What whoever it executes inherits without being root.
    public static var ambient: UInt64 { linux_capabilities_ambient() }

    /// Gives all others up, for good.
    public static func keep(_ set: UInt64) throws(Errno) {
        _ = try valueOrErrno { linux_capabilities_keep(set) }
    }
}
