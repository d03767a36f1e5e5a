/// Sorting that costs its code once: with closures, the compiler would make a copy for each of them.
public enum Order {
    /// A place in an order: ascending by number, then by the bytes of the name.
    public struct Rank: Sendable {
        let number: Int
        let name: String

        public init(_ number: Int, _ name: String = "") {
            self.number = number
            self.name = name
        }

        fileprivate func precedes(_ other: Rank) -> Bool {
            number != other.number ? number < other.number : name.precedes(other.name)
        }
    }

    /// The positions of these keys in sorted order; equal ones stay as they are.
    public static func sorted(_ keys: [Rank]) -> [Int] {
        var order = Array(keys.indices)
        var other = order
        var width = 1
        while width < keys.count {
            var start = 0
            while start < keys.count {
                let middle = min(start + width, keys.count)
                let end = min(start + 2 * width, keys.count)
                var (left, right, target) = (start, middle, start)
                while target < end {
                    let takesRight =
                        right < end && (left >= middle || keys[order[right]].precedes(keys[order[left]]))
                    other[target] = takesRight ? order[right] : order[left]
                    if takesRight { right += 1 } else { left += 1 }
                    target += 1
                }
                start = end
            }
            swap(&order, &other)
            width *= 2
        }
        return order
    }

    static func sort(_ texts: inout [Text]) {
        let source = texts
        for (target, position) in sorted(source.map { Rank(0, $0.string) }).enumerated() {
            texts[target] = source[position]
        }
    }
}
