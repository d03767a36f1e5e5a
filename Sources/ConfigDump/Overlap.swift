/// Violates exclusive access in a way that only a check at run time can detect: through two variables that may be the
/// same.
enum Overlap {
    final class Numbers {
        var all = [1, 2, 3]
    }

    /// Returns only if nothing checks the access.
    static func commit() -> Int32 {
        let numbers = Numbers()
        return appendBoth(numbers, numbers)
    }

    /// The same with two different variables; returns 0.
    static func avoid() -> Int32 { appendBoth(Numbers(), Numbers()) - 5 }

    @inline(never)
    private static func appendBoth(_ outer: Numbers, _ inner: Numbers) -> Int32 {
        append(to: &outer.all) { inner.all.append(4) }
        return Int32(outer.all.count + (outer === inner ? 0 : 1))
    }

    @inline(never)
    private static func append(to numbers: inout [Int], while other: () -> Void) {
        other()
        numbers.append(5)
    }
}
