import Testing

@testable import Supervise

@Suite struct HashIndexTests {
    /// Compares the index with a Dictionary. The number of hashes is small, so that they collide.
    @Test(arguments: [1, 7, 64, 100_000]) func itIsADictionary(hashes: Int32) {
        var index = HashIndex()
        var keys: [Int32] = []
        var judge: [Int32: Int] = [:]
        var state: UInt32 = 12345
        for _ in 0..<4000 {
            state = state &* 1_664_525 &+ 1_013_904_223
            let key = Int32(state >> 16) % 300
            let hash = HashIndex.hash(key % hashes)
            let found = index.find(hash) { keys[$0] == key }
            #expect(found == judge[key])
            if let found {
                index.remove(hash, found)
                judge[key] = nil
            } else {
                keys.append(key)
                index.insert(hash, keys.count - 1)
                judge[key] = keys.count - 1
            }
            #expect(index.count == judge.count)
        }
    }

    @Test func rowsMoveUp() {
        var index = HashIndex()
        var names = (0..<20).map { "name \($0)" }
        for (position, name) in names.enumerated() { index.insert(HashIndex.hash(name), position) }
        func find(_ name: String) -> Int? { index.find(HashIndex.hash(name)) { names[$0] == name } }
        for position in [19, 0, 10, 1, 15] {
            let removed = names.remove(at: position)
            index.remove(HashIndex.hash(removed), position)
            index.close(position)
            #expect(names.map { find($0) } == Array(names.indices))
            #expect(find(removed) == nil)
        }
    }
}
