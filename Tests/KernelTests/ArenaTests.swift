import CLinux
import Testing

/// Uses the process's only arena; no other test does.
@Suite struct ArenaTests {
    @Test func piecesAreApartAndComeAgain() throws {
        #expect(linux_arena_take(16) == nil, "it hasn't begun")
        linux_arena_begin(1 << 20)
        linux_arena_expect(64 * 1024)
        var pieces: [(start: UnsafeMutableRawPointer, size: Int, mark: UInt8)] = []
        var number: UInt8 = 0
        func check(_ piece: (start: UnsafeMutableRawPointer, size: Int, mark: UInt8)) {
            for index in 0..<piece.size where piece.start.load(fromByteOffset: index, as: UInt8.self) != piece.mark {
                Issue.record("byte \(index) of \(piece.size)")
                break
            }
        }
        for round in 0..<2000 {
            let size = [0, 1, 16, 17, 100, 512, 513, 1000, 4096, 5000][round % 10]
            let start = try #require(linux_arena_take(size))
            #expect(UInt(bitPattern: start) % 16 == 0 && linux_arena_has(start) != 0 && linux_arena_size(start) >= size)
            start.initializeMemory(as: UInt8.self, repeating: number, count: size)
            pieces.append((start, size, number))
            number &+= 1
            if round % 3 > 0 || pieces.count > 60 {
                let one = pieces.remove(at: round * 7 % pieces.count)
                check(one)
                linux_arena_give(one.start)
            }
        }
        pieces.forEach(check)
        // A freed piece is reused.
        let first = try #require(linux_arena_take(300))
        linux_arena_give(first)
        #expect(linux_arena_take(305) == first)
        #expect(linux_arena_take(256 * 1024 + 1) == nil, "that is the system's")
        // When the arena is full, it returns null.
        var count = 0
        while linux_arena_take(64 * 1024) != nil { count += 1 }
        #expect(count < 32)
        #expect(linux_arena_has(UnsafeRawPointer(bitPattern: 16)) == 0)
    }
}
