import Host
import Kernel
import Supervise

// logs: the output of many programs at once, each line prefixed with a name. init only passes the descriptors.

/// Turns the bytes of one log into lines with a prefix. It passes on only whole lines, so those of two logs never mix.
private struct PrefixedLines {
    let prefix: OutputText
    private var unfinished: [UInt8] = []
    /// Bytes of a line that waits for its end; a longer one is passed on in pieces.
    private static let longest = 1 << 20

    init(prefix: OutputText) { self.prefix = prefix }

    mutating func take(_ bytes: some Collection<UInt8>, _ session: Session) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || unfinished.count >= Self.longest { emit(session) }
            if byte != UInt8(ascii: "\n") { unfinished.append(byte) }
        }
    }

    /// Passes on the last line even if its end never came.
    mutating func finish(_ session: Session) {
        if !unfinished.isEmpty { emit(session) }
    }

    private mutating func emit(_ session: Session) {
        session.output(raw: prefix.bytes)
        session.output(raw: unfinished)
        session.output(raw: CollectionOfOne(UInt8(ascii: "\n")))
        unfinished.removeAll(keepingCapacity: true)
    }
}

/// A followed log.
private final class FollowedLog {
    var lines: PrefixedLines
    private let pipe: Descriptor

    init(_ pipe: consuming Descriptor, lines: PrefixedLines) {
        self.pipe = pipe
        self.lines = lines
    }

    var number: Int32 { pipe.number }
}

/// Which logs to show, and how much of each.
private struct LogRequest {
    var rows: [(name: OutputText, prefixes: [OutputText])] = []
    /// If programs were named, each must have a log; otherwise one of all is enough.
    let isSelective: Bool
    /// From the end of each; `Int.max`: all.
    let count: Int

    static let channels: [StaticString] = ["stdout", "stderr"]
    /// The default number of lines.
    static let usualCount = 10
    /// Bytes of earlier output that `-f` shows: init copies them, and they must leave room in the pipe for new output.
    static let mostHistory = 48 << 10

    /// Bytes that hold `count` lines of normal length.
    var history: Int { count == 0 ? 0 : min(max(count, 16), Self.mostHistory / 256) * 256 }
}

@Sendable func logs(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    let arguments: Arguments
    do throws(Arguments.UsageError) {
        arguments = try Arguments(words, [.init("-f", "--follow"), .init("-n", "--lines", takesValue: true)])
    } catch {
        return session.mistake(error.sentence, in: "logs", status: ExitCode.invalidArguments)
    }
    var count = LogRequest.usualCount
    if let written = arguments.value(of: "--lines") {
        guard let number = written.equals("all") ? Int.max : Arguments.number(written) else {
            session.mistake("Error: \(written) is not a number of lines", in: "logs", status: ExitCode.invalidArguments)
            return
        }
        count = number
    }
    guard try session.isUp() else { return }
    var request = LogRequest(isSelective: !arguments.names.isEmpty && !arguments.names.sayAll, count: count)
    var width = 0
    for info in try session.processes(arguments.names, unknown: session.fail) {
        let name = try info.processName
        width = max(width, name.count)
        request.rows.append((name, []))
    }
    for index in request.rows.indices {
        let name = request.rows[index].name.padded(width)
        let colour = Paint.ofPrograms[index % Paint.ofPrograms.count]
        request.rows[index].prefixes = [
            session.paint("\(name) | ", colour), "\(session.paint(name, colour))\(session.paint(" ! ", .red))",
        ]
    }
    if arguments.has("--follow") {
        try session.follow(request)
    } else {
        try session.show(request)
    }
}

extension Session {
    /// Reports what could not be done; the action continues.
    fileprivate func fail(_ sentence: OutputText) {
        output(sentence)
        exitStatus = ExitCode.generic
    }

    fileprivate func fail(_ sentence: OutputText, _ word: [UInt8]) {
        fail(sentence)
        suggestProgram(for: word)
    }

    // MARK: What was written

    fileprivate func show(_ request: LogRequest) throws(CtlError) {
        var shown = 0
        for row in request.rows {
            var hasLog = false
            for (channel, prefix) in zip(LogRequest.channels, row.prefixes) {
                let log: Descriptor
                do throws(CtlError) {
                    log = try open(row.name, "\(channel)", last: request.count)
                } catch .fault(Fault.noFile.rawValue, _) {
                    continue
                }
                hasLog = true
                var lines = PrefixedLines(prefix: prefix)
                do throws(Errno) {
                    try pass(log.number, last: request.count, to: &lines)
                } catch {
                    fail("\(row.name): ERROR (unknown error reading log)")
                }
                lines.finish(self)
            }
            if hasLog { shown += 1 } else { note("\(row.name): no log file") }
        }
        judge(shown, request)
    }

    /// - Parameter shown: programs that had a log.
    private func judge(_ shown: Int, _ request: LogRequest) {
        if shown < (request.isSelective ? request.rows.count : min(1, request.rows.count)) {
            exitStatus = ExitCode.generic
        }
    }

