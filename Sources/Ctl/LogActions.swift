import Host
import Kernel
import Supervise

// tail and maintail: init passes a descriptor, and ctl reads from it.

/// How much of a log to show.
private enum Extent {
    /// Bytes from the end.
    case last(Int)
    /// Everything from this byte on: supervisord's meaning of `-0` and `--100`.
    case from(Int)
    case follow

    static let usual = Extent.last(1600)

    /// `-f`, `-100`; nil for anything that Python's `int` would reject.
    init?(_ modifier: [UInt8]) {
        let what = Array(modifier.dropFirst())
        if what.equals("f") {
            self = .follow
            return
        }
        guard let number = Self.integer(what) else { return nil }
        self = number > 0 ? .last(number) : .from(0 &- number)
    }

    /// Digits with single underscores between them and an optional sign; saturates.
    private static func integer(_ text: [UInt8]) -> Int? {
        var digits = text[...]
        let sign = digits.first
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { digits.removeFirst() }
        var value = 0
        var isAfterDigit = false
        for byte in digits {
            if byte == UInt8(ascii: "_"), isAfterDigit {
                isAfterDigit = false
                continue
            }
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            isAfterDigit = true
            value = min(value, Int(Int32.max)) * 10 + Int(byte - UInt8(ascii: "0"))
        }
        guard isAfterDigit else { return nil }
        return sign == UInt8(ascii: "-") ? 0 - value : value
    }
}

@Sendable func tail(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard try session.isUp() else { return }
    if words.isEmpty { return session.mistake("Error: too few arguments", in: "tail") }
    if words.count > 3 { return session.mistake("Error: too many arguments", in: "tail") }
    func fail(_ line: OutputText) {
        session.output(line)
        session.exitStatus = ExitCode.generic
    }
    var words = words[...]
    let modifier = words.first?.first == UInt8(ascii: "-") ? words.popFirst() : nil
    guard let name = words.first else { return fail("Error: tail requires process name") }
    var channel = [UInt8]("stdout".utf8)
    if words.count > 1, let last = words.last {
        channel = last.map { $0 >= 65 && $0 <= 90 ? $0 + 32 : $0 }
        guard channel.equals("stdout") || channel.equals("stderr") else {
            let channels = [[UInt8]("stdout".utf8), [UInt8]("stderr".utf8)]
            return fail(
                "Error: bad channel \(OutputText(channel).quoted)\(session.hint(for: channel, among: channels))")
        }
    }
    var extent = Extent.usual
    if let modifier {
        guard let wanted = Extent(modifier) else { return fail("Error: bad argument \(modifier)") }
        extent = wanted
    }
    try session.show(extent, of: name, channel: channel)
}

@Sendable func maintail(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard try session.isUp() else { return }
    if words.count > 1 { return session.mistake("Error: too many arguments", in: "maintail") }
    var extent = Extent.usual
    if let modifier = words.first {
        guard modifier.first == UInt8(ascii: "-"), let wanted = Extent(modifier) else {
            session.output("Error: bad argument \(modifier)")
            session.exitStatus = ExitCode.generic
            return
        }
        extent = wanted
    }
    try session.show(extent, of: [], channel: [UInt8]("stdout".utf8))
}

extension Session {
    /// - Parameter name: empty for the supervisor's own log.
    fileprivate func show(_ extent: Extent, of name: [UInt8], channel: [UInt8]) throws(CtlError) {
        let offset: Int
        switch extent {
        case .follow: return try follow(name, channel)
        case .last(let count): offset = 0 - count
        case .from(let start): offset = start
        }
        do throws(CtlError) {
            if try isTranslated() {
                try read(name, channel, from: offset)
            } else {
                try copy(extent, of: name, channel)
            }
        } catch .fault(let code, let text) {
            let why: StaticString
            switch Fault(rawValue: code) {
            case .noFile: why = "no log file"
            case .failed: why = "unknown error reading log"
            case .badName where !name.isEmpty: why = "no such process name"
            default: throw .fault(code: code, text: text)
            }
            output("\(name.isEmpty ? "supervisord" : OutputText(name)): ERROR (\(why))")
            exitStatus = ExitCode.generic
            if Fault(rawValue: code) == .badName { suggestProgram(for: name) }
        }
    }

