/// Shell-like patterns for file names, by the rules of Python's `glob` and `fnmatch`.
public enum PathPattern {
    /// Whether a path contains anything but itself.
    public static func isPattern(_ path: String) -> Bool {
        path.bytes.contains { $0 == ASCII.star || $0 == UInt8(ascii: "?") || $0 == ASCII.openBracket }
    }

    /// Everything that a pattern with slashes matches, in no order.
    ///
    /// - Parameters:
    ///   - names: the names in a directory; "" is the working directory.
    ///   - isDirectory: true for links to directories too.
    ///   - isName: true for anything that has this path.
    public static func paths(
        matching pattern: String, names: (String) -> [String], isDirectory: (String) -> Bool, isName: (String) -> Bool
    ) -> [String] {
        let (directory, name) = split(pattern)
        if !isPattern(pattern) {
            return (name.isEmpty ? isDirectory(directory) : isName(pattern)) ? [pattern] : []
        }
        var directories = [directory]
        if !directory.isEmpty, directory != pattern, isPattern(directory) {
            directories = paths(matching: directory, names: names, isDirectory: isDirectory, isName: isName)
        }
        var found: [String] = []
        for directory in directories {
            if !isPattern(name) {
                let path = Path.join(Text(directory), Text(name)).string
                if name.isEmpty ? isDirectory(directory) : isName(path) { found.append(path) }
                continue
            }
            let hidden = name.bytes.first == ASCII.dot
            for candidate in names(directory) where hidden || candidate.bytes.first != ASCII.dot {
                guard matches(candidate, name) else { continue }
                found.append(directory.isEmpty ? candidate : Path.join(Text(directory), Text(candidate)).string)
            }
        }
        return found
    }

    /// Python's `os.path.split`.
    private static func split(_ path: String) -> (directory: String, name: String) {
        let text = Text(path)
        guard let slash = text.bytes.lastIndex(of: ASCII.slash) else { return ("", path) }
        return (Path.directory(of: text).string, Text(text.bytes[(slash + 1)...]).string)
    }

    /// Whether one name matches one pattern: `*`, `?`, `[a-z]`, `[!a-z]`.
    public static func matches(_ name: String, _ pattern: String) -> Bool {
        let name = scalars(name)
        let pattern = scalars(pattern)
        var (n, p) = (0, 0)
        /// The last `*` and how much of the name it covers: what to try again from.
        var star: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == 0x2A {
                star = (p, n)
                p += 1
            } else if p < pattern.count, let length = matchOne(name[n], pattern[p...]) {
                n += 1
                p += length
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                p = last.pattern + 1
                n = last.name + 1
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == 0x2A { p += 1 }
        return p == pattern.count
    }

    /// How much of the pattern one character uses up; nil when it doesn't match.
    private static func matchOne(_ scalar: UInt32, _ pattern: ArraySlice<UInt32>) -> Int? {
        guard let first = pattern.first else { return nil }
        if first == 0x3F { return 1 }
        guard first == 0x5B, let close = closingBracket(pattern) else { return first == scalar ? 1 : nil }
        var index = pattern.startIndex + 1
        let isNegated = pattern[index] == 0x21
        if isNegated { index += 1 }
        var isFound = false
        while index < close {
            if index + 2 < close, pattern[index + 1] == 0x2D {
                if pattern[index] <= scalar, scalar <= pattern[index + 2] { isFound = true }
                index += 3
            } else {
                if pattern[index] == scalar { isFound = true }
                index += 1
            }
        }
        return isFound != isNegated ? close - pattern.startIndex + 1 : nil
    }

    /// The `]` of a set; one that comes first belongs to the set. nil: the bracket stands for itself.
    private static func closingBracket(_ pattern: ArraySlice<UInt32>) -> Int? {
        var index = pattern.startIndex + 1
        if index < pattern.endIndex, pattern[index] == 0x21 { index += 1 }
        if index < pattern.endIndex, pattern[index] == 0x5D { index += 1 }
        guard index < pattern.endIndex else { return nil }
        return pattern[index...].firstIndex(of: 0x5D)
    }

    private static func scalars(_ string: String) -> [UInt32] {
        let text = Text(string)
        var scalars: [UInt32] = []
        var index = text.bytes.startIndex
        while index < text.bytes.endIndex {
            let (value, length) = text.scalar(at: index)
            scalars.append(value)
            index += length
        }
        return scalars
    }
}
