// The standard library's comparison of strings is inlined at every use and ends in tables of Unicode (see CLinux/unicode.c):
// equal here are strings whose bytes are. As with interpolation, the compiler prefers these to the standard library's.

extension String {
    @inline(never)
    public static func == (a: String, b: String) -> Bool {
        a.utf8.count == b.utf8.count && a.utf8.elementsEqual(b.utf8)
    }

    public static func != (a: String, b: String) -> Bool { !(a == b) }

    /// For `switch`.
    public static func ~= (pattern: String, value: String) -> Bool { pattern == value }
}
