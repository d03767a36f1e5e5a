import Kernel
import NIOCore
import Supervise

/// The processor time and memory of programs, for who looks now: without a request nothing is sampled, and nothing of a
/// sample is kept but the highest counters. Belongs to the loop.
///
/// Clients compute a rate from two samples. Those that ask within `validity` share one, and those that ask while one is
/// being made wait for it.
final class UsageSampling {
    /// How long a sample is shared: half of the page's interval.
    static let validity = TimeAmount.seconds(1)
    /// Programs that are measured and written per turn: less than a millisecond of work.
    static let slice = 256

    private let control: any Asking
    private let loop: any EventLoop
    private let turns: Turns
    private let look: (@escaping (ProcessSnapshot) -> Void) -> Void
    private var meter = UsageMeter(countsDescriptors: false)
    private var latest: (text: [UInt8], until: NIODeadline)?
    private var waiting: [([UInt8]) -> Void] = []

    private struct Row {
        let group: String
        let name: String
        let pid: Int
    }

    /// - Parameter look: of `ProcessReader`.
    init(
        control: any Asking, loop: any EventLoop, turns: Turns,
        look: @escaping (@escaping (ProcessSnapshot) -> Void) -> Void
    ) {
        (self.control, self.loop, self.turns, self.look) = (control, loop, turns, look)
    }

    /// Hands over `{"time": seconds since boot, "programs": [...]}` with the programs that run and are visible; during a
    /// shutdown, without any.
    func sample(_ completion: @escaping ([UInt8]) -> Void) {
        if let latest, loop.now < latest.until { return completion(latest.text) }
        waiting.append(completion)
        if waiting.count == 1 { ask(from: 0, []) }
    }

    private func ask(from position: Int, _ known: [Row]) {
        control.ask("reeve.metrics", position == 0 ? [] : [.int(position)], waits: false) { [self] answer in
            guard case .value(let encoded) = answer, let value = encoded.value else { return measure([]) }
            var rows = known
            for row in value["processes"]?.array ?? [] {
                guard let pid = row["pid"]?.int, pid > 0 else { continue }
                rows.append(Row(group: row["group"]?.text ?? "", name: row["name"]?.text ?? "", pid: pid))
            }
            let next = value["next"]?.int ?? 0
            if next > position { ask(from: next, rows) } else { measure(rows) }
        }
    }

    private func measure(_ rows: [Row]) {
        look { [self] table in
            // When the processes were looked at, not when that is written.
            var text = Array("{\"time\":\(Double(SystemClock.boottime / 1_000_000) / 1000),\"programs\":[".utf8)
            text.reserveCapacity(160 * rows.count + 64)
            write(rows[...], table, after: text, isFirst: true)
        }
    }

    private func write(_ rows: ArraySlice<Row>, _ table: ProcessSnapshot, after: [UInt8], isFirst: Bool) {
        turns.later { [self] in
            var text = after
            var isFirst = isFirst
            for row in rows.prefix(Self.slice) {
                guard let use = meter.measure(row.pid, below: Int(SystemProcess.parent), in: table) else { continue }
                if !isFirst { text.append(UInt8(ascii: ",")) }
                isFirst = false
                Self.append(row, use, to: &text)
            }
            let rest = rows.dropFirst(Self.slice)
            guard rest.isEmpty else { return write(rest, table, after: text, isFirst: isFirst) }
            meter.finish()
            text += "]}".utf8
            finish(text)
        }
    }

    private static func append(_ row: Row, _ use: ProgramRow.ResourceUse, to text: inout [UInt8]) {
        text += "{\"name\":".utf8
        JSONText.append(row.name, to: &text)
        text += ",\"group\":".utf8
        JSONText.append(row.group, to: &text)
        text += ",\"fullname\":".utf8
        JSONText.append(Namespec.text(group: row.group, process: row.name), to: &text)
        text += ",\"pid\":\(row.pid),\"processes\":\(use.processes),\"threads\":\(use.threads)".utf8
        let hundredths = use.ticks % ProcessSnapshot.ticksPerSecond
        text += ",\"cpu_seconds\":\(use.ticks / ProcessSnapshot.ticksPerSecond).".utf8
        text += "\(hundredths < 10 ? "0" : "")\(hundredths),\"memory_bytes\":\(use.resident)}".utf8
    }

    private func finish(_ text: [UInt8]) {
        let until = loop.now + Self.validity
        latest = (text, until)
        // A hundred bytes for each program: no longer than somebody may ask for it.
        loop.assumeIsolated().scheduleTask(in: Self.validity) { [self] in
            if latest?.until == until { latest = nil }
        }
        let asked = waiting
        waiting = []
        for completion in asked { completion(text) }
    }
}