    /// A log that contains the last lines, or all of it.
    func open(_ name: OutputText, _ channel: String, last count: Int) throws(CtlError) -> Descriptor {
        guard try isTranslated() else {
            return try open("reeve.openLog", [.string(name.bytes), .text(channel)]).take()
        }
        // Over HTTP: only as much as holds the lines.
        var bytes = count == Int.max ? 0 : max(count, 16) * 256
        while true {
            let log = try open("reeve.openLog", [.string(name.bytes), .text(channel), .int(bytes)]).take()
            do throws(Errno) {
                if bytes == 0 || count == 0 { return log }
                let size = try File.size(of: log.number)
                let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
                defer { room.deallocate() }
                let start = try Self.start(ofLast: count, in: log.number, size: size, room)
                if size < bytes || start > 0 { return log }
            } catch {
                throw .fault(code: Fault.failed.rawValue, text: "")
            }
            bytes = min(bytes, Int(Int32.max) / 8) * 8
            if bytes > 1 << 28 { bytes = 0 }
        }
    }

    /// Reads the log as it is now, without what is written meanwhile.
    private func pass(_ log: Int32, last count: Int, to lines: inout PrefixedLines) throws(Errno) {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
        defer { room.deallocate() }
        let size = try File.size(of: log)
        var offset = try Self.start(ofLast: count, in: log, size: size, room)
        while offset < size {
            let piece = UnsafeMutableRawBufferPointer(rebasing: room[..<min(room.count, size - offset)])
            let read = try File.read(log, at: offset, into: piece)
            if read == 0 { return }
            lines.take(piece[..<read], self)
            offset += read
        }
    }

    /// Finds the start of the last lines, from the end.
    static func start(
        ofLast count: Int, in log: Int32, size: Int, _ room: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        var (end, missing) = (size, count)
        if missing == 0 { return size }
        while end > 0 {
            let begin = max(0, end - room.count)
            let piece = UnsafeMutableRawBufferPointer(rebasing: room[..<(end - begin)])
            let read = try File.read(log, at: begin, into: piece)
            for index in piece[..<read].indices.reversed() where piece[index] == UInt8(ascii: "\n") {
                // The newline at the very end ends the last line and begins none.
                if begin + index == size - 1 { continue }
                missing -= 1
                if missing == 0 { return begin + index + 1 }
            }
            end = begin
        }
        return 0
    }

    // MARK: What is being written

    fileprivate func follow(_ request: LogRequest) throws(CtlError) {
        guard let interrupts = try? Interrupts(), let poller = try? Poller() else {
            throw .lost("there is no descriptor left")
        }
        _ = try? poller.add(interrupts.number, .read, token: UInt64.max)
        // Over HTTP, the server decides.
        let history = try isTranslated() ? 1024 : request.history
        var followed: [FollowedLog?] = []
        var shown = 0
        for row in request.rows {
            let before = followed.count
            for (channel, prefix) in zip(LogRequest.channels, row.prefixes) {
                guard let log = try open(row.name, channel, prefix, history) else { continue }
                passHistory(of: log, history, last: request.count)
                guard (try? poller.add(log.number, .read, token: UInt64(followed.count))) != nil else { continue }
                followed.append(log)
            }
            if followed.count > before { shown += 1 } else { note("\(row.name): no log file") }
        }
        judge(shown, request)
        flush()
        var left = followed.count
        var isInterrupted = false
        while left > 0, !isInterrupted {
            var ready: [Int] = []
            poller.wait(milliseconds: -1) { token, _ in
                if token == UInt64.max { isInterrupted = true } else { ready.append(Int(token)) }
            }
            for index in ready where index < followed.count {
                guard let log = followed[index], !pass(log) else { continue }
                // The supervisor has exited, or the program was removed from its configuration.
                log.lines.finish(self)
                followed[index] = nil
                left -= 1
            }
            flush()
        }
    }

    private func open(
        _ name: OutputText, _ channel: StaticString, _ prefix: OutputText, _ history: Int
    ) throws(CtlError) -> FollowedLog? {
        do throws(CtlError) {
            let handover = try open("reeve.follow", [.string(name.bytes), .text("\(channel)"), .int(history)])
            return FollowedLog(handover.take(), lines: PrefixedLines(prefix: prefix))
        } catch .fault(Fault.noFile.rawValue, _) {
            return nil
        } catch .noStream {
            return nil
        } catch .fault(Fault.failed.rawValue, let text) {
            fail("\(name): ERROR (cannot follow \(channel): \(text))")
            return nil
        }
    }

    /// The last lines of what is in the pipe already: it begins in mid-line if there was more than was requested.
    private func passHistory(of log: FollowedLog, _ history: Int, last count: Int) {
        let waiting = PipeEnds.waiting(log.number)
        guard waiting > 0 else { return }
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: waiting, alignment: 1)
        defer { room.deallocate() }
        guard let read = try? File.read(log.number, into: room), read > 0 else { return }
        var start = 0
        if read >= history, let end = room[..<read].firstIndex(of: UInt8(ascii: "\n")) { start = end + 1 }
        var missing = count
        for index in room[start..<read].indices.reversed() where room[index] == UInt8(ascii: "\n") {
            if index == read - 1 { continue }
            missing -= 1
            if missing == 0 { start = index + 1 }
            if missing == 0 { break }
        }
        log.lines.take(room[start..<read], self)
    }

    /// False at the end.
    private func pass(_ log: FollowedLog) -> Bool {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
        defer { room.deallocate() }
        guard let read = try? File.read(log.number, into: room), read > 0 else { return false }
        log.lines.take(room[..<read], self)
        return true
    }
}
