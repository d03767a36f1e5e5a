import CLinux
import Testing

/// Compares the reserve's allocator with a model: pieces are aligned and don't overlap, and in the end they merge into
/// one piece.
struct ReserveTests {
    private static let size = 64 * 1024

    @Test(arguments: [UInt64(1), 2, 3, 4, 5]) func piecesAreWholeAndComeBack(seed: UInt64) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: Self.size, alignment: 16)
        defer { memory.deallocate() }
        let reserve = linux_reserve_make(memory, Self.size)
        var state = seed
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        var pieces: [(start: UnsafeMutableRawPointer, count: Int, mark: UInt8)] = []
        var refusals = 0
        for step in 0..<20_000 {
            if random(5) < 3 {
                let count = random(10) == 0 ? random(20_000) : random(300)
                let alignment = random(8) == 0 ? 1 << (4 + random(6)) : 16
                guard let start = linux_reserve_take(reserve, count, alignment) else {
                    refusals += 1
                    continue
                }
                #expect(UInt(bitPattern: start) % UInt(alignment) == 0)
                #expect(start >= memory && start + count <= memory + Self.size)
                #expect(linux_reserve_size(start) >= count)
                let mark = UInt8(truncatingIfNeeded: step)
                memset(start, Int32(mark), linux_reserve_size(start))
                pieces.append((start, linux_reserve_size(start), mark))
            } else if !pieces.isEmpty {
                let piece = pieces.remove(at: random(pieces.count))
                let bytes = UnsafeRawBufferPointer(start: piece.start, count: piece.count)
                #expect(bytes.allSatisfy { $0 == piece.mark }, "nobody else wrote into it")
                linux_reserve_give(reserve, piece.start)
            }
        }
        #expect(refusals > 0)
        for piece in pieces { linux_reserve_give(reserve, piece.start) }
        #expect(linux_reserve_used(reserve) == 0)
        #expect(linux_reserve_take(reserve, Self.size - 64, 16) != nil)
    }

    @Test func moreThanThereIsIsRefused() {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: Self.size, alignment: 16)
        defer { memory.deallocate() }
        let reserve = linux_reserve_make(memory, Self.size)
        #expect(linux_reserve_take(reserve, Self.size, 16) == nil)
        #expect(linux_reserve_take(reserve, Int.max, 16) == nil)
        #expect(linux_reserve_take(reserve, 16, 8192) == nil)
        #expect(linux_reserve_used(reserve) == 0)
    }
}
