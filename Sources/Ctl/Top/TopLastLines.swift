import Host
import Kernel
import Supervise

/// The last lines of programs' logs, of the programs that are on the screen.
final class TopLastLines {
    private final class Entry {
        let name: [UInt8]
        let pid: Int
        let openedAt: Int64
        /// -1: there is none.
        let logs: (stdout: Int32, stderr: Int32)
        var sizes = (stdout: -1, stderr: -1)
        var last: [UInt8] = []
        var isError = false

        init(_ name: [UInt8], _ pid: Int, _ logs: (Int32, Int32)) {
            (self.name, self.pid, openedAt) = (name, pid, SystemClock.boottime)
            self.logs = logs
        }

        deinit {
            Descriptor.close(logs.stdout)
            Descriptor.close(logs.stderr)
        }
    }

    private var entries: [Entry] = []
    /// Nanoseconds after which logs are opened again: they may have been rotated.
    private static let age: Int64 = 10_000_000_000
    /// Bytes.
    private static let longest = 512

    /// Forgets programs that aren't shown any more.
    func keep(_ names: [[UInt8]]) { entries.removeAll { entry in !names.contains(entry.name) } }

    /// nil: it has no log.
    func last(of name: [UInt8], _ pid: Int, _ session: Session) throws(CtlError) -> (line: [UInt8], isError: Bool)? {
        if let old = entries.first(where: { $0.name == name }),
            old.pid != pid || SystemClock.boottime - old.openedAt > Self.age
        {
            entries.removeAll { $0.name == name }
        }
        let entry: Entry
        if let known = entries.first(where: { $0.name == name }) {
            entry = known
        } else {
            entry = Entry(
                name, pid, (try open(name, "stdout", session), try open(name, "stderr", session)))
            entries.append(entry)
        }
        look(entry)
        return entry.sizes == (-1, -1) ? nil : (entry.last, entry.isError)
    }

    private func open(_ name: [UInt8], _ channel: StaticString, _ session: Session) throws(CtlError) -> Int32 {
        do throws(CtlError) {
            let log = try session.open("reeve.openLog", [.string(name), .text("\(channel)")]).take()
            return log.take()
        } catch .fault {
            return -1
        } catch .noStream {
            return -1
        }
    }

    /// What has grown was written to last; if nothing has, stdout speaks, or what isn't empty.
    private func look(_ entry: Entry) {
        let stdout = size(entry.logs.stdout)
        let stderr = size(entry.logs.stderr)
        let before = entry.sizes
        guard (stdout, stderr) != before else { return }
        entry.sizes = (stdout, stderr)
        let isError = stderr > max(before.stderr, 0) && stdout <= max(before.stdout, 0) || stdout <= 0 && stderr > 0
        entry.isError = isError
        entry.last = isError ? line(entry.logs.stderr, stderr) : line(entry.logs.stdout, stdout)
    }

    private func size(_ log: Int32) -> Int { log < 0 ? -1 : (try? File.size(of: log)) ?? -1 }

    private func line(_ log: Int32, _ size: Int) -> [UInt8] {
        guard size > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: min(size, Self.longest))
        let start = size - bytes.count
        let count = bytes.withUnsafeMutableBytes { (try? File.read(log, at: start, into: $0)) ?? 0 }
        bytes.removeLast(bytes.count - count)
        while let last = bytes.last, last == 10 || last == 13 { bytes.removeLast() }
        guard let newline = bytes.lastIndex(of: 10) else { return bytes }
        return Array(bytes[(newline + 1)...])
    }
}
