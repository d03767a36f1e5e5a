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

/// Lines of a log as events, one for each.
struct LineEvents {
    private var splitter = LineSplitter()

    /// Of the lines that end in `bytes`.
    mutating func events(for bytes: [UInt8]) -> [UInt8] { Self.events(splitter.lines(with: bytes[...])) }

    /// Of the unfinished line.
    mutating func rest() -> [UInt8] { Self.events(splitter.rest()) }

    private static func events(_ lines: [String]) -> [UInt8] {
        lines.reduce(into: []) { $0 += ServerSentEvents.event(data: $1.utf8) }
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
