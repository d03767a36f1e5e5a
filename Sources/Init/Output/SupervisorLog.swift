import Kernel
import Supervise

/// The supervisor's own log: `2026-01-31 12:00:00,123 INFO text`.
///
/// It can be used before its file is open: it keeps lines until then. It never waits and never fails.
///
/// The lines of one turn of the loop are one write to the file, at the turn's end or when the file is full. Code that
/// reads the file must flush first.
final class SupervisorLog: Flushing {
    /// Lines below this level are not built.
    var level = LogLevel.info
    private(set) var path: String?
    private var early: [UInt8] = []
    private var earlyDropped = 0
    private var isOpen = false
    private var file: FileSink?
    private var lines: OwnLines?
    private var syslog: Syslog?
    private var tail: Tail?
    private var followers: Followers?
    private var loop: EventLoop?
    /// Lines that are not in the file yet; allocated when it is first used.
    private var batch: Bytes?
    private var isToFlush = false
    private var second: Int64 = .min
    private var secondText: [UInt8] = []

    init() {}

    func isEnabled(_ level: LogLevel) -> Bool { level >= self.level }

    func critical(_ text: @autoclosure () -> String) { log(.critical, text()) }
    func error(_ text: @autoclosure () -> String) { log(.error, text()) }
    func warn(_ text: @autoclosure () -> String) { log(.warn, text()) }
    func info(_ text: @autoclosure () -> String) { log(.info, text()) }
    func debug(_ text: @autoclosure () -> String) { log(.debug, text()) }
    func trace(_ text: @autoclosure () -> String) { log(.trace, text()) }
    func blather(_ text: @autoclosure () -> String) { log(.blather, text()) }

    func log(_ level: LogLevel, _ text: @autoclosure () -> String) {
        guard isEnabled(level) else { return }
        write(level, text(), UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Logs each line of a text as a line of its own.
    func lines(_ level: LogLevel, _ text: String) {
        for line in text.bytes.split(separator: UInt8(ascii: "\n")) {
            log(level, String(decoding: line, as: UTF8.self))
        }
    }

    /// Logs a line followed by the unchanged output of a program.
    func debug(_ text: @autoclosure () -> String, output: UnsafeRawBufferPointer) {
        guard isEnabled(.debug) else { return }
        write(.debug, text(), output)
    }

    /// Every log line passes through here, which escapes external text, such as file names, that could break the line.
    private func write(_ level: LogLevel, _ text: String, _ output: UnsafeRawBufferPointer) {
        var line = timestamp()
        append(level.tag, to: &line)
        line.append(UInt8(ascii: " "))
        let start = line.count
        var text = text
        text.withUTF8 { OneLine.append(UnsafeRawBufferPointer($0), to: &line) }
        line.append(UInt8(ascii: "\n"))
        if !output.isEmpty {
            line.append(contentsOf: output)
            line.append(UInt8(ascii: "\n"))
        }
        write(line)
        guard isOpen, let syslog else { return }
        let prefix = Array(line[..<start])
        line[start...].withUnsafeBytes { text in
            SyslogMessage.lines(text) { syslog.send(prefix, $0, end: [UInt8(ascii: "\n")]) }
        }
    }

    /// `2026-01-31 12:00:00,123`. The part up to the seconds is built once a second.
    private func timestamp() -> [UInt8] {
        let now = SystemClock.realtime
        let second = now / 1_000_000_000
        if second != self.second {
            self.second = second
            let time = LocalTime(Int(second))
            secondText = []
            append(time.year, digits: 4, "-", to: &secondText)
            append(time.month, digits: 2, "-", to: &secondText)
            append(time.day, digits: 2, " ", to: &secondText)
            append(time.hour, digits: 2, ":", to: &secondText)
            append(time.minute, digits: 2, ":", to: &secondText)
            append(time.second, digits: 2, ",", to: &secondText)
        }
        var text: [UInt8] = []
        text.reserveCapacity(128)
        text.append(contentsOf: secondText)
        append(Int(now % 1_000_000_000) / 1_000_000, digits: 3, " ", to: &text)
        return text
    }

    private func append(_ number: Int, digits: Int, _ end: StaticString, to text: inout [UInt8]) {
        var unit = 1
        for _ in 1..<digits { unit *= 10 }
        while unit > 0 {
            text.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number / unit % 10))
            unit /= 10
        }
        append(end, to: &text)
    }

