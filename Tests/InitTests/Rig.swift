import Foundation
import Kernel

@testable import Init
@testable import Supervise

/// Polls until `done`; false after a minute, which a busy machine may need.
func eventually(_ done: () -> Bool) -> Bool {
    let end = Date().addingTimeInterval(60)  // clock: deadline
    while !done() {
        if Date() > end { return false }  // clock: deadline
        usleep(500)  // sleep: poll
    }
    return true
}

/// A loop, an output and a log with their own folder.
final class Rig {
    let loop: EventLoop
    let log = SupervisorLog()
    let output: Output
    let folder: String

    init(stripANSI: Bool = false) throws {
        loop = try EventLoop()
        output = Output(loop: loop, log: log)
        output.stripANSI = stripANSI
        folder = NSTemporaryDirectory() + "reeve-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        output.childLogDirectory = folder
        log.open(
            SupervisorSettings([.logfile: .log(.file(path("supervisord.log")))]), toStdout: false, output: output)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    func path(_ name: String) -> String { folder + "/" + name }

    func bytes(_ name: String) -> [UInt8] {
        log.flush()
        return (FileManager.default.contents(atPath: path(name)) ?? Data()).map { $0 }
    }

    func text(_ name: String) -> String { String(decoding: bytes(name), as: UTF8.self) }

    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0 != "supervisord.log" }
            .sorted()
    }

    /// A channel whose writing end the test writes to.
    func channel(_ name: String, _ settings: ChannelSettings, prefix: String? = nil) throws -> Child {
        let log = ChannelLog(name, .stdout, settings, prefix: prefix, output: output)
        return try Child(log, try OutputChannel(log))
    }

    func channel(_ settings: ChannelSettings) throws -> Child { try channel("web", settings) }

    func child(of log: ChannelLog) throws -> Child { try Child(log, try OutputChannel(log)) }

    /// Turns the loop and the clock until `done`; false after a minute.
    @discardableResult
    func run(until done: () -> Bool) -> Bool {
        eventually {
            if done() { return true }
            // No pause as long as there is work.
            while loop.turn(wait: false) > 0 {
                output.tick(now: Instant(nanoseconds: SystemClock.boottime))  // clock: data
                if done() { return true }
            }
            output.tick(now: Instant(nanoseconds: SystemClock.boottime))  // clock: data
            return done()
        }
    }

    /// Turns the loop until nothing is ready.
    func runUntilIdle() {
        while loop.turn(wait: false) > 0 {}
    }
}

/// The child's side of a channel, without a child.
final class Child {
    let log: ChannelLog
    let channel: OutputChannel
    private var end: Int32

    init(_ log: ChannelLog, _ channel: OutputChannel) throws {
        self.log = log
        self.channel = channel
        end = fcntl(channel.writeEnd, F_DUPFD_CLOEXEC, 3)
        _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
        channel.spawned()
    }

    deinit { exit() }

    /// Returns the number of bytes that the pipe accepted.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes { Foundation.write(end, $0.baseAddress, $0.count) }
    }

    @discardableResult
    func write(_ text: String) -> Int { write(Array(text.utf8)) }

    /// Closes the pipe, as the exit of a child does.
    func exit() {
        if end >= 0 { close(end) }
        end = -1
    }
}

/// A pipe in place of init's stdout.
final class Consumer {
    let reading: Int32
    private(set) var writing: Int32

    init(capacity: Int32? = nil) {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        reading = ends[0]
        writing = ends[1]
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
        if let capacity { _ = fcntl(writing, 1031, capacity) }
    }

    deinit {
        if reading >= 0 { close(reading) }
        if writing >= 0 { close(writing) }
    }

    /// The bytes that are available now.
    func read(_ limit: Int = 1 << 20) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = buffer.withUnsafeMutableBytes { Foundation.read(reading, $0.baseAddress, $0.count) }
        return count > 0 ? Array(buffer[..<count]) : []
    }

    func settings(prefix: Bool = false) -> ChannelSettings {
        ChannelSettings(.file("/dev/fd/\(writing)"), prefixLines: prefix)
    }
}

extension ChannelSettings {
    /// As a program has them that says nothing else.
    init(_ logfile: LogTarget = .auto, maxBytes: Int = 50 << 20, backups: Int = 10, prefixLines: Bool = false) {
        self.init(
            logfile: logfile, maxBytes: maxBytes, backups: backups, captureMaxBytes: 0, eventsEnabled: false,
            syslog: false, prefixLines: prefixLines, copyToStdout: false)
    }
}
