// The standard library's comparison of strings is inlined at every use and ends in tables of Unicode (see CLinux/unicode.c):
// equal here are strings whose bytes are. As with interpolation, the compiler prefers these to the standard library's.

extension String {
    @inline(never)
    public static func == (a: String, b: String) -> Bool {
        guard a.utf8.count == b.utf8.count else { return false }
        // In memory: names of groups are compared by the thousand, and a string's own iterator takes ten times as long.
        // Every string is in one piece here; pieces are what Objective-C has.
        return a.utf8.withContiguousStorageIfAvailable { a in
            b.utf8.withContiguousStorageIfAvailable { b in
                for index in a.indices where a[index] != b[index] { return false }
                return true
            } ?? false
        } ?? false
    }

    public static func != (a: String, b: String) -> Bool { !(a == b) }

    /// For `switch`.
    public static func ~= (pattern: String, value: String) -> Bool { pattern == value }
}

extension [String] {
    /// Of its own, since the standard library's would compare by the standard library's.
    @inline(never)
    public static func == (a: [String], b: [String]) -> Bool { a.elementsEqual(b) { $0 == $1 } }
}
