import Kernel
import NIOCore
import Supervise

/// Makes the text of one form once. Belongs to the loop, and does a little at a time: with ten thousand programs it is
/// a second's work, and probes don't wait for it.
final class MetricsJob {
    /// Programs whose descriptors are counted per turn: less than a millisecond of work.
    static let slice = 64
    /// Programs that are written about per turn, up to eight lines each: less than a millisecond, too.
    static let writtenSlice = 512

    struct Sources {
        let control: any Asking
        let turns: Turns
        /// Looks at the processes of this machine, and hands over what it has seen in a later turn.
        let look: (@escaping (ProcessSnapshot) -> Void) -> Void
        /// Writes what the gateway has counted itself.
        let gateway: (inout Exposition, ProcessSnapshot) -> Void
    }

    private let surroundings: Sources
    private var exposition: Exposition
    private var meter: UsageMeter
    private let completion: ([UInt8], UsageMeter) -> Void
    /// The first piece of init's answer; nil during a shutdown, when init answers nothing else.
    private var counted: Value?
    private var rows: [ProgramRow] = []
    private var table = ProcessSnapshot()

    /// - Parameters:
    ///   - length: of the text of the job before.
    ///   - meter: of the job before; handed on.
    ///   - completion: called once, in a later turn of the loop.
    init(
        _ form: Exposition.Form, _ surroundings: Sources, length: Int, _ meter: UsageMeter,
        _ completion: @escaping ([UInt8], UsageMeter) -> Void
    ) {
        exposition = Exposition(form, reserving: length + length / 16)
        self.surroundings = surroundings
        self.meter = meter
        self.completion = completion
    }

    func start() { ask(from: 0) }

    private func ask(from position: Int) {
        let parameters: [Value] = position == 0 ? [] : [.int(position)]
        surroundings.control.ask("reeve.metrics", parameters, waits: false) { [self] answer in
            guard case .value(let encoded) = answer, let value = encoded.value else {
                counted = nil
                rows = []
                return look()
            }
            if position == 0 { counted = value }
            let now = value["now"]?.int ?? 0
            for row in value["processes"]?.array ?? [] { rows.append(ProgramRow(row, now: now)) }
            let next = value["next"]?.int ?? 0
            if next > position { ask(from: next) } else { look() }
        }
    }

    /// The running programs.
    private func look() {
        surroundings.look { [self] snapshot in
            table = snapshot
            measure()
        }
    }

    private func measure() {
        let initPID = Int(SystemProcess.parent)
        inSlices(
            of: meter.seesDescriptors ? Self.slice : Self.writtenSlice, rows.count,
            { range in
                for index in range where self.rows[index].pid > 0 {
                    self.rows[index].usage = self.meter.measure(self.rows[index].pid, below: initPID, in: self.table)
                }
            },
            then: { [self] in
                meter.finish()
                exposition.supervisor(counted, table[initPID], isRunning: counted != nil)
                if let counted { exposition.events(counted) }
                write(rows.isEmpty ? [] : ProgramFamily.all()[...])
            })
    }

    private func write(_ families: ArraySlice<ProgramFamily>) {
        guard let family = families.first else { return finish() }
        let rest = families.dropFirst()
        guard rows.contains(where: family.needs) else { return write(rest) }
        exposition.family(family.name, family.kind, family.help)
        inSlices(
            of: Self.writtenSlice, rows.count, { for index in $0 { family.write(&self.exposition, self.rows[index]) } },
            then: { self.write(rest) })
    }

    private func finish() {
        surroundings.gateway(&exposition, table)
        exposition.end()
        completion(exposition.text, meter)
    }

    /// A slice in each turn of the loop, the first one in a later turn.
    private func inSlices(
        of size: Int, _ count: Int, from first: Int = 0, _ work: @escaping (Range<Int>) -> Void,
        then next: @escaping () -> Void
    ) {
        surroundings.turns.later { [self] in
            let end = min(first + size, count)
            work(first..<end)
            if end < count { inSlices(of: size, count, from: end, work, then: next) } else { next() }
        }
    }
}
