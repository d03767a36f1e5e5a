import Kernel
import NIOCore
import NIOHTTP1
import Supervise

/// Follows logs for clients: init passes a pipe with the last bytes and everything that is written from then on.
struct LogFollowing {
    /// The form that the client gets.
    enum Form {
        /// The bytes of the log.
        case plain
        /// A server-sent event for every line.
        case events
    }

    let control: any Asking
    let loop: any EventLoop

    /// If the log can be followed, answers with a stream that ends when the program's group is removed, or the client
    /// leaves.
    ///
    /// - Parameters:
    ///   - name: empty: the supervisor's own log.
    ///   - backlog: bytes of what is there already that come first; at most 65,536.
    ///   - refused: called instead of an answer; a log that doesn't exist yet is NO_FILE, as where it is read.
    func follow(
        _ name: String, _ channel: LogChannel, backlog: Int, as form: Form, _ exchange: Exchange,
        headers: [(name: String, value: String)] = [], refused: @escaping (_ code: Int, _ text: String) -> Void
    ) {
        let (control, loop) = (control, loop)
        let stream: LogChannel = channel == .stderr ? .stderr : .stdout
        let parameters: [Value] = [.text(name), .text(stream.rawValue)]
        func refuse(_ answer: ControlAnswer) {
            guard case .fault(let code, let text) = answer else {
                return refused(Fault.failed.rawValue, Fault.failed.text())
            }
            refused(code, text)
        }
        control.ask("reeve.openLog", parameters, waits: false) { answer in
            guard case .handover(let file) = answer else { return refuse(answer) }
            let modified = withExtendedLifetime(file) { try? File.modified(file.number) }
            control.ask("reeve.follow", parameters + [.int(backlog)], waits: false) { answer in
                guard case .handover(let pipe) = answer else { return refuse(answer) }
                var headers = headers + form.headers
                if let modified { headers.append(("Last-Modified", HTTPDate.text(modified))) }
                guard let stream = exchange.stream(headers: headers) else { return }
                Self.pass(pipe, to: stream, as: form, on: loop)
            }
        }
    }

    private static func pass(
        _ pipe: SharedDescriptor, to stream: AnswerStream, as form: Form, on loop: any EventLoop
    ) {
        var lines = LineEvents()
        var pulse: Pulse?
        var reader: PipeReader?
        func took(_ bytes: [UInt8]) {
            // There is room: a piece is requested when the client has taken the previous one.
            _ = stream.write(form == .plain ? bytes : lines.events(for: bytes))
            stream.whenDrained { reader?.read() }
        }
        func over() {
            pulse?.stop()
            reader?.close()
            reader = nil
        }
        do throws(Errno) {
            reader = try PipeReader(pipe, on: loop, took: took) {
                if form == .events { _ = stream.write(lines.rest()) }
                stream.end()
                over()
            }
        } catch {
            return stream.end()
        }
        if form == .events { pulse = Pulse(of: stream, on: loop) }
        stream.whenGone(over)
        reader?.read()
    }
}

extension LogFollowing.Form {
    fileprivate var headers: [(name: String, value: String)] {
        switch self {
        case .plain: [("Content-Type", "text/plain;charset=utf-8"), ("X-Accel-Buffering", "no")]
        case .events: ServerSentEvents.headers
        }
    }
}
