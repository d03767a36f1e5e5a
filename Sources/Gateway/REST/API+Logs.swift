import Kernel
import NIOHTTP1
import Supervise

extension API {
    var logOperations: [RESTOperation] {
        let range: [RESTOperation.Field] = [
            .init(
                name: "offset", kind: .integer(-Self.largest...Self.largest),
                about: "The first byte; if negative, counted from the end. Default: 0."),
            .init(
                name: "length", kind: .integer(1...Self.largest), about: "The maximum number of bytes. Default: all."),
        ]
        let backlog: [RESTOperation.Field] = [
            .init(
                name: "backlog", kind: .integer(0...Self.longestBacklog),
                about: "Bytes of the existing log to send first. Default: \(Self.usualBacklog).")
        ]
        var operations: [RESTOperation] = []
        for channel in [LogChannel.stdout, .stderr] {
            let name = channel == .stdout ? "Stdout" : "Stderr"
            operations += [
                RESTOperation(
                    channel == .stdout ? .readProcessStdoutLog : .readProcessStderrLog, "read\(name)",
                    "Its output on \(channel), or part of it.", query: range, .text
                ) { read(channel, $0) },
                RESTOperation(
                    .get, "/processes/{name}/logs/\(channel)/follow", "follow\(name)",
                    "The end of the log, and everything written from now on: one event per line.", query: backlog,
                    .events
                ) { follow(channel, $0) },
            ]
        }
        operations += [
            RESTOperation(
                .get, "/processes/{name}/logs/follow", "followBoth",
                "Its stdout and stderr as one stream: what is there already, one after the other, then everything in the order of its arrival. Events have `name`, `stream` and `lines`, and `past` for what was there; `sources` says what is followed, and `live` ends the past.",
                query: backlog, .events
            ) { asked in
                known(.stdout, asked) { name in merge([name], asked) }
            },
            RESTOperation(
                .get, "/logs/follow", "followAll",
                "The logs of all programs as one stream, in the same way: at most \(MergedLogs.most) logs, those of running programs first. `left_out` of `sources` counts the others.",
                query: backlog, .events
            ) { asked in
                details(for: asked) { value in merge(Self.namesToMerge(value), asked) }
            },
        ]
        return operations + [
            RESTOperation(
                .readLog, "readLog", "The supervisor's own log, or part of it.", query: range, .text
            ) { read(.main, $0) },
            RESTOperation(
                .get, "/log/follow", "followLog",
                "The end of the supervisor's own log, and everything written from now on: one event per line.",
                query: backlog, .events
            ) { follow(.main, $0) },
        ]
    }

    /// Bytes: no log is longer.
    private static let largest = 1 << 52
    /// Bytes of a pipe.
    private static let longestBacklog = 65_536
    private static let usualBacklog = 4096

    private func follow(_ channel: LogChannel, _ asked: Asked) {
        known(channel, asked) { name in
            following.follow(
                name, channel, backlog: asked.number("backlog") ?? Self.usualBacklog, as: .events, asked.exchange
            ) { code, text in asked.refuse(ProblemDetails(fault: code, text: text)) }
        }
    }

    /// Running programs first.
    private static func namesToMerge(_ value: Value) -> [String] {
        let programs = value.array ?? []
        let running = programs.filter { ($0["pid"]?.int ?? 0) != 0 }
        let others = programs.filter { ($0["pid"]?.int ?? 0) == 0 }
        return (running + others).map(fullName)
    }

    private func merge(_ names: [String], _ asked: Asked) {
        let all = names.flatMap { name in
            [LogChannel.stdout, .stderr].map { MergedLogs.LogSource(program: name, channel: $0) }
        }
        let logs = MergedLogs(control: control, loop: loop, backlog: asked.number("backlog") ?? Self.usualBacklog)
        logs.follow(
            Array(all.prefix(MergedLogs.most)), leftOut: max(all.count - MergedLogs.most, 0), asked.exchange)
    }

    /// init's name for it: empty for the supervisor's own log.
    private func known(_ channel: LogChannel, _ asked: Asked, _ then: @escaping (String) -> Void) {
        if channel == .main { return then("") }
        ask(.getProcessInfo, [.string(asked.name)], for: asked) { _ in then(asked.name) }
    }

    private func read(_ channel: LogChannel, _ asked: Asked) {
        known(channel, asked) { name in
            let stream: LogChannel = channel == .stderr ? .stderr : .stdout
            control.ask("reeve.openLog", [.text(name), .text(stream.rawValue)], waits: false) { answer in
                switch answer {
                case .handover(let file): pass(file, asked)
                case .fault(let code, let text): asked.refuse(ProblemDetails(fault: code, text: text))
                case .value: asked.refuse(ProblemDetails(.internalServerError))
                }
            }
        }
    }

    /// Bytes that are sent at once; longer parts go piece by piece, each when the client has taken the previous one.
    private static let piece = 64 << 10

    private func pass(_ file: SharedDescriptor, _ asked: Asked) {
        guard let size = try? File.size(of: file.number) else {
            return asked.refuse(ProblemDetails(.internalServerError))
        }
        let offset = asked.number("offset") ?? 0
        let start = offset < 0 ? max(size + offset, 0) : min(offset, size)
        let end = min(asked.number("length").map { start + $0 } ?? size, size)
        let headers = [
            ("Content-Type", "text/plain;charset=utf-8"), ("Cache-Control", "no-store"), ("X-Log-Size", "\(size)"),
            ("X-Log-Offset", "\(start)"),
        ]
        if end - start <= Self.piece {
            guard let bytes = LogReading.bytes(of: file.number, start..<end) else {
                return asked.refuse(ProblemDetails(.internalServerError))
            }
            return asked.exchange.respond(HTTPResponse(status: .ok, headers: headers, body: bytes))
        }
        guard let stream = asked.exchange.stream(headers: headers, isEndless: false) else { return }
        Self.pass(file, start..<end, to: stream)
    }

    private static func pass(_ file: SharedDescriptor, _ range: Range<Int>, to stream: AnswerStream) {
        let part = range.prefix(piece)
        // Shorter if the log was emptied meanwhile.
        guard !part.isEmpty, let bytes = LogReading.bytes(of: file.number, part), !bytes.isEmpty, stream.write(bytes)
        else { return stream.end() }
        stream.whenDrained { pass(file, part.endIndex..<range.upperBound, to: stream) }
    }
}
