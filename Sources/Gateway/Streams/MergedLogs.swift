import Kernel
import NIOCore
import Supervise

/// Several logs as one stream of server-sent events.
///
/// First what each log has already, one log after the other: files don't tell when a line was written. Then what is
/// written, in the order in which it arrives here: the kernel keeps no order between two pipes, so lines that different
/// streams write within the same moment may change places. Belongs to the loop.
final class MergedLogs {
    struct LogSource {
        let program: String
        let channel: LogChannel
    }

    /// Logs of one client: each needs a pipe, and init has 256 for all followers.
    static let most = 64
    /// Bytes of a log that are read at once: one piece of each may be waiting for the client.
    static let piece = 8 << 10

    private final class Followed {
        let source: LogSource
        var reader: PipeReader?
        var lines = LineSplitter()
        /// Bytes of the pipe that were in the log before.
        var past: Int
        var isOver = false

        init(_ source: LogSource, past: Int, isCut: Bool) {
            self.source = source
            self.past = past
            lines.skipsFirst = isCut
        }
    }

    private let control: any Asking
    private let loop: any EventLoop
    private let backlog: Int
    private var followed: [Followed] = []
    private var stream: AnswerStream?
    private var pulse: Pulse?
    /// What has arrived, in order, and waits for the client.
    private var arrived = CircularBuffer<(from: Followed, bytes: [UInt8])>()
    private var isBusy = false
    /// Whose past is being sent; nil: all of it was.
    private var reviewed: Int? = 0

    /// - Parameter backlog: bytes of what is there already that come first, of each log; at most 65,536.
    init(control: any Asking, loop: any EventLoop, backlog: Int) {
        (self.control, self.loop, self.backlog) = (control, loop, backlog)
    }

    /// Answers with a stream that lasts until the client leaves, or all logs are gone.
    ///
    /// - Parameter leftOut: how many logs are not among `sources`, because there are too many.
    func follow(_ sources: [LogSource], leftOut: Int, _ exchange: Exchange) {
        open(sources[...]) { [self] refused in
            guard let stream = exchange.stream(headers: ServerSentEvents.headers) else { return close() }
            self.stream = stream
            pulse = Pulse(of: stream, on: loop)
            stream.whenGone { [self] in close() }
            let list = followed.map { JSON.array([.string($0.source.program), .string($0.source.channel.rawValue)]) }
            send(
                "sources",
                .members(["followed": .array(list), "left_out": .int(leftOut + refused)]))
            review()
        }
    }

    /// One after the other; those that don't exist are left out.
    private func open(_ sources: ArraySlice<LogSource>, refused: Int = 0, _ done: @escaping (_ refused: Int) -> Void) {
        guard let source = sources.first else { return done(refused) }
        let parameters: [Value] = [.text(source.program), .text(source.channel.rawValue)]
        control.ask("reeve.openLog", parameters, waits: false) { [self] answer in
            let rest = sources.dropFirst()
            guard case .handover(let file) = answer else { return open(rest, refused: refused, done) }
            let size = withExtendedLifetime(file) { (try? File.size(of: file.number)) ?? 0 }
            control.ask("reeve.follow", parameters + [.int(backlog)], waits: false) { [self] answer in
                guard case .handover(let pipe) = answer else { return open(rest, refused: refused + 1, done) }
                let one = Followed(source, past: min(size, backlog), isCut: backlog > 0 && size > backlog)
                do throws(Errno) {
                    one.reader = try PipeReader(
                        pipe, on: loop, piece: Self.piece, took: { [self] in took($0, from: one) },
                        ended: { [self] in ended(one) })
                    followed.append(one)
                } catch {
                    return open(rest, refused: refused + 1, done)
                }
                open(rest, refused: refused, done)
            }
        }
    }

    // MARK: What was there, then what comes

    /// Reads the past of the next log that has one.
    private func review() {
        guard var index = reviewed else { return }
        while index < followed.count, followed[index].past == 0 || followed[index].isOver { index += 1 }
        guard index < followed.count else {
            reviewed = nil
            send("live", .object([]))
            for one in followed { one.reader?.read() }
            return
        }
        reviewed = index
        followed[index].reader?.read()
    }

    private func took(_ bytes: [UInt8], from one: Followed) {
        arrived.append((one, bytes))
        pump()
    }

    private func ended(_ one: Followed) {
        one.isOver = true
        one.reader = nil
        if reviewed != nil { review() }
        if followed.allSatisfy(\.isOver), arrived.isEmpty { end() }
    }

    /// Writes a piece, and the next one when the client has taken it.
    private func pump() {
        guard !isBusy, let (one, bytes) = arrived.popFirst() else { return }
        let old = min(one.past, bytes.count)
        one.past -= old
        if old > 0 { write(one.lines.lines(with: bytes[..<old]), of: one, isPast: true) }
        if old < bytes.count { write(one.lines.lines(with: bytes[old...]), of: one, isPast: false) }
        isBusy = true
        stream?.whenDrained { [self] in
            isBusy = false
            if reviewed == nil || one.past > 0 { one.reader?.read() } else { review() }
            pump()
            if followed.allSatisfy(\.isOver), arrived.isEmpty { end() }
        }
    }

    private func write(_ lines: [String], of one: Followed, isPast: Bool) {
        guard !lines.isEmpty else { return }
        var members: [JSON.Member] = [
            .init("name", .string(one.source.program)), .init("stream", .string(one.source.channel.rawValue)),
        ]
        if isPast { members.append(.init("past", .bool(true))) }
        send(nil, .object(members + [.init("lines", .array(lines.map(JSON.string)))]))
    }

    private func send(_ event: String?, _ data: JSON) {
        // A piece becomes many times as long where lines are short: the stream takes it whole, since it is drained.
        _ = stream?.write(ServerSentEvents.event(event, data: data.text))
    }

    private func end() {
        stream?.end()
        close()
    }

    private func close() {
        pulse?.stop()
        for one in followed { one.reader?.close() }
        followed = []
        arrived.removeAll()
        stream = nil
    }
}
