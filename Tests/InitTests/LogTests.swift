import Foundation
import Kernel
import Testing

@testable import Init
@testable import Supervise

struct LogTests {
    /// A log in the rig's folder.
    private func log(_ rig: Rig, maxBytes: Int = 0) -> SupervisorLog {
        let settings = SupervisorSettings([
            .logfile: .log(.file(rig.path("own.log"))), .logfileMaxbytes: .int(maxBytes), .logfileBackups: .int(50),
        ])
        let log = SupervisorLog()
        log.open(settings, toStdout: false, output: rig.output)
        return log
    }

    private func lines(_ text: String) -> [Substring] { text.split(separator: "\n").map { $0.dropFirst(29) } }

    @Test func linesOfATurnAreWrittenAtItsEnd() throws {
        let rig = try Rig()
        let log = log(rig)
        for number in 0..<20 { log.info("line \(number)") }
        #expect(rig.text("own.log").isEmpty)
        rig.loop.turn(wait: false)
        #expect(lines(rig.text("own.log")) == (0..<20).map { "line \($0)" })
    }

    @Test func whoReadsTheLogFindsAllOfIt() throws {
        let rig = try Rig()
        let log = log(rig)
        log.info("said")
        _ = try log.openForReading()
        #expect(lines(rig.text("own.log")) == ["said"])
        log.info("again")
        try log.clear()
        #expect(lines(rig.text("own.log")).isEmpty)
    }

    /// Each file ends with the line that filled it, as if each line were written separately.
    @Test(arguments: [100, 333, 1000, 5000]) func filesAreFullAtTheSameLines(maxBytes: Int) throws {
        let rig = try Rig()
        let log = log(rig, maxBytes: maxBytes)
        for number in 0..<200 {
            log.info("line \(number)")
            if number % 37 == 0 { rig.loop.turn(wait: false) }
        }
        log.flush()
        let names = rig.names.filter { $0.hasPrefix("own.log") }
        var found: [Int: [Substring]] = [:]
        for name in names { found[Int(name.dropFirst(8)) ?? 0] = lines(rig.text(name)) }
        // The same lines, split by the test: 29 bytes and a newline besides the text.
        var files: [[Substring]] = [[]]
        var size = 0
        for number in 0..<200 {
            files[files.count - 1].append("line \(number)")
            size += 30 + "line \(number)".count
            if size >= maxBytes {
                files.append([])
                size = 0
            }
        }
        let kept = files.suffix(51).reversed()
        for (index, file) in kept.enumerated() { #expect(found[index] == file, "\(index)") }
    }

    @Test func aCrashStillWritesWhatWaits() throws {
        let rig = try Rig()
        let path = rig.path("crash.log")
        let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_APPEND)
        let bytes = Bytes(capacity: 16)
        Array("last".utf8).withUnsafeBytes { _ = bytes.append($0) }
        CrashNotes.unwritten(bytes.filled, of: file.number)
        CrashNotes.write()
        CrashNotes.write()
        #expect(rig.text("crash.log") == "last")
    }

    @Test func smallWritesToAStreamGoTogetherInTheirOrder() throws {
        let rig = try Rig()
        let consumer = Consumer()
        let children = try (0..<5).map { try rig.channel("p\($0)", consumer.settings()) }
        let before = consumer.read()
        for (number, child) in children.enumerated() { child.write("line of \(number)\n") }
        for child in children { child.channel.look() }
        #expect(before.isEmpty && consumer.read().isEmpty)
        rig.loop.flush()
        #expect(String(decoding: consumer.read(), as: UTF8.self) == (0..<5).map { "line of \($0)\n" }.joined())
        for child in children { child.exit() }
        rig.runUntilIdle()
    }

    @Test func aFloodIsSplicedAndItsEndIsKept() throws {
        let rig = try Rig()
        let consumer = Consumer()
        let child = try rig.channel(consumer.settings())
        var sent: [UInt8] = []
        var got: [UInt8] = []
        var number = 0
        while sent.count < 4 << 20 {
            var block: [UInt8] = []
            while block.count < 60_000 {
                block += Array("line \(number) \(String(repeating: "x", count: number % 50))\n".utf8)
                number += 1
            }
            var rest = block[...]
            while !rest.isEmpty {
                let count = child.write(Array(rest))
                if count > 0 { rest = rest.dropFirst(count) }
                rig.loop.turn(wait: false)
                got += consumer.read()
            }
            sent += block
        }
        child.exit()
        rig.run {
            got += consumer.read()
            return child.channel.isFinished
        }
        rig.loop.flush()
        got += consumer.read()
        #expect(got == sent)
        #expect(child.log.received == sent.count)
        let opened = try child.log.openForReading()
        #expect(try File.whole(opened.file.number, limit: 1 << 20) == Array(sent.suffix(OutputLimits.tail)))
    }
}
