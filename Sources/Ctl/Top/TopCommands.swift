import Kernel
import Supervise

/// What keys of `ctl top` lead to: the same `ctl` with other words, one after the other, so that nothing waits on the screen.
final class TopCommands {
    private var waiting: [[[UInt8]]] = []
    private var pid: Int32 = 0
    private var pipe: Descriptor?
    private var output: [UInt8] = []
    /// In each line of ctl about a program for which an action has failed.
    private static let error = TextPattern("ERROR".bytes)

    /// Readable when `read` has something to do; -1: never.
    var number: Int32 { pipe?.number ?? -1 }

    /// - Parameter words: options and an action.
    func run(_ words: [[UInt8]]) {
        waiting.append(words)
        if pid == 0 { next() }
    }

    private func next() {
        guard !waiting.isEmpty else { return }
        let words = waiting.removeFirst()
        output = []
        do throws(Errno) {
            let ends = try PipeEnds.fromChild()
            let null = try Descriptor.null()
            var request = SpawnRequest(
                path: "/proc/self/exe".bytes, arguments: CStringArray(["ctl".bytes] + words), environment: .ofProcess(),
                descriptors: [
                    .init(null.number, as: 0), .init(ends.writing.number, as: 1), .init(ends.writing.number, as: 2),
                ])
            // Ctrl-C is for the screen.
            request.group = .new
            pid = try Self.spawn(request)
            pipe = Descriptor(owning: ends.reading.take())
        } catch {
            output = "can't run ctl: \(error.text)".bytes
        }
    }

    private static func spawn(_ request: SpawnRequest) throws(Errno) -> Int32 {
        do throws(SpawnError) {
            return try Spawn.run(request).pid
        } catch {
            throw error.errno
        }
    }

    /// - Returns: what the command has said last, once it has ended.
    func read() -> OutputText? {
        guard let number = pipe?.number else { return nil }
        var buffer = [UInt8](repeating: 0, count: 4096)
        while let count = File.readUntilEnd(number, into: &buffer) {
            guard count > 0 else { return ended() }
            output += buffer[..<count]
            if output.count > 1 << 16 { output.removeFirst(output.count - (1 << 16)) }
        }
        return nil
    }

    private func ended() -> OutputText {
        pipe = nil
        _ = try? Reaper.wait(for: pid)
        pid = 0
        let lines = output.split(separator: UInt8(ascii: "\n"))
        // One line for each program: what went wrong matters most.
        let told = lines.first { Self.error?.matches(Array($0)) ?? false } ?? lines.last
        let more = lines.count > 1 ? "  (\(lines.count) lines)" : ""
        let text: OutputText = "\(told.map { Array($0) } ?? "done".bytes)\(more)"
        next()
        return text
    }
}

/// Leaves the screen for the user's pager.
enum TopPager {
    /// Without `$PAGER`, the text goes to the terminal itself, where it can be scrolled and copied.
    static func show(_ text: [UInt8]) {
        let before = ([Signal.interrupt.number] as SignalSet).block()
        defer { before.setBlocked() }
        let pager = CStringArray.ofProcess().value(of: "PAGER") ?? []
        if !pager.isEmpty, run(pager, text) { return }
        File.print(bytes: text + "\n-- Enter goes back to ctl top --".bytes)
        var byte = [UInt8](repeating: 0, count: 1)
        while let count = File.readUntilEnd(0, into: &byte), count > 0, byte[0] != UInt8(ascii: "\n") { continue }
    }

    /// False if it can't be run.
    private static func run(_ pager: [UInt8], _ text: [UInt8]) -> Bool {
        guard let file = try? MemoryFile.make(named: "log", holding: text) else { return false }
        var request = SpawnRequest(
            path: "/bin/sh".bytes, arguments: CStringArray(["sh".bytes, "-c".bytes, pager]), environment: .ofProcess(),
            descriptors: [.init(file.number, as: 0), .init(1, as: 1), .init(2, as: 2)])
        request.group = .inherited
        guard let child = try? Spawn.run(request) else { return false }
        _ = try? Reaper.wait(for: child.pid)
        return true
    }
}
