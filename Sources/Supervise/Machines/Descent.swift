/// Finds descendants from a list of processes and their parents.
public enum Descent {
    /// The members of `pids` that descend from `ancestor`, in their order; `parents` belong to them one by one.
    ///
    /// The parents were read one by one while the processes lived: one may be missing, and there may be a cycle. Each
    /// process is visited once.
    public static func below(_ ancestor: Int32, pids: [Int32], parents: [Int32]) -> [Int32] {
        var index = HashIndex()
        for position in pids.indices { index.insert(HashIndex.hash(pids[position]), position) }
        // 0: not visited, 1: no, or on the path being followed, 2: yes.
        var verdicts = [UInt8](repeating: 0, count: pids.count)
        var way: [Int] = []
        var found: [Int32] = []
        for start in pids.indices {
            way.removeAll(keepingCapacity: true)
            var at: Int? = start
            var verdict: UInt8 = 1
            while let position = at {
                if verdicts[position] != 0 {
                    verdict = verdicts[position]
                    break
                }
                verdicts[position] = 1
                way.append(position)
                let parent = parents[position]
                if parent == ancestor {
                    verdict = 2
                    break
                }
                at = index.find(HashIndex.hash(parent)) { pids[$0] == parent }
            }
            for position in way { verdicts[position] = verdict }
            if verdict == 2, pids[start] != ancestor { found.append(pids[start]) }
        }
        return found
    }
}