    private func append(_ text: StaticString, to line: inout [UInt8]) {
        text.withUTF8Buffer { line.append(contentsOf: $0) }
    }

    private func write(_ line: [UInt8]) {
        guard isOpen else {
            guard early.count + line.count <= OutputLimits.earlyLines else {
                earlyDropped += 1
                return
            }
            early.append(contentsOf: line)
            return
        }
        line.withUnsafeBytes { bytes in
            if file != nil { gather(bytes) } else { tell(bytes) }
        }
        lines?.append(line)
    }

    private func tell(_ bytes: UnsafeRawBufferPointer) {
        file?.write(bytes, for: "supervisord")
        CrashReport.log(to: file?.number)
        tail?.append(bytes)
        followers?.send(bytes)
    }

    /// Keeps the bytes for the end of the turn, unless the file must be rotated after them, or has errors to report.
    private func gather(_ bytes: UnsafeRawBufferPointer) {
        let waiting = batch?.count ?? 0
        if waiting + bytes.count > OutputLimits.batch { flush() }
        guard let file, let loop, bytes.count <= OutputLimits.batch, !Heap.isShort else {
            flush()
            return tell(bytes)
        }
        let batch = batch ?? Bytes(capacity: OutputLimits.batch)
        self.batch = batch
        batch.append(bytes)
        if batch.count >= file.room { return flush() }
        CrashNotes.unwritten(batch.filled, of: file.number)
        CrashReport.log(to: file.number)
        if !isToFlush {
            isToFlush = true
            loop.flushLater(self)
        }
    }

    /// Writes all lines to the file.
    func flush() {
        isToFlush = false
        guard let batch, !batch.isEmpty else { return }
        // Errors of the write are logged after it.
        self.batch = nil
        CrashNotes.allWritten()
        tell(batch.filled)
        batch.reset(to: 0)
        if self.batch == nil { self.batch = batch }
    }

    // MARK: Opening

    /// Opens what `[supervisord]` names, and writes the lines that were kept. Call it again for a new configuration.
    ///
    /// If a file can't be opened, reports that on stderr; lines then go to the tail in memory, and to stdout if
    /// `toStdout`.
    ///
    /// - Parameter toStdout: `nodaemon` and not `silent`.
    func open(_ settings: SupervisorSettings, toStdout: Bool, output: Output) {
        level = settings.logLevel
        flush()
        loop = output.loop
        let oldFile = file
        file = nil
        path = nil
        syslog = nil
        var stream = toStdout ? output.inherited(1) : nil
        var failure: String?
        switch settings.logfile {
        case .none, .auto:
            break
        case .syslog:
            syslog = output.syslog
        case .file(let name):
            if let number = Output.inheritedNumber(name) {
                // If stdout is the log file, each line must go there only once.
                stream = output.inherited(number)
            } else {
                failure = open(name, settings, output, &stream)
            }
        }
        if let oldFile { output.close(oldFile) }
        if let lines, lines.stream === stream {
            // It is the same stream: its waiting lines stay where they are.
        } else {
            lines = stream.map { OwnLines($0) }
        }
        if let stream, !stream.isOpen, path == nil, syslog == nil {
            failure = "can't write the log to \(stream.name): it is not open"
        }
        tail = path == nil ? tail ?? Tail(capacity: OutputLimits.tail) : nil
        if followers == nil { followers = Followers(output) }
        isOpen = true
        writeEarly()
        if let failure {
            File.print("\(failure.oneLine)\n", to: 2)
            error(failure)
        }
    }

    private func open(
        _ name: String, _ settings: SupervisorSettings, _ output: Output, _ stream: inout StreamSink?
    ) -> String? {
        do throws(TrustError) {
            let place = LogFile(
                name, owner: nil, maxBytes: settings.logfileMaxBytes, backups: settings.logfileBackups)
            switch try output.openSink(place) {
            case .file(let sink):
                file = sink
                path = name
            case .stream(let sink):
                if stream == nil { stream = sink } else { output.close(sink) }
            }
            return nil
        } catch {
            return "can't open the log file \(name): \(error.description)"
        }
    }

