import Host
import Kernel
import Supervise

/// `status --watch`: the table again and again, on a terminal in its place; into a pipe, supervisorctl's lines whenever they
/// tell something new.
final class StatusWatch {
    private let session: Session
    private let names: [[UInt8]]
    private let listens: Bool
    /// Nanoseconds between two looks.
    private let period: Int64
    private var painter: ScreenPainter
    /// Tells that something has changed; nil if the server has no such stream.
    private var events: Descriptor?
    private var infos: [Value] = []
    /// Why there is no answer; nil: there is one.
    private var problem: OutputText?
    private var isStale = true

    // Nanoseconds since boot.
    private var askedAt: Int64 = 0

    /// At changes, the table is drawn again by itself after this time: uptimes grow.
    private static let ownPeriod: Int64 = 2_000_000_000
    /// Between two looks, whatever happens.
    private static let pace: Int64 = 100_000_000
    private static let second: Int64 = 1_000_000_000

    init(_ session: Session, _ options: StatusOptions) {
        self.session = session
        names = options.names
        listens = options.period == nil
        period = options.period.map { Int64($0) * Self.second } ?? Self.ownPeriod
        painter = ScreenPainter(hasColours: session.paint.isOn)
    }

    func run() throws(CtlError) {
        infos = try session.processes(names, .history, unknown: session.tellUnknown)
        // Nothing that it could wait for.
        guard !infos.isEmpty || session.exitStatus == ExitCode.success else { return }
        if Terminal.isOne(0), Terminal.canShowTables {
            session.flush()
            runOnTerminal()
        } else {
            try runIntoPipe()
        }
        // It has done what it was asked for, whatever the state of programs was.
        session.exitStatus = ExitCode.success
    }

    // MARK: What is known

    /// Asks the server; afterwards either `problem` says why there is no answer, or `infos` has one.
    private func look() throws(CtlError) {
        (askedAt, isStale) = (SystemClock.boottime, false)
        do throws(CtlError) {
            infos = try session.processes(names, .history) { _, _ in }
            problem = nil
            if listens, events == nil, try !session.isTranslated() { try listen() }
        } catch .interrupted {
            throw .interrupted
        } catch {
            problem = error.line(of: session.server, asSupervisorctl: false)
            events = nil
        }
    }

    private func listen() throws(CtlError) {
        let types: [Value] = [.text("PROCESS_STATE"), .text("PROCESS_GROUP"), .text("REEVE")]
        do throws(CtlError) {
            events = try session.open("reeve.events", [.array(types)]).take()
            // What has changed before the stream began isn't in it.
            isStale = true
        } catch .fault {
            // It is asked from time to time.
        }
    }

    /// What they say is asked for; only that there is something matters.
    private func hearEvents() {
        isStale = true
        guard let number = events?.number else { return }
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
        defer { room.deallocate() }
        if ((try? File.read(number, into: room)) ?? 0) == 0 { events = nil }
    }

    private var isDue: Bool { SystemClock.boottime >= dueAt }
    private var dueAt: Int64 { askedAt + (isStale ? Self.pace : problem == nil ? period : min(period, Self.second)) }
    /// Milliseconds until the next look.
    private var patience: Int32 { Int32(clamping: max((dueAt - SystemClock.boottime) / 1_000_000 + 1, 0)) }

    // MARK: On a terminal

    private func runOnTerminal() {
        var ending: Int32?
        do {
            guard let keyboard = try? Keyboard(0, leaving: ScreenPainter.leave) else { return }
            session.interruptSource = keyboard.interruptNumber
            defer { session.interruptSource = nil }
            File.print(bytes: ScreenPainter.enter)
            draw()
            loop: while true {
                // An interrupted look ends below: the keyboard tells of the signal.
                if isDue {
                    try? look()
                    draw()
                }
                // Events wait in their pipe until there may be another look.
                let others = [isStale ? -1 : events?.number ?? -1]
                let (event, ready) = keyboard.next(beside: others, milliseconds: patience)
                switch event {
                case .interrupted, .end, .byte(UInt8(ascii: "q")): break loop
                case .ended(let signal):
                    ending = signal
                    break loop
                case .resized:
                    painter.forget()
                    draw()
                case .resumed:
                    File.print(bytes: ScreenPainter.enter)
                    painter.forget()
                    draw()
                case .byte, nil: break
                }
                if ready.first ?? false { hearEvents() }
            }
        }
        if let ending { try? SystemProcess.signalSelf(ending) }
    }

    private func draw() {
        let (width, height) = (Terminal.columns(1), Terminal.rows(1))
        let (columns, rows) = width > 0 && height > 0 ? (width, height) : (80, 24)
        var lines: [ScreenLine] = []
        if let problem { lines.append(ScreenLine(raw: fitted("no answer, asking again: \(problem)", .red, columns))) }
        for line in (try? session.tabulated(infos, names)) ?? [] { lines.append(ScreenLine(raw: line.bytes)) }
        if infos.isEmpty { lines.append(ScreenLine("there are no programs")) }
        if lines.count > rows {
            let hidden = lines.count - rows + 1
            lines.removeLast(hidden)
            lines.append(ScreenLine(raw: fitted("and \(hidden) more: ctl top scrolls", .grey, columns)))
        }
        File.print(bytes: painter.draw(lines, columns: columns, rows: rows))
    }

    private func fitted(_ text: OutputText, _ colour: Paint.Colour, _ columns: Int) -> [UInt8] {
        let cut = LogText.visible(text.bytes, columns: columns - 1, hasColours: false)
        return session.paint(OutputText(cut), colour).bytes
    }

    // MARK: Into a pipe

    private func runIntoPipe() throws(CtlError) {
        let interrupt = try session.watchInterrupts()
        var told: [[UInt8]] = []
        var isFirst = true
        var wasGone = false
        while true {
            if let problem {
                if !wasGone { session.note("ctl: \(problem); asking again") }
                wasGone = true
            } else {
                if wasGone { session.note("ctl: there are answers again") }
                wasGone = false
                let now = try infos.map(Self.essence)
                if isFirst || now != told {
                    if !isFirst { session.output("") }
                    for line in try session.listed(infos) { session.output(line) }
                    session.flush()
                }
                (told, isFirst) = (now, false)
            }
            while !isDue {
                let numbers = [interrupt, isStale ? -1 : events?.number ?? -1]
                guard let ready = try? File.waitReadable(numbers, milliseconds: patience), !ready[0] else { return }
                if ready[1] { hearEvents() }
            }
            do throws(CtlError) {
                try look()
            } catch .interrupted {
                return
            }
        }
    }

    /// All that makes a block different from the one before: uptimes don't.
    private static func essence(_ info: Value) throws(CtlError) -> [UInt8] {
        var text = try info.processName.bytes
        for name in ["statename", "waiting_for", "substate", "health", "status_text"] {
            text += [0] + (info[name]?.bytes ?? [])
        }
        let pid = try info.int("pid")
        return text + "\0\(pid)\0".utf8 + (pid == 0 ? try info.bytes("description") : [])
    }
}
