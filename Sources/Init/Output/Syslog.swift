import Kernel
import Supervise

/// `/dev/log`: one connection for the supervisor and all programs.
///
/// Nothing waits for it. Lines that don't fit into the daemon's queue (ten messages by default) are kept, and dropped
/// if there are too many. Without a daemon, lines are dropped until there is one. Both are logged once.
final class Syslog: Watcher {
    static let path = "/dev/log"

    private let loop: EventLoop
    private let log: SupervisorLog
    private var socket: Descriptor?
    private var watch: Watch?
    private var waiting: [[UInt8]] = []
    private var waitingBytes = 0
    private var dropped = 0
    private var isAbsent = false
    private var second = Int.min
    private var header: [UInt8] = []

    init(loop: EventLoop, log: SupervisorLog) {
        self.loop = loop
        self.log = log
    }

    private enum Delivered { case done, full, absent }

    /// Sends one line, preceded by the time and supervisord's name.
    func send(_ prefix: [UInt8], _ line: UnsafeRawBufferPointer, end: [UInt8] = []) {
        let now = Int(SystemClock.realtime / 1_000_000_000)
        if now != second {
            second = now
            let time = LocalTime(now)
            header = SyslogMessage.header(
                month: time.month, day: time.day, hour: time.hour, minute: time.minute, second: time.second)
        }
        var message: [UInt8] = []
        message.reserveCapacity(header.count + prefix.count + line.count + end.count)
        message.append(contentsOf: header)
        message.append(contentsOf: prefix)
        message.append(contentsOf: line)
        message.append(contentsOf: end)
        guard waiting.isEmpty else { return keep(message) }
        switch deliver(message) {
        case .done: break
        case .full: keep(message)
        case .absent: lose(1)
        }
    }

    private func keep(_ message: [UInt8]) {
        guard waitingBytes + message.count <= (Heap.isShort ? OutputLimits.ownLinesInShortage : OutputLimits.syslog)
        else {
            dropped += 1
            return
        }
        waiting.append(message)
        waitingBytes += message.count
        // This may fail for lack of memory; the next line tries again.
        if watch == nil, let number = socket?.number { watch = try? loop.watch(number, for: .write, self) }
    }

    func ready(_ readiness: Readiness, on watch: Watch) {
        flush()
    }

    private func flush() {
        var gone = 0
        while gone < waiting.count {
            switch deliver(waiting[gone]) {
            case .done: gone += 1
            case .full:
                waiting.removeFirst(gone)
                waitingBytes = waiting.reduce(0) { $0 + $1.count }
                return
            case .absent:
                let lost = waiting.count - gone
                forgetWaiting()
                return lose(lost)
            }
        }
        forgetWaiting()
        guard dropped > 0 else { return }
        let count = dropped
        dropped = 0
        log.warn("\(count) lines for syslog were dropped: its reader had stalled")
    }

    private func forgetWaiting() {
        waiting = []
        waitingBytes = 0
        unwatch()
    }

    /// A restarted daemon has a new socket: if the old one rejects a message, sends it to the new one.
    private func deliver(_ message: [UInt8]) -> Delivered {
        for isLast in [false, true] {
            do throws(Errno) {
                if socket == nil { socket = try Datagrams.connect(to: Self.path) }
                guard let number = socket?.number else { return .absent }
                guard try Datagrams.send(message, to: number) else { return .full }
                recovered()
                return .done
            } catch .messageTooLong {
                return .done
            } catch {
                close()
                if isLast { return absent(error) }
            }
        }
        return .absent
    }

    private func absent(_ error: Errno) -> Delivered {
        if !isAbsent {
            isAbsent = true
            log.warn(
                "can't write to syslog (\(Self.path): \(error.description)); lines for it are dropped until that works")
        }
        return .absent
    }

    private func lose(_ count: Int) {
        dropped = dropped.addingReportingOverflow(count).partialValue
    }

    private func recovered() {
        guard isAbsent else { return }
        isAbsent = false
        let count = dropped
        dropped = 0
        log.warn("syslog can be written again; \(count) lines for it were dropped")
    }

    private func unwatch() {
        if let watch { loop.cancel(watch) }
        watch = nil
    }

    private func close() {
        unwatch()
        socket = nil
    }

    /// At exit: writes what waits as far as there is room, until `deadline` (nanoseconds since boot).
    func settle(until deadline: Int64) {
        while !waiting.isEmpty, let number = socket?.number {
            let left = (deadline &- SystemClock.boottime) / 1_000_000
            guard left > 0, Datagrams.waitWritable(number, milliseconds: Int(left)) else { return }
            flush()
        }
    }
}

/// Splits the output of one channel into lines for syslog.
final class SyslogLines {
    private let prefix: [UInt8]
    private let syslog: Syslog
    /// The start of a line whose end has not been read yet.
    private var unfinished: [UInt8] = []

    /// A piece of exactly this size was probably cut in mid-line by a buffer: C's buffers for pipes have this size.
    private static let block = 4096

    init(_ name: String, _ syslog: Syslog) {
        prefix = "\(name) ".bytes
        self.syslog = syslog
    }

    /// Sends complete lines; keeps the start of one that a buffer has cut.
    func take(_ bytes: UnsafeRawBufferPointer) {
        var end = bytes.count
        if bytes.count % Self.block == 0, !Heap.isShort {
            let last = File.lastIndex(of: UInt8(ascii: "\n"), in: bytes).map { $0 + 1 } ?? 0
            if bytes.count - last + unfinished.count <= OutputLimits.unfinishedLine { end = last }
        }
        let kept = UnsafeRawBufferPointer(rebasing: bytes[end...])
        if end > 0 {
            if unfinished.isEmpty {
                send(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
            } else {
                unfinished.append(contentsOf: bytes[..<end])
                finish()
            }
        }
        unfinished.append(contentsOf: kept)
    }

    /// The channel has ended: sends the start of a line without its end.
    func finish() {
        guard !unfinished.isEmpty else { return }
        let bytes = unfinished
        unfinished = []
        bytes.withUnsafeBytes { send($0) }
    }

    private func send(_ bytes: UnsafeRawBufferPointer) {
        SyslogMessage.lines(bytes) { syslog.send(prefix, $0) }
    }
}
