/// A path with placeholders for names: `/api/v1/processes/{name}/logs/{channel}`.
struct PathTemplate {
    let text: String
    private let segments: [Substring]

    init(_ text: String) {
        self.text = text
        segments = text.split(separator: "/", omittingEmptySubsequences: false)
    }

    /// The names of its placeholders.
    var places: [String] {
        segments.filter { $0.utf8.first == UInt8(ascii: "{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// The decoded values of the placeholders; nil if the path doesn't match. A value has at least one character, and
    /// may contain an encoded slash.
    func values(in uri: String) -> [String]? {
        var path = uri.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }[...]
        // The page at `//` sends requests below that.
        while path.starts(with: "//".utf8) { path = path.dropFirst() }
        let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == segments.count else { return nil }
        var values: [String] = []
        for (part, segment) in zip(parts, segments) {
            let decoded = Percent.decode(part)
            if segment.utf8.first == UInt8(ascii: "{") {
                guard !decoded.isEmpty else { return nil }
                values.append(decoded)
            } else if decoded != segment {
                return nil
            }
        }
        return values
    }
}

/// What follows `?`.
struct Query {
    let items: [(name: String, value: String)]

    init(_ uri: String) {
        let text = uri.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst().prefix { $0 != UInt8(ascii: "#") }
        items = text.split(separator: UInt8(ascii: "&")).map { part in
            let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return (
                Percent.decode(halves[0], plusIsSpace: true),
                halves.count > 1 ? Percent.decode(halves[1], plusIsSpace: true) : ""
            )
        }
    }

    /// The first of this name.
    subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }
}
