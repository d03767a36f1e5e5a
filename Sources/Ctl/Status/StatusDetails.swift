import Kernel
import Supervise

// status NAME, for people: command, state and why, health, processes with what they use, and the last lines.

extension Session {
    /// Lines of each stream.
    private static let mostLines = 5
    /// Milliseconds between the two looks at what processes use.
    private static let interval: Int32 = 250

    func describe(_ words: [[UInt8]]) throws(CtlError) {
        let infos = try processes(words, .history, unknown: tellUnknown)
        guard !infos.isEmpty else { return }
        let sampler = try sampled(infos)
        let commands = (try? list("supervisor.getAllConfigInfo")) ?? []
        let isUTF8 = UserLocale.isUTF8
        // Some terminals begin a new line as soon as the last column is written; into a pipe, lines are whole.
        let columns = Terminal.isOne(1) ? (Terminal.columns(1) > 0 ? Terminal.columns(1) : 80) - 1 : Int.max / 2
        for (index, info) in infos.enumerated() {
            let program = try TopProgram(info, sampler)
            var details = ProgramDetails(info)
            let command = commands.first { $0["name"] == info["name"] && $0["group"] == info["group"] }
            if let command = command?["command"]?.bytes { details.add("command", OutputText(command)) }
            details.addAll(program, sampler, isUTF8: isUTF8)
            for channel in ["stdout", "stderr"] as [StaticString] {
                let lines = try lastLines(of: program.name, channel)
                details.addLog(channel, lines)
            }
            if index > 0 { output("") }
            for line in [try title(info, program, isUTF8)] + details.lines {
                let bytes = paint.isOn ? line.bytes(columns: columns, hasColours: true) : line.text(columns: columns)
                output(OutputText(isUTF8 ? bytes : bytes.withoutEllipses))
            }
            try judge(info)
        }
    }

    /// `● web  RUNNING  pid 12, uptime 0:00:05`.
    private func title(_ info: Value, _ program: TopProgram, _ isUTF8: Bool) throws(CtlError) -> ScreenLine {
        let (word, detail) = try stateAndDetail(of: info)
        var line = ScreenLine()
        line.add(program.sign(isUTF8: isUTF8), program.look)
        line.add(" ")
        line.add(program.name, .bold)
        line.add("  ")
        line.add(word, program.look)
        line.add("  ")
        line.add(detail)
        return line
    }

    /// What is used shows between two looks.
    private func sampled(_ infos: [Value]) throws(CtlError) -> TopSampler {
        let sampler = TopSampler()
        guard let supervisor = try supervisorHere(), infos.contains(where: { $0["pid"]?.int ?? 0 != 0 }) else {
            return sampler
        }
        sampler.sample(infos, supervisor: supervisor, wantsTrees: true)
        let interrupt = try watchInterrupts()
        if let ready = try? File.waitReadable([interrupt], milliseconds: Self.interval), ready[0] {
            throw .interrupted
        }
        sampler.sample(infos, supervisor: supervisor, wantsTrees: true)
        return sampler
    }

    /// nil if the stream has no log that can be read.
    private func lastLines(of name: [UInt8], _ channel: StaticString) throws(CtlError) -> [[UInt8]]? {
        do throws(CtlError) {
            let log = try open(OutputText(name), "\(channel)", last: Self.mostLines)
            return Self.lastLines(log.number)
        } catch .fault {
            return nil
        } catch .noStream {
            return nil
        }
    }

    private static func lastLines(_ log: Int32) -> [[UInt8]] {
        // A terminal's worth of long lines.
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
        defer { room.deallocate() }
        guard let size = try? File.size(of: log), size > 0 else { return [] }
        let begin = max(0, size - room.count)
        guard let count = try? File.read(log, at: begin, into: room) else { return [] }
        var text = room[..<count]
        if text.last == UInt8(ascii: "\n") { text.removeLast() }
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
        // The first one may have lost its beginning.
        if begin > 0, lines.count > 1 { lines.removeFirst() }
        return lines.suffix(mostLines)
    }
}

extension [UInt8] {
    /// For terminals that can't show `…`, which shortens lines.
    fileprivate var withoutEllipses: [UInt8] {
        let sign = Array("…".utf8)
        var bytes: [UInt8] = []
        var index = startIndex
        while index < endIndex {
            if self[index...].starts(with: sign) {
                bytes.append(UInt8(ascii: "~"))
                index += sign.count
            } else {
                bytes.append(self[index])
                index += 1
            }
        }
        return bytes
    }
}
