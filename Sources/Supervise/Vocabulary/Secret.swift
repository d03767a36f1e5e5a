/// Comparison whose duration reveals nothing.
public enum Secret {
    /// Takes as long for a near miss as for a complete mismatch: the time depends only on the length of the given
    /// value.
    public static func isEqual(_ given: [UInt8], _ secret: [UInt8]) -> Bool {
        var difference = given.count ^ secret.count
        for index in given.indices {
            // An empty secret is compared with anything, and differs by its length.
            let expected = secret.isEmpty ? 0 : secret[index % secret.count]
            difference |= Int(given[index] ^ expected)
        }
        return difference == 0
    }
}
