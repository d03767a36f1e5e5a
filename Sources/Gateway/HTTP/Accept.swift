import NIOHTTP1

/// The form that a client prefers, of several available ones (RFC 9110, section 12.5.1).
struct Accept {
    private let ranges: [(type: String, quality: Double)]

    init(_ headers: HTTPHeaders) {
        ranges = headers[canonicalForm: "Accept"].map { range in
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
            return (parts.first ?? "", quality ?? 1)
        }
    }

    /// The best of `types`, the first of equals; the first of all if none is acceptable, since anything is better than
    /// 406.
    func best(of types: [String]) -> String {
        var best = (type: types[0], quality: 0.0)
        for type in types {
            let quality = quality(of: type)
            if quality > best.quality { best = (type, quality) }
        }
        return best.type
    }

    /// By the most specific range that matches.
    private func quality(of type: String) -> Double {
        let family = type.prefix { $0 != "/" } + "/*"
        for range in [type, String(family), "*/*"] {
            let found = ranges.filter { $0.type == range }.map(\.quality).max()
            if let found { return found }
        }
        return ranges.isEmpty ? 1 : 0
    }
}
