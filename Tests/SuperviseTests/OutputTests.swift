import Supervise
import Testing

@Suite struct OutputTests {
    /// (input, what is left of it).
    static let escapes: [(String, String)] = [
        ("", ""),
        ("plain", "plain"),
        ("\u{1b}[1mbold\u{1b}[0m", "bold"),
        ("a\u{1b}[38;5;196mb", "ab"),
        ("a\u{1b}b", "a\u{1b}b"),
        ("\u{1b}\u{1b}[Kx", "\u{1b}x"),
        ("\u{1b}\u{1b}\u{1b}", "\u{1b}\u{1b}\u{1b}"),
        ("x\u{1b}[2Jy\u{1b}[Hz\u{1b}]0;t", "xyz\u{1b}]0;t"),
        ("a\u{1b}[12;", "a"),
    ]

    private func strip(_ pieces: [[UInt8]]) -> [UInt8] {
        var stripper = AnsiStripper()
        var all: [UInt8] = []
        for piece in pieces {
            var piece = piece
            let kept = piece.withUnsafeMutableBytes { stripper.strip($0) }
            if kept.escapeBefore { all.append(AnsiStripper.escape) }
            all += piece[..<kept.count]
        }
        if stripper.finish() { all.append(AnsiStripper.escape) }
        return all
    }

    @Test(arguments: escapes)
    func stripsWhereverItIsCut(_ input: String, _ output: String) {
        let bytes = Array(input.utf8)
        #expect(strip([bytes]) == Array(output.utf8))
        #expect(strip(bytes.map { [$0] }) == Array(output.utf8))
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let pieces = [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]
                #expect(strip(pieces) == Array(output.utf8), "cut at \(first) and \(second)")
            }
        }
    }

    @Test func aSequenceEndsAtSupervisordsLetters() {
        for letter in "HfABCDRsuJKhlpm" { #expect(strip([Array("\u{1b}[5\(letter)x".utf8)]) == Array("x".utf8)) }
        #expect(strip([Array("\u{1b}[5nx\u{1b}[my".utf8)]) == Array("y".utf8))
    }

    /// (bytes available, bytes up to the last newline, in mid-line, bytes to pass, holds).
    @Test(arguments: [
        (0, 0, false, 0, false),
        (5, 5, false, 5, false),
        (5, 3, false, 3, false),
        (5, 0, false, 0, false),
        (100, 0, false, 0, false),
        (101, 0, false, 101, true),
        (151, 50, false, 151, true),
        (150, 50, false, 50, false),
        (5, 0, true, 5, true),
        (5, 3, true, 3, false),
    ])
    func cuts(count: Int, end: Int, holding: Bool, pass: Int, holds: Bool) {
        let cut = LineCut(count: count, end: end, holding: holding, limit: 100)
        #expect(cut.pass == pass)
        #expect(cut.holds == holds)
    }

    @Test func rotationIsDueAtTheLimit() {
        #expect(!Rotation.isDue(size: 10, maxBytes: 0))
        #expect(Rotation.isDue(size: 10, maxBytes: 10))
        #expect(!Rotation.isDue(size: 9, maxBytes: 10))
    }

    @Test(arguments: [
        ("web-stdout---supervisor-abc123.log", true),
        ("web-stdout---supervisor-abc123.log.1", true),
        ("web-stdout---supervisor-abc123.log.1234", true),
        ("web-stdout---supervisor-abc123.logs are kept", true),
        ("---supervisor-abc123.log", false),
        ("web-stdout---other-abc123.log", false),
        ("web-stdout---supervisor-.log", false),
        ("web-stdout---supervisor-a b.log", false),
        ("web-stdout---supervisor-abc.txt", false),
        ("a---supervisor- ---supervisor-x.log", true),
    ])
    func leftOverLogs(name: String, isLeftOver: Bool) {
        #expect(AutoLog.isLeftOver(name, identifier: "supervisor") == isLeftOver)
    }

    @Test(arguments: [[1], [3, 3, 3], [8], [9], [7, 2], [20, 1], [5, 5, 5, 5, 5], [8, 8, 3]])
    func theTailKeepsTheLastBytes(sizes: [Int]) {
        var tail = Tail(capacity: 8)
        var all: [UInt8] = []
        for size in sizes {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: all.count + $0) }
            all += bytes
            bytes.withUnsafeBytes { tail.append($0) }
        }
        #expect(tail.last() == Array(all.suffix(8)))
        #expect(tail.last(3) == Array(all.suffix(min(3, all.count))))
        tail.clear()
        #expect(tail.last().isEmpty)
    }
}
