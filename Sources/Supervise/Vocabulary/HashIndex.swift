/// Positions in a table of the owner, found by hash: the only hash table here. The library's Dictionary costs about 5
/// KB of code for every type of key and value.
///
/// Open addressing with linear probing, at most half full; removal closes the gap.
public struct HashIndex: Sendable {
    private struct Entry: Sendable {
        var hash: UInt32
        /// -1: free.
        var position: Int32
    }

    private var entries: [Entry] = []
    public private(set) var count = 0

    public init() {}

    /// The position with this hash for which `matches` is true.
    @inline(never)
    public func find(_ hash: UInt32, where matches: (Int) -> Bool) -> Int? {
        guard !entries.isEmpty else { return nil }
        let mask = entries.count &- 1
        var slot = Int(hash) & mask
        while entries[slot].position >= 0 {
            if entries[slot].hash == hash, matches(Int(entries[slot].position)) { return Int(entries[slot].position) }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    /// Inserts a position; the caller has made sure that its key isn't there.
    @inline(never)
    public mutating func insert(_ hash: UInt32, _ position: Int) {
        if (count + 1) * 2 > entries.count { grow() }
        put(Entry(hash: hash, position: Int32(truncatingIfNeeded: position)))
        count += 1
    }

    /// Removes a position; does nothing if it isn't there under this hash.
    @inline(never)
    public mutating func remove(_ hash: UInt32, _ position: Int) {
        guard !entries.isEmpty else { return }
        let mask = entries.count &- 1
        var slot = Int(hash) & mask
        while entries[slot].position >= 0, entries[slot].position != position { slot = (slot &+ 1) & mask }
        guard entries[slot].position >= 0 else { return }
        entries[slot].position = -1
        count -= 1
        // What follows the gap may belong before it.
        var next = (slot &+ 1) & mask
        while entries[next].position >= 0 {
            let moved = entries[next]
            entries[next].position = -1
            put(moved)
            next = (next &+ 1) & mask
        }
    }

    /// The owner has removed the row at `position` from its table, and the following rows have moved up.
    public mutating func close(_ position: Int) {
        for slot in entries.indices where entries[slot].position > position { entries[slot].position -= 1 }
    }

    private mutating func put(_ entry: Entry) {
        let mask = entries.count &- 1
        var slot = Int(entry.hash) & mask
        while entries[slot].position >= 0 { slot = (slot &+ 1) & mask }
        entries[slot] = entry
    }

    private mutating func grow() {
        let old = entries
        entries = Array(repeating: Entry(hash: 0, position: -1), count: max(old.count * 2, 8))
        for entry in old where entry.position >= 0 { put(entry) }
    }

    /// FNV-1a. Whoever writes the configuration may run commands anyway, so collisions are no attack.
    public static func hash(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.withUnsafeBufferPointer { hash($0) } }

    /// Without a copy of the string.
    public static func hash(_ string: String) -> UInt32 {
        string.utf8.withContiguousStorageIfAvailable { hash($0) } ?? 0
    }

    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return hash ^ (hash >> 15)
    }

    /// For keys that are numbers, such as pids.
    public static func hash(_ number: Int32) -> UInt32 {
        let product = UInt32(bitPattern: number) &* 2_654_435_769
        return product ^ (product >> 16)
    }
}
