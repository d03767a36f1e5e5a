// Strings here are names, paths and keys: equal when their bytes are, as everywhere in Unix and in Python. The standard
// library compares by canonical equivalence, which would treat two programs with different names as one. The compiler
// prefers these functions to the standard library's, also in the `==` that it synthesizes; `StringEqualityTests` has
// each form that is used. Sets, dictionaries and tuples of strings would still use the standard library's.

extension String {
    @inline(never)
    public static func == (a: String, b: String) -> Bool {
        guard a.utf8.count == b.utf8.count else { return false }
        // In memory: names of groups are compared by the thousand, and a string's own iterator takes ten times as long.
        // Every string is contiguous here; only Objective-C has others.
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

extension String? {
    @inline(never)
    public static func == (a: String?, b: String?) -> Bool {
        switch (a, b) {
        case (let a?, let b?): a == b
        case (nil, nil): true
        case (nil, _?), (_?, nil): false
        }
    }

    public static func != (a: String?, b: String?) -> Bool { !(a == b) }
}

extension [String] {
    @inline(never)
    public static func == (a: [String], b: [String]) -> Bool { a.elementsEqual(b) { $0 == $1 } }

    public static func != (a: [String], b: [String]) -> Bool { !(a == b) }

    public func contains(_ string: String) -> Bool { contains { $0 == string } }

    public func firstIndex(of string: String) -> Int? { firstIndex { $0 == string } }
}

extension [String?] {
    @inline(never)
    public static func == (a: [String?], b: [String?]) -> Bool { a.elementsEqual(b) { $0 == $1 } }

    public static func != (a: [String?], b: [String?]) -> Bool { !(a == b) }
}
