/// Sorting that costs its code once: the standard library's is copied for every type of element and every comparison.
public enum Order {
    /// The positions 0..<count in sorted order; equal ones stay as they are.
    ///
    /// - Parameter precedes: whether the element at the first position belongs before the one at the second.
    @inline(never)
    public static func sorted(_ count: Int, by precedes: (Int, Int) -> Bool) -> [Int] {
        var order = Array(0..<max(0, count))
        var other = order
        var width = 1
        while width < count {
            var start = 0
            while start < count {
                let middle = min(start + width, count)
                let end = min(start + 2 * width, count)
                var (left, right, target) = (start, middle, start)
                while target < end {
                    let takesRight = right < end && (left >= middle || precedes(order[right], order[left]))
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
        for (target, position) in sorted(source.count, by: { Text.precedes(source[$0], source[$1]) }).enumerated() {
            texts[target] = source[position]
        }
    }
}
