/// What somebody may have meant.
public enum Suggestion {
    /// The candidate that is so close to `word` that it was probably meant; nil when none is.
    static func closest(to word: Text, among candidates: [Text]) -> Text? {
        // Beyond this length nothing here is a name.
        guard word.count >= 2, word.count <= 64 else { return nil }
        let limit = word.count < 5 ? 1 : word.count < 9 ? 2 : 3
        var best: Text?
        var bestDistance = limit + 1
        for candidate in candidates where abs(candidate.count - word.count) <= limit {
            let distance = distance(word, candidate)
            if distance < bestDistance, distance < candidate.count {
                best = candidate
                bestDistance = distance
            }
        }
        return best
    }

    /// The same for bytes.
    public static func closest(to word: [UInt8], among candidates: [[UInt8]]) -> [UInt8]? {
        var texts: [Text] = []
        texts.reserveCapacity(candidates.count)
        for candidate in candidates { texts.append(Text(candidate)) }
        return closest(to: Text(word), among: texts).map { Array($0.bytes) }
    }

    /// Insertions, deletions, replacements and swaps of neighbours that make one of the other.
    static func distance(_ a: Text, _ b: Text) -> Int {
        let a = Array(a.bytes)
        let b = Array(b.bytes)
        var before: [Int] = []
        var previous = Array(0...b.count)
        for i in a.indices {
            var current = [i + 1]
            current.reserveCapacity(b.count + 1)
            for j in b.indices {
                var cost = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
                current.append(cost)
            }
            before = previous
            previous = current
        }
        return previous[b.count]
    }
}
