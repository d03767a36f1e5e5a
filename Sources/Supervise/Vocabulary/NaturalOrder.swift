/// Natural order: `web2` before `web10`.
public enum NaturalOrder {
    /// Compares runs of digits as numbers of any length, and everything else byte by byte. If only leading zeros
    /// differ, fewer come first, so that different names are never equal.
    public static func precedes(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        var (i, j) = (0, 0)
        while i < a.count, j < b.count {
            if isDigit(a[i]), isDigit(b[j]) {
                let (x, y) = (number(in: a, at: &i), number(in: b, at: &j))
                if x.count != y.count { return x.count < y.count }
                if x != y { return x.lexicographicallyPrecedes(y) }
            } else {
                if a[i] != b[j] { return a[i] < b[j] }
                i += 1
                j += 1
            }
        }
        if i < a.count || j < b.count { return j < b.count }
        return a.count != b.count ? a.count < b.count : a.lexicographicallyPrecedes(b)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= ASCII.zero && byte <= ASCII.nine }

    /// The digits from `index` on without leading zeros; moves `index` behind them.
    private static func number(in text: [UInt8], at index: inout Int) -> ArraySlice<UInt8> {
        let start = index
        while index < text.count, isDigit(text[index]) { index += 1 }
        return text[start..<index].drop { $0 == ASCII.zero }
    }
}
