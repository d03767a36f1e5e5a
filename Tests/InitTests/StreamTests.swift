import Foundation
import Kernel
import Testing

@testable import Init
@testable import Supervise

@Suite struct StreamTests {
    @Test func wholeLinesGoAtOnceAndUnfinishedOnesWait() throws {
        let rig = try Rig()
        let consumer = Consumer()
        let child = try rig.channel(consumer.settings())
        child.write("one\ntwo\nthr")
        rig.runUntilIdle()
        #expect(consumer.read() == Array("one\ntwo\n".utf8))
        child.write("ee\n")
        rig.runUntilIdle()
        #expect(consumer.read() == Array("three\n".utf8))
    }

    @Test func theLastLineGoesWithoutItsEnd() throws {
        let rig = try Rig()
        let consumer = Consumer()
        let child = try rig.channel(consumer.settings())
        child.write("one\ntwo")
        child.exit()
        rig.runUntilIdle()
        #expect(consumer.read() == Array("one\ntwo".utf8))
        // Another source begins a line.
        let other = try rig.channel(consumer.settings())
        other.write("three\n")
        rig.runUntilIdle()
        #expect(consumer.read() == Array("\nthree\n".utf8))
    }

    @Test func theStartOfALineGoesAfterASilence() throws {
        let rig = try Rig()
        let consumer = Consumer()
        let child = try rig.channel(consumer.settings())
        let other = try rig.channel(consumer.settings())
        child.write("wait...")
        var got: [UInt8] = []
        #expect(
            rig.run {
                got += consumer.read()
                return !got.isEmpty
            })
        #expect(got == Array("wait...".utf8))
        child.write("done\n")
        rig.runUntilIdle()
        #expect(consumer.read() == Array("done\n".utf8))
        #expect(rig.run { rig.output.deadline == nil })
        child.write("a")
        #expect(
            rig.run {
                got = consumer.read()
                return !got.isEmpty
            })
        other.write("other\n")
        rig.runUntilIdle()
        child.write("b\n")
        rig.runUntilIdle()
        #expect(got + consumer.read() == Array("a\nother\nb\n".utf8))
    }

    @Test func linesOfTenProgramsAreNotTorn() throws {
        let rig = try Rig()
        let consumer = Consumer()
        var children: [Child] = []
        for _ in 0..<10 { children.append(try rig.channel(consumer.settings())) }
        // Line n of program p is p, repeated n times modulo 30000, so that many lines don't fit into the rest of a
        // pipe.
        var waiting = children.map { _ in [UInt8]() }
        var expected = [Int](repeating: 0, count: 10)
        var written = [Int](repeating: 0, count: 10)
        var got: [UInt8] = []
        let lines = 60
        let finished = rig.run {
            for index in 0..<10 {
                if waiting[index].isEmpty, written[index] < lines {
                    let length = (written[index] * 1777 + index * 331) % 30000 + 1
                    waiting[index] = Array(repeating: UInt8(ascii: "a") + UInt8(index), count: length) + [10]
                    expected[index] += length + 1
                    written[index] += 1
                }
                // The pieces end anywhere.
                let count = child(children[index], write: waiting[index].prefix(7001))
                waiting[index].removeFirst(count)
                if waiting[index].isEmpty, written[index] == lines { children[index].exit() }
            }
            got += consumer.read(5003)
            return got.count >= expected.reduce(0, +) && written.allSatisfy { $0 == lines }
                && waiting.allSatisfy { $0.isEmpty }
        }
        #expect(finished)
        var counts = [Int](repeating: 0, count: 10)
        for line in got.split(separator: 10) {
            let first = line[line.startIndex]
            #expect(line.allSatisfy { $0 == first })
            counts[Int(first - UInt8(ascii: "a"))] += line.count + 1
        }
        #expect(counts == expected)
    }

    private func child(_ child: Child, write bytes: ArraySlice<UInt8>) -> Int {
        bytes.isEmpty ? 0 : max(child.write(Array(bytes)), 0)
    }

    @Test func aLineLongerThanAllBuffersIsNotTorn() throws {
        let rig = try Rig()
        let consumer = Consumer()
        let long = try rig.channel(consumer.settings())
        let other = try rig.channel(consumer.settings())
        other.write("first\n")
        rig.runUntilIdle()
        var left = 300_000
        var got: [UInt8] = []
        var isOtherWritten = false
        #expect(
            rig.run {
                if left > 0 {
                    left -= max(long.write([UInt8](repeating: 120, count: min(left, 40000))), 0)
                    if left == 0 { long.write("\n") }
                }
                if left < 200_000, !isOtherWritten {
                    isOtherWritten = true
                    other.write("second\n")
                }
                got += consumer.read()
                return got.count >= 6 + 300_001 + 7
            })
        #expect(got == Array("first\n".utf8) + [UInt8](repeating: 120, count: 300_000) + Array("\nsecond\n".utf8))
    }

    @Test func aSilentHolderOfALongLineYields() throws {
        let rig = try Rig()
        let consumer = Consumer()
        let long = try rig.channel(consumer.settings())
        let other = try rig.channel(consumer.settings())
        long.write([UInt8](repeating: 120, count: 20000))
        rig.runUntilIdle()
        other.write("other\n")
        rig.runUntilIdle()
        var got = consumer.read()
        #expect(got.count == 20000)
        got = []
        #expect(
            rig.run {
                got += consumer.read()
                return got.count >= 7
            })
        #expect(got == Array("\nother\n".utf8))
    }

    @Test func aStalledConsumerStopsTheProgramAndLosesNothing() throws {
        let rig = try Rig()
        let consumer = Consumer()
        let child = try rig.channel(consumer.settings())
        var written = 0
        var line = 0
        // Write until neither pipe accepts more.
        for _ in 0..<2000 {
            let text = "line \(line) " + String(repeating: "x", count: 200) + "\n"
            let count = child.write(text)
            if count < 0 {
                rig.runUntilIdle()
                if child.write(text) < 0 { break }
            }
            line += 1
            written += text.utf8.count
        }
        #expect(written < 600_000)
        #expect(rig.loop.turn(wait: false) == 0, "a paused channel must not spin")
        // The child exits: its bytes wait for the stream.
        child.exit()
        child.channel.childExited()
        rig.runUntilIdle()
        var got: [UInt8] = []
        rig.run {
            got += consumer.read(3000)
            return got.count >= written
        }
        #expect(got.count == written)
        let lines = got.split(separator: 10)
        for (index, text) in lines.enumerated() { #expect(text.starts(with: Array("line \(index) ".utf8))) }
    }

    @Test func deadProgramsThatWaitAreBounded() throws {
        let rig = try Rig()
        let consumer = Consumer(capacity: 4096)
        rig.output.lingeringLimit = 6
        for _ in 0..<10 {
            let child = try rig.channel(consumer.settings())
            child.write([UInt8](repeating: 120, count: 8191) + [10])
            rig.runUntilIdle()
            child.exit()
            child.channel.childExited()
        }
        #expect(rig.text("supervisord.log").contains("too many wait"))
        var got = 0
        rig.run {
            let bytes = consumer.read()
            got += bytes.count
            return got >= 6 * 8192
        }
        #expect(got >= 6 * 8192)
    }

    @Test func aGrandchildThatKeepsThePipeGoesOn() throws {
        let rig = try Rig()
        let consumer = Consumer()
        let child = try rig.channel(consumer.settings())
        child.write("last")
        child.channel.childExited()
        rig.loop.flush()
        // The leader's last line is written at once.
        #expect(consumer.read() == Array("last".utf8))
        #expect(child.channel.isLeft && !child.channel.isFinished)
        child.write("more\n")
        rig.runUntilIdle()
        #expect(consumer.read() == Array("more\n".utf8))
        child.exit()
        rig.runUntilIdle()
        #expect(child.channel.isFinished)
    }

    @Test func onceSupersededThatHasALimitInTime() throws {
        let rig = try Rig()
        rig.output.leftBehindMilliseconds = 20
        let child = try rig.channel(ChannelSettings(file: rig.path("x")))
        child.write("last\n")
        child.channel.childExited()
        #expect(rig.text("x") == "last\n")
        child.write("more\n")
        // Nothing has a deadline as long as there is no limit.
        #expect(rig.output.deadline == nil)
        child.channel.supersede()
        #expect(rig.output.deadline != nil)
        #expect(rig.run { child.channel.isFinished })
        #expect(rig.text("x") == "last\nmore\n")
        #expect(child.write("late") < 0)
        #expect(errno == EPIPE)
        #expect(rig.output.deadline == nil)
        #expect(rig.text("supervisord.log").contains("is not read any more, long after the program's new start"))
    }

    /// A superseded channel whose leader's own bytes wait for a stalled reader: there is no limit for these.
    @Test func theLeadersBytesAreNeverCutOff() throws {
        let rig = try Rig()
        rig.output.leftBehindMilliseconds = 20
        let consumer = Consumer(capacity: 4096)
        let child = try rig.channel(consumer.settings())
        // More than the pipe holds, and too little for a wider one.
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: OutputLimits.bulk - 2) + [UInt8(ascii: "\n")]
        child.write(line)
        child.channel.childExited()
        child.channel.supersede()
        #expect(rig.output.deadline == nil)
        var got: [UInt8] = []
        #expect(
            rig.run {
                got += consumer.read()
                return child.channel.isFinished
            })
        got += consumer.read()
        #expect(got == line)
    }

    @Test func aClosedStreamIsSaidOnceAndStopsNobody() throws {
        let rig = try Rig()
        let child = try rig.channel(ChannelSettings(file: "/dev/fd/998"))
        for _ in 0..<3 {
            child.write("line\n")
            rig.runUntilIdle()
        }
        #expect(rig.text("supervisord.log").components(separatedBy: "can't write to /dev/fd/998").count == 2)
    }

    @Test func aReaderThatGoesIsSaidOnce() throws {
        let rig = try Rig()
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        let child = try rig.channel(ChannelSettings(file: "/dev/fd/\(ends[1])"))
        child.write("line\n")
        rig.runUntilIdle()
        close(ends[0])
        for _ in 0..<3 {
            child.write("line\n")
            rig.runUntilIdle()
        }
        close(ends[1])
        #expect(rig.text("supervisord.log").components(separatedBy: "EPIPE").count == 2)
    }

    @Test func prefixes() throws {
        let rig = try Rig()
        let consumer = Consumer()
        let child = try rig.channel("web", consumer.settings(prefix: true))
        let other = try rig.channel("worker", consumer.settings(prefix: true), prefix: "worker | ")
        child.write("one\n\ntw")
        other.write("x\n")
        rig.runUntilIdle()
        child.write("o\nend")
        child.exit()
        rig.runUntilIdle()
        let text = String(decoding: consumer.read(), as: UTF8.self)
        #expect(text == "web stdout | one\nweb stdout | \nworker | x\nweb stdout | two\nweb stdout | end")
    }

    @Test func aFloodOfEmptyLinesWithPrefixes() throws {
        let rig = try Rig()
        let consumer = Consumer()
        let child = try rig.channel("web", consumer.settings(prefix: true))
        var left = 100_000
        var got: [UInt8] = []
        #expect(
            rig.run {
                if left > 0 { left -= max(child.write([UInt8](repeating: 10, count: min(left, 30000))), 0) }
                got += consumer.read()
                return got.count >= 100_000 * 14
            })
        #expect(got == Array((0..<100_000).map { _ in "web stdout | \n" }.joined().utf8))
    }

    @Test(arguments: [Kind.socket, .message, .file, .terminal])
    func otherKindsOfStreams(_ kind: Kind) throws {
        let rig = try Rig()
        var ends: [Int32] = [-1, -1]
        switch kind {
        case .socket: socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        case .message: socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends)
        case .file:
            ends[1] = open(rig.path("out"), O_RDWR | O_CREAT, 0o600)
            _ = "before\n".withCString { write(ends[1], $0, 7) }
            ends[0] = open(rig.path("out"), O_RDONLY)
            lseek(ends[0], 7, SEEK_SET)
        case .terminal:
            // TIOCSPTLCK and TIOCGPTPEER: Foundation has no posix_openpt.
            ends[0] = open("/dev/ptmx", O_RDWR | O_NOCTTY)
            var locked: Int32 = 0
            _ = ioctl(ends[0], 0x4004_5431, &locked)
            ends[1] = ioctl(ends[0], 0x5441, O_RDWR | O_NOCTTY)
            var mode = termios()
            tcgetattr(ends[1], &mode)
            cfmakeraw(&mode)
            tcsetattr(ends[1], TCSANOW, &mode)
        }
        defer { for end in ends { close(end) } }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        let child = try rig.channel(ChannelSettings(file: "/proc/self/fd/\(ends[1])", maxBytes: 100))
        var written = 0
        var got: [UInt8] = []
        var expected: [UInt8] = []
        #expect(
            rig.run {
                if written < 3000 {
                    let line = Array("line \(written) \(String(repeating: "y", count: 300))\n".utf8)
                    if child.write(line) > 0 {
                        written += 1
                        expected += line
                    }
                }
                var buffer = [UInt8](repeating: 0, count: 100_000)
                let count = read(ends[0], &buffer, buffer.count)
                if count > 0 { got += buffer[..<count] }
                return written == 3000 && got.count >= expected.count
            })
        #expect(got == expected)
        #expect(fcntl(ends[1], F_GETFL) & O_NONBLOCK == 0, "O_NONBLOCK is not ours to set there")
    }

    enum Kind { case socket, message, file, terminal }

    @Test func theSameStreamUnderTwoNumbersIsOne() throws {
        let rig = try Rig()
        let consumer = Consumer()
        let copy = dup(consumer.writing)
        defer { close(copy) }
        #expect(rig.output.inherited(copy) === rig.output.inherited(consumer.writing))
    }

    @Test func escapesAreStrippedBeforeAll() throws {
        let rig = try Rig(stripANSI: true)
        let consumer = Consumer()
        let child = try rig.channel(consumer.settings())
        for piece in ["a\u{1b}", "[3", "1mb\u{1b}", "c\n\u{1b}", "\u{1b}[0", "md\u{1b}"] {
            child.write(piece)
            rig.runUntilIdle()
        }
        child.exit()
        rig.runUntilIdle()
        #expect(consumer.read() == Array("ab\u{1b}c\n\u{1b}d\u{1b}".utf8))
    }

    @Test func ownLinesAreBoundedAndCounted() throws {
        let rig = try Rig()
        let consumer = Consumer(capacity: 4096)
        let settings = SupervisorSettings([.logfile: .log(.file("/dev/fd/\(consumer.writing)"))])
        rig.log.open(settings, toStdout: false, output: rig.output)
        for number in 0..<3000 { rig.log.info("line \(number) \(String(repeating: "z", count: 100))") }
        var got: [UInt8] = []
        #expect(
            rig.run {
                got += consumer.read()
                return String(decoding: got.suffix(200), as: UTF8.self).contains("line 2999")
            })
        let text = String(decoding: got, as: UTF8.self)
        let dropped = try #require(text.split(separator: "\n").first { $0.contains("were dropped here") })
        let count = try #require(Int(dropped.split(separator: " ")[0]))
        #expect(text.split(separator: "\n").filter { $0.contains(" INFO line ") }.count + count == 3000)
        for line in text.split(separator: "\n") where line.contains("INFO line") {
            #expect(line.utf8.count == "2026-01-31 12:00:00,123 INFO line  ".utf8.count + 100 + numberLength(line))
        }
    }

    private func numberLength(_ line: Substring) -> Int { String(line.split(separator: " ")[4]).utf8.count }
}

extension ChannelSettings {
    init(file: String, maxBytes: Int = 0) {
        self.init(.file(file), maxBytes: maxBytes)
    }
}