    private func writeEarly() {
        let kept = early
        let dropped = earlyDropped
        early = []
        earlyDropped = 0
        if !kept.isEmpty {
            write(kept)
            if let syslog {
                kept.withUnsafeBytes { bytes in
                    SyslogMessage.lines(bytes) { syslog.send([], $0, end: [UInt8(ascii: "\n")]) }
                }
            }
        }
        if dropped > 0 { warn("\(dropped) lines were dropped before the log was open") }
    }

    /// For a start that fails before the log is open: writes the lines that were kept to this stream.
    func writeEarly(to stream: Int32) {
        File.print(bytes: early, to: stream)
        early = []
    }

    // MARK: Commands

    /// SIGUSR2.
    func reopen() {
        info("supervisord logreopen")
        flush()
        file?.reopen()
    }

    /// `clearLog`. As with supervisord, the log is empty afterwards: the line that reports this goes to the old file,
    /// and to stdout.
    ///
    /// - Throws: ENOENT if there is no file.
    func clear() throws(TrustError) {
        flush()
        guard let path, let file, (try? Errand.status(of: path)) != nil else {
            tail?.clear()
            throw TrustError(.noEntry)
        }
        try file.remove {
            info("reopening log file")
            flush()
        }
    }

    /// Opens the log's file, or a copy of the tail in memory if there is no file.
    ///
    /// - Throws: ENOENT if there is neither.
    func openForReading() throws(Errno) -> OpenedLog {
        flush()
        if let path { return try OpenedLog(path: path, owner: nil) }
        guard let tail else { throw .noEntry }
        return try OpenedLog(copying: tail.last(), name: "supervisord")
    }

    /// Returns the reading end of a pipe that gets the last `backlog` bytes, then everything that follows.
    func follow(backlog: Int) throws(Errno) -> Descriptor {
        guard let followers else { throw .noEntry }
        flush()
        let wanted = min(max(backlog, 0), PipeEnds.usualCapacity)
        if let path {
            let history = (try? TrustedFile.end(of: path, wanted, owner: nil)) ?? []
            return try followers.add(history: history)
        }
        return try followers.add(history: tail?.last(wanted) ?? [])
    }
}

/// The supervisor's lines on a stream that it shares with programs. Their number is limited; the oldest are dropped
/// first.
final class OwnLines: StreamSource {
    let stream: StreamSink
    var identity: ObjectIdentifier { ObjectIdentifier(self) }
    var isQueued = false
    private var waiting: [UInt8] = []
    /// Part of the first line in `waiting` has been written.
    private var isInLine = false
    private var dropped = 0

    init(_ stream: StreamSink) {
        self.stream = stream
    }

    func append(_ line: [UInt8]) {
        let limit = Heap.isShort ? OutputLimits.ownLinesInShortage : OutputLimits.ownLines
        if waiting.count + line.count > limit { dropOldest(line.count, limit) }
        waiting.append(contentsOf: line)
        stream.offer(self)
    }

    /// Drops enough to make room for `count` bytes and a quarter more, so that a stalled stream doesn't cost a move per
    /// line.
    private func dropOldest(_ count: Int, _ limit: Int) {
        let newline = UInt8(ascii: "\n")
        var kept = 0
        if isInLine { kept = waiting.firstIndex(of: newline).map { $0 + 1 } ?? waiting.count }
        var end = kept
        while end < waiting.count, waiting.count - (end - kept) + count > limit * 3 / 4 {
            end = waiting[end...].firstIndex(of: newline).map { $0 + 1 } ?? waiting.count
            dropped += 1
        }
        waiting.removeSubrange(kept..<end)
    }

    func pump() -> Pumped {
        if dropped > 0, !isInLine {
            let notice =
                "\(dropped) lines of the log were dropped here: the reader of \(stream.name.oneLine) had stalled\n"
            dropped = 0
            waiting.insert(contentsOf: notice.bytes, at: 0)
        }
        let count = waiting.withUnsafeBytes { stream.write($0, from: self) }
        guard count < waiting.count else {
            waiting = []
            isInLine = false
            return .drained
        }
        if count > 0 { isInLine = waiting[count - 1] != UInt8(ascii: "\n") }
        waiting.removeFirst(count)
        return .blocked
    }

    func pause() {}
    func resume() {}
}
