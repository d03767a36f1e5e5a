import Kernel

/// A process and its descendants, as /proc shows them.
struct ProcessTree {
    let pid: Int
    let command: [UInt8]
    private(set) var children: [ProcessTree] = []

    /// Itself and all descendants.
    var count: Int { children.reduce(1) { $0 + $1.count } }

    /// The most processes to read: a machine may have more, and a page must not take long.
    private static let most = 4096
    /// The limits of the shown processes: their number, and their depth.
    private static let shown = 200
    private static let deepest = 30
    /// Bytes of a command line.
    private static let longest = 300

    /// nil if /proc doesn't show it: it has just exited, or `hidepid=` hides it.
    static func below(_ pid: Int) -> ProcessTree? {
        var children: [Int: [Int]] = [:]
        for name in Directory.names(in: "/proc", limit: most) {
            guard let child = Int(name), let stat = ProcessStat(of: child) else { continue }
            children[stat.parent, default: []].append(child)
        }
        var left = shown
        return tree(pid, children, depth: 0, &left)
    }

    private static func tree(_ pid: Int, _ children: [Int: [Int]], depth: Int, _ left: inout Int) -> ProcessTree? {
        guard left > 0, depth < deepest, let command = command(of: pid) else { return nil }
        left -= 1
        var tree = ProcessTree(pid: pid, command: command)
        for child in (children[pid] ?? []).sorted() {
            if let below = Self.tree(child, children, depth: depth + 1, &left) { tree.children.append(below) }
        }
        return tree
    }

    /// Arguments with spaces between them; in brackets the name of the file where there are none.
    private static func command(of pid: Int) -> [UInt8]? {
        guard var bytes = try? File.contents(of: "/proc/\(pid)/cmdline", limit: 4096) else { return nil }
        while bytes.last == 0 { bytes.removeLast() }
        if bytes.isEmpty {
            let name = (try? File.contents(of: "/proc/\(pid)/comm", limit: 64)) ?? []
            bytes = [UInt8(ascii: "[")] + name.filter { $0 != 0x0a } + [UInt8(ascii: "]")]
        }
        return bytes.prefix(longest).map { $0 < 0x20 ? UInt8(ascii: " ") : $0 }
    }

    var markup: Markup {
        var below = Markup()
        for child in children { below += child.markup }
        let list: Markup = children.isEmpty ? "" : "<ul>\(below)</ul>"
        return "<li><b>\(pid)</b> \(Markup.text(command))\(list)</li>"
    }
}
