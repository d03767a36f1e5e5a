/// Paths by Python's `posixpath` rules, which supervisord applies to them.
enum Path {
    /// Everything before the last slash, without the slashes that end it; empty where there's none.
    @inline(never)
    static func directory(of path: Text) -> Text {
        guard let slash = path.bytes.lastIndex(of: ASCII.slash) else { return .empty }
        var head = path.bytes[...slash]
        if head.contains(where: { $0 != ASCII.slash }) {
            while head.last == ASCII.slash { head.removeLast() }
        }
        return Text(head)
    }

    static func join(_ base: Text, _ path: Text) -> Text {
        if path.bytes.first == ASCII.slash || base.isEmpty { return path }
        return base.bytes.last == ASCII.slash ? .joined(base, path) : .joined(base, "/", path)
    }

    /// Removes `.`, `..` and doubled slashes; two leading slashes stay two, as POSIX allows them a meaning.
    static func normalized(_ path: Text) -> Text {
        if path.isEmpty { return "." }
        var slashes = 0
        for byte in path.bytes {
            guard byte == ASCII.slash, slashes < 3 else { break }
            slashes += 1
        }
        if slashes > 2 { slashes = 1 }
        var parts: [Text] = []
        for part in path.split(by: ASCII.slash) where !part.isEmpty && !part.is(".") {
            if !part.is("..") || (slashes == 0 && parts.isEmpty) || parts.last?.is("..") == true {
                parts.append(part)
            } else if !parts.isEmpty {
                parts.removeLast()
            }
        }
        var result: [UInt8] = []
        for _ in 0..<slashes { result.append(ASCII.slash) }
        for (index, part) in parts.enumerated() {
            if index > 0 { result.append(ASCII.slash) }
            result += part.bytes
        }
        return result.isEmpty ? "." : Text(result)
    }

    @inline(never)
    static func absolute(_ path: Text, _ surroundings: any Surroundings) -> Text {
        normalized(path.bytes.first == ASCII.slash ? path : join(Text(surroundings.workingDirectory), path))
    }

    /// `~` and `~name` at the beginning; unchanged where there's no such user.
    static func expandingHome(_ path: Text, _ surroundings: any Surroundings) -> Text {
        guard path.bytes.first == ASCII.tilde else { return path }
        let end = path.bytes.firstIndex(of: ASCII.slash) ?? path.bytes.endIndex
        let name = path.bytes[(path.bytes.startIndex + 1)..<end]
        var home: Text
        if name.isEmpty {
            if let value = surroundings.environment.last(where: { $0.name == "HOME" }) {
                home = Text(value.value)
            } else if let record = surroundings.user(id: surroundings.ownUser) {
                home = Text(record.home)
            } else {
                return path
            }
        } else {
            guard let record = surroundings.user(named: Text(name).string) else { return path }
            home = Text(record.home)
        }
        while home.bytes.last == ASCII.slash { home.bytes.removeLast() }
        let result = Text.joined(home, Text(path.bytes[end...]))
        return result.isEmpty ? "/" : result
    }

    /// Absolute, without `~`, `.` and `..`.
    @inline(never)
    static func resolved(_ path: Text, _ surroundings: any Surroundings) -> Text {
        absolute(expandingHome(path, surroundings), surroundings)
    }
}
