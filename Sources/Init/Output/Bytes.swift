/// A block of memory, part of which holds bytes. It is freed with its last reference.
final class Bytes {
    private let base: UnsafeMutableRawPointer
    let capacity: Int
    /// The bytes before `start` are room for a prefix.
    private(set) var start: Int
    private(set) var end: Int

    /// - Parameters:
    ///   - capacity: bytes, > 0.
    ///   - start: 0...capacity.
    init(capacity: Int, start: Int = 0) {
        base = .allocate(byteCount: max(capacity, 1), alignment: 16)
        self.capacity = max(capacity, 1)
        self.start = min(max(start, 0), self.capacity)
        end = self.start
    }

    convenience init(copying bytes: UnsafeRawBufferPointer) {
        self.init(capacity: bytes.count)
        append(bytes)
    }

    deinit {
        base.deallocate()
    }

    var count: Int { end - start }
    var isEmpty: Bool { end == start }
    var filled: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base + start, count: count) }
    var mutable: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: base + start, count: count) }
    var free: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base + end, count: capacity - end)
    }

    /// Empties the block; the next bytes begin at `start`.
    func reset(to start: Int) {
        self.start = min(max(start, 0), capacity)
        end = self.start
    }

    /// Records that `count` bytes of `free` have been filled.
    func grow(by count: Int) {
        end = min(end + max(count, 0), capacity)
    }

    /// Keeps the first `count` bytes.
    func cut(to count: Int) {
        end = min(max(start, start + count), end)
    }

    /// Removes the first `count` bytes.
    func drop(_ count: Int) {
        start = min(start + max(count, 0), end)
    }

    /// Appends as much of `bytes` as fits, and returns how many bytes that was.
    @discardableResult
    func append(_ bytes: UnsafeRawBufferPointer) -> Int {
        let taken = min(bytes.count, capacity - end)
        free.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<taken]))
        end += taken
        return taken
    }

    /// Inserts `bytes` in front of the content; false if there isn't room for all of them.
    @discardableResult
    func prepend(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= start else { return false }
        start -= bytes.count
        UnsafeMutableRawBufferPointer(start: base + start, count: bytes.count).copyMemory(from: bytes)
        return true
    }
}
