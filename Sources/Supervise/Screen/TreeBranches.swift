/// The branches of a tree that is drawn line by line, from the depths of its lines.
public struct TreeBranches: Sendable {
    private let fork: [UInt8]
    private let last: [UInt8]
    private let past: [UInt8]
    private let blank = "    ".bytes

    /// - Parameter isUTF8: line-drawing characters, else ASCII.
    public init(isUTF8: Bool) {
        (fork, last, past) =
            isUTF8
            ? ("├── ".bytes, "└── ".bytes, "│   ".bytes) : ("|-- ".bytes, "`-- ".bytes, "|   ".bytes)
    }

    /// What stands before each line: nothing at depth 0.
    ///
    /// - Parameter depths: of the lines from top to bottom, each at most one more than the one above it.
    public func prefixes(_ depths: [Int]) -> [[UInt8]] {
        // Whether a line of that depth follows below the same parent.
        var goesOn: [Bool] = []
        var prefixes = [[UInt8]](repeating: [], count: depths.count)
        for index in depths.indices.reversed() {
            let depth = max(depths[index], 0)
            while goesOn.count <= depth { goesOn.append(false) }
            if depth > 0 {
                for level in 1..<max(depth, 1) { prefixes[index] += goesOn[level] ? past : blank }
                prefixes[index] += goesOn[depth] ? fork : last
            }
            goesOn.removeLast(goesOn.count - depth - 1)
            goesOn[depth] = true
        }
        return prefixes
    }
}