    /// The text arrives as an answer.
    private func read(_ name: [UInt8], _ channel: [UInt8], from offset: Int) throws(CtlError) {
        let range: [Value] = [.int(offset), .int(0)]
        // The error of Python's library for a request that it doesn't send.
        guard offset >= Int(Int32.min), offset <= Int(Int32.max) else {
            throw .refused("OverflowError", "int exceeds XML-RPC limits")
        }
        let log =
            name.isEmpty
            ? try call("supervisor.readLog", range)
            : try call(
                channel.equals("stderr") ? "supervisor.readProcessStderrLog" : "supervisor.readProcessStdoutLog",
                [.string(name)] + range)
        guard let bytes = log.bytes else { throw CtlError.unreadable }
        output(raw: bytes)
        try end(isEmpty: bytes.isEmpty, name, channel)
    }

    private func copy(_ extent: Extent, of name: [UInt8], _ channel: [UInt8]) throws(CtlError) {
        let log = try open("reeve.openLog", [.string(name), .string(channel)])
        let size: Int
        do throws(Errno) {
            size = try File.size(of: log.descriptor.number)
            try copy(extent, log.descriptor.number)
        } catch {
            throw .fault(code: Fault.failed.rawValue, text: "")
        }
        try end(isEmpty: size == 0, name, channel)
    }

    /// The newline after the log. For a person, an empty log gets a sentence instead, since no output looks like a
    /// failure.
    private func end(isEmpty: Bool, _ name: [UInt8], _ channel: [UInt8]) throws(CtlError) {
        guard isEmpty, !isSupervisorctl, !name.isEmpty else { return output("") }
        let info = try call("supervisor.getProcessInfo", name)
        let isOff = ProcessState(rawValue: try info.int("state"))?.isStopped ?? false
        let isNew = try info.int("start") == 0
        let state: OutputText = isNew ? "it has not been started" : "it is \(try info.bytes("statename"))"
        note("\(name): nothing on \(channel) yet\(isOff ? "; \(state)" as OutputText : "")")
    }

    private func copy(_ extent: Extent, _ log: Int32) throws(Errno) {
        var (offset, left) = (0, Int.max)
        switch extent {
        case .last(let count): (offset, left) = (max(0, try File.size(of: log) - count), count)
        case .from(let start): offset = start
        case .follow: return
        }
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
        defer { room.deallocate() }
        while left > 0 {
            let piece = UnsafeMutableRawBufferPointer(rebasing: room[..<min(left, room.count)])
            let count = try File.read(log, at: offset, into: piece)
            if count == 0 { break }
            output(raw: piece[..<count])
            offset += count
            left -= count
        }
    }

    /// Shows a log from its last 1024 bytes on, until the user or the supervisor ends it.
    private func follow(_ name: [UInt8], _ channel: [UInt8]) throws(CtlError) {
        if isSupervisorctl { output("==> Press Ctrl-C to exit <==") }
        let stream: ControlClient.Handover
        do throws(CtlError) {
            stream = try open("reeve.follow", [.string(name), .string(channel), .int(1024)])
        } catch .fault(Fault.badName.rawValue, _) {
            return try cannotFollow(name, channel, "404")
        } catch .fault(Fault.noFile.rawValue, _) {
            return try cannotFollow(name, channel, "404")
        } catch .noStream(let status) {
            return try cannotFollow(name, channel, status)
        }
        if !isSupervisorctl { output("==> Press Ctrl-C to exit <==") }
        let interrupt = try watchInterrupts()
        flush()
        while let ready = try? File.waitReadable([stream.descriptor.number, interrupt]) {
            if ready.count > 1, ready[1] {
                forgetInterrupts()
                output("")
                return
            }
            guard pass(stream.descriptor.number) else { return }
        }
    }

    /// supervisorctl's words for a missing log, with exit status 0. Under other names it is the same error as without
    /// -f.
    private func cannotFollow(_ name: [UInt8], _ channel: [UInt8], _ status: OutputText) throws(CtlError) {
        guard isSupervisorctl else {
            exitStatus = ExitCode.generic
            if name.isEmpty { return output("supervisord: ERROR (no log file)") }
            do throws(CtlError) {
                _ = try call("supervisor.getProcessInfo", name)
                output("\(name): ERROR (no log file)")
            } catch .fault(Fault.badName.rawValue, _) {
                output("\(name): ERROR (no such process name)")
                suggestProgram(for: name)
            }
            return
        }
        let path: OutputText = name.isEmpty ? "/mainlogtail" : "/logtail/\(name)/\(channel)"
        note("\(server.name)\(path) Cannot read, status code \(status)")
    }

    /// Forwards what can be read now; false at the end.
    func pass(_ stream: Int32) -> Bool {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
        defer { room.deallocate() }
        guard let result = try? File.read(stream, into: room) else { return false }
        // Nothing to read (nil) is not the end (0).
        guard result > 0 else { return false }
        output(raw: room[..<result])
        flush()
        return true
    }
}
