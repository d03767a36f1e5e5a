/// A walk through a graph of numbered nodes, without recursion: a chain may be long.
enum DepthFirst {
    private enum Visit {
        case not, underway, done
    }

    /// Finds the edges that close a cycle: without them there is none.
    ///
    /// - Parameters:
    ///   - count: nodes.
    ///   - target: where an edge of a node leads, by its position from 0 on; negative: nowhere. nil when there are no more.
    ///   - found: gets the nodes of each cycle, in their order, and the position of the last one's edge back to the first;
    ///     false ends the walk.
    static func cycles(_ count: Int, target: (Int, Int) -> Int?, found: (ArraySlice<Int>, Int) -> Bool) {
        var visits = Array(repeating: Visit.not, count: count)
        var path: [Int] = []
        /// By node of the path: the position of its next edge.
        var next: [Int] = []
        for start in 0..<count where visits[start] == .not {
            path.append(start)
            next.append(0)
            visits[start] = .underway
            while let node = path.last, let position = next.last {
                guard let other = target(node, position) else {
                    visits[node] = .done
                    path.removeLast()
                    next.removeLast()
                    continue
                }
                next[next.count - 1] += 1
                guard other >= 0 else { continue }
                switch visits[other] {
                case .done: break
                case .not:
                    visits[other] = .underway
                    path.append(other)
                    next.append(0)
                case .underway:
                    guard let first = path.firstIndex(of: other), found(path[first...], position) else { return }
                }
            }
        }
    }
}
