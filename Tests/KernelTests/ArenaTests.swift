import CLinux
import Testing

/// Uses the process's only arena; no other test does.
@Suite struct ArenaTests {
    @Test func piecesAreApartAndComeAgain() throws {
        #expect(linux_arena_take(16) == nil, "it hasn't begun")
        linux_arena_begin(1 << 20, 0)
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

        try freedPiecesBecomeOne()
    }

    /// The arena is full when this begins.
    private func freedPiecesBecomeOne() throws {
        linux_arena_extend(1 << 20, 64 * 1024)
        var pieces: [UnsafeMutableRawPointer] = []
        while let piece = linux_arena_take(200) { pieces.append(piece) }
        #expect(pieces.count > 5000)
        let size = linux_arena_size(pieces[0])
        for (number, piece) in pieces.enumerated() {
            piece.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: number), count: size)
        }
        // Every tenth remains, then those of one half.
        func giveBack(_ isGone: (Int) -> Bool) {
            for (number, piece) in pieces.enumerated() where isGone(number) { linux_arena_give(piece) }
        }
        giveBack { $0 % 10 > 0 }
        linux_arena_tidy()
        #expect(linux_arena_take(200_000) == nil, "there is a piece after every ninth")
        let reused = try #require(linux_arena_take(1000))
        linux_arena_give(reused)
        giveBack { $0 % 10 == 0 && $0 < pieces.count / 2 }
        linux_arena_tidy()
        linux_arena_rest()
        let large = try #require(linux_arena_take(200_000))
        large.initializeMemory(as: UInt8.self, repeating: 1, count: 200_000)
        linux_arena_give(large)
        for number in stride(from: 0, to: pieces.count, by: 10) where number >= pieces.count / 2 {
            let mark = UInt8(truncatingIfNeeded: number)
            let isWhole = (0..<size).allSatisfy { pieces[number].load(fromByteOffset: $0, as: UInt8.self) == mark }
            #expect(isWhole, "piece \(number)")
        }
    }
}
