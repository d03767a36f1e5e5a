import NIOCore

/// The format that browsers read as `EventSource` (HTML, section 9.2).
enum ServerSentEvents {
    static let headers: [(name: String, value: String)] = [
        ("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"),
        // nginx would buffer small events.
        ("X-Accel-Buffering", "no"),
    ]

    /// - Parameter data: lines; the format makes a carriage return end one, too.
    static func event(_ name: String? = nil, id: Int? = nil, data: some Collection<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + 32)
        if let name { bytes += "event: \(name)\n".utf8 }
        if let id { bytes += "id: \(id)\n".utf8 }
        bytes += "data: ".utf8
        for byte in data {
            if byte == 0x0A || byte == 0x0D { bytes += "\ndata: ".utf8 } else { bytes.append(byte) }
        }
        bytes += [0x0A, 0x0A]
        return bytes
    }
}

/// Lines of a log as events.
struct LineEvents {
    /// The number of bytes after which a line without an end is sent as it is.
    static let longest = 16 << 10

    private var line: [UInt8] = []

    /// One event for each line that ends in `bytes`; the beginning of another one waits for its end.
    mutating func events(for bytes: [UInt8]) -> [UInt8] {
        var events: [UInt8] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A) {
            line += rest[..<end]
            // Programs that write for terminals end their lines with both.
            if line.last == 0x0D { line.removeLast() }
            flush(into: &events)
            rest = rest[(end + 1)...]
        }
        line += rest
        while line.count > Self.longest { flush(Self.longest, into: &events) }
        return events
    }

    /// The unfinished line.
    mutating func rest() -> [UInt8] {
        var events: [UInt8] = []
        if !line.isEmpty { flush(into: &events) }
        return events
    }

    private mutating func flush(_ count: Int? = nil, into events: inout [UInt8]) {
        // A stream of events is UTF-8; programs write arbitrary bytes.
        let text = String(decoding: line.prefix(count ?? line.count), as: UTF8.self)
        events += ServerSentEvents.event(data: text.utf8)
        line.removeFirst(count ?? line.count)
    }
}

/// Writes a comment from time to time: proxies close an idle connection.
final class Pulse {
    private static let interval = TimeAmount.seconds(15)

    private var task: RepeatedTask?

    init(of stream: AnswerStream, on loop: any EventLoop) {
        let bound = NIOLoopBound(stream, eventLoop: loop)
        task = loop.scheduleRepeatedTask(initialDelay: Self.interval, delay: Self.interval) { task in
            guard !bound.value.isOver else { return task.cancel() }
            _ = bound.value.write(Array(":\n\n".utf8))
        }
    }

    func stop() {
        task?.cancel()
        task = nil
    }
}
