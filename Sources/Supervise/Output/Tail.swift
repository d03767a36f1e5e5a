/// The last `capacity` bytes of a stream. Allocates nothing before the first byte.
public struct Tail: Sendable {
    private var ring: [UInt8] = []
    private let most: UInt32
    public var capacity: Int { Int(most) }
    /// Where the oldest byte is once the ring is full.
    private var oldest: UInt32 = 0

    /// - Parameter capacity: bytes, > 0.
    public init(capacity: Int) {
        most = UInt32(clamping: max(capacity, 1))
    }

    public var count: Int { ring.count }

    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if bytes.isEmpty { return }
        if ring.capacity == 0 { ring.reserveCapacity(capacity) }
        var rest = bytes.count > capacity ? UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - capacity)...]) : bytes
        if ring.count < capacity {
            let room = min(capacity - ring.count, rest.count)
            ring.append(contentsOf: rest[..<room])
            rest = UnsafeRawBufferPointer(rebasing: rest[room...])
        }
        while !rest.isEmpty {
            let first = Int(oldest)
            let room = min(capacity - first, rest.count)
            ring.withUnsafeMutableBytes { ring in
                UnsafeMutableRawBufferPointer(rebasing: ring[first..<first + room])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<room]))
            }
            oldest = first + room == capacity ? 0 : UInt32(first + room)
            rest = UnsafeRawBufferPointer(rebasing: rest[room...])
        }
    }

    public mutating func clear() {
        ring = []
        oldest = 0
    }

    /// The last `limit` bytes at most, oldest first.
    public func last(_ limit: Int = .max) -> [UInt8] {
        let wanted = min(max(limit, 0), ring.count)
        let all = ring[Int(oldest)...] + ring[..<Int(oldest)]
        return Array(all.suffix(wanted))
    }
}
