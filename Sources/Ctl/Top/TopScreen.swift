import Host
import Kernel
import Supervise

/// `ctl top` on a terminal: asks init, draws, and handles keys.
final class TopScreen {
    enum Leaving {
        case quit
        case interrupted
        case ended(signal: Int32)
        /// To show the log in a pager.
        case page
        case gone
    }

    let session: Session
    private let options: TopOptions
    var model: TopModel
    private let sampler = TopSampler()
    private let lastLines = TopLastLines()
    private var painter: ScreenPainter
    private var infos: [Value] = []
    private var supervisor: Int?
    private var restartsInHour: Int?
    /// Tells that something has changed.
    private var events: Descriptor?
    private var stdout: Descriptor?
    private var stderr: Descriptor?
    private let commands = TopCommands()
    /// Why there is no answer; nil: there is one.
    private var problem: OutputText?
    private var decoder = KeyDecoder()

    // Nanoseconds since boot.
    private var sampledAt: Int64 = 0
    private var askedAt: Int64 = 0
    private var drawnAt: Int64 = 0
    private var isStale = false
    private var isChanged = true

    /// Nanoseconds between samples of what programs use, and between drawings.
    private static let second: Int64 = 1_000_000_000
    private static let pace: Int64 = 100_000_000
    /// Milliseconds after which an Esc is the key and not the beginning of another.
    private static let escapeTime: Int64 = 50_000_000
    /// Bytes of a log that one turn reads.
    private static let portion = 1 << 20

    init(_ session: Session, _ options: TopOptions) {
        self.session = session
        self.options = options
        model = TopModel(
            order: options.order, filter: options.filter, isReadOnly: options.isReadOnly, isUTF8: UserLocale.isUTF8,
            expression: Expressions.matches)
        painter = ScreenPainter(hasColours: session.paint.isOn)
    }

    // MARK: Once

    func printOnce() throws(CtlError) {
        try ask()
        // What is used shows between two looks.
        let interrupt = try session.watchInterrupts()
        if let ready = try? File.waitReadable([interrupt], milliseconds: 250), ready[0] { throw .interrupted }
        try ask()
        let columns = Terminal.columns(1)
        model.columns = Terminal.isOne(1) && columns > 0 ? columns : 200
        model.rows = Int.max / 2
        try arrange()
        for line in model.tableLines {
            session.output(OutputText(line.text(columns: model.columns)))
        }
    }

    // MARK: The screen

    func run() throws(CtlError) {
        try ask()
        while true {
            let leaving = interact()
            session.interruptSource = nil
            switch leaving {
            case .page: TopPager.show(model.pane.text)
            case .quit, .gone: return
            case .interrupted:
                session.output("ctl top has ended; the programs go on")
                return
            case .ended(let signal):
                try? SystemProcess.signalSelf(signal)
                return
            }
        }
    }

    private func interact() -> Leaving {
        guard let keyboard = try? Keyboard(0, leaving: ScreenPainter.leave) else { return .gone }
        session.interruptSource = keyboard.interruptNumber
        File.print(bytes: ScreenPainter.enter)
        painter.forget()
        isChanged = true
        while true {
            refresh()
            draw()
            let others = [events?.number ?? -1, stdout?.number ?? -1, stderr?.number ?? -1, commands.number]
            let (event, ready) = keyboard.next(beside: others, milliseconds: patience)
            if let leaving = handle(event) { return leaving }
            if ready.count == 4 {
                if ready[0] { hearEvents() }
                if ready[1], !read(others[1], isError: false) { stdout = nil }
                if ready[2], !read(others[2], isError: true) { stderr = nil }
                if ready[3], let line = commands.read() { tell(line) }
            }
            if event == nil, decoder.takeEscape(), let leaving = perform(model.escape()) { return leaving }
        }
    }

    /// Milliseconds until there is something to do.
    private var patience: Int32 {
        let now = SystemClock.boottime
        var until = sampledAt + Self.second
        if isStale { until = min(until, askedAt + Self.pace) }
        if isChanged { until = min(until, drawnAt + Self.pace) }
        if decoder.isInSequence { until = min(until, now + Self.escapeTime) }
        return Int32(clamping: max((until - now) / 1_000_000 + 1, 0))
    }

    private func handle(_ event: Keyboard.Event?) -> Leaving? {
        switch event {
        case nil: return nil
        case .byte(let byte):
            isChanged = true
            // A key is answered at once, whatever was drawn before.
            drawnAt = 0
            guard let key = decoder.take(byte) else { return nil }
            return perform(model.press(key))
        case .end: return .gone
        case .interrupted: return .interrupted
        case .ended(let signal): return .ended(signal: signal)
        case .resized:
            // It may have had another size in between, which has moved what was there.
            painter.forget()
            isChanged = true
        case .resumed:
            File.print(bytes: ScreenPainter.enter)
            painter.forget()
            isChanged = true
        }
        return nil
    }

    private func perform(_ command: TopModel.Command?) -> Leaving? {
        isChanged = true
        switch command {
        case nil: break
        case .quit: return .quit
        case .redraw: painter.forget()
        case .mouse(let isOn): File.print(bytes: isOn ? ScreenPainter.mouseOn : ScreenPainter.mouseOff)
        case .page: return .page
        case .follow(let name): follow(name)
        case .save(let path): save(path)
        case .run(let words): commands.run(session.ownOptions + words)
        }
        return nil
    }

    private func tell(_ line: OutputText) {
        model.message = String(decoding: line.bytes, as: UTF8.self)
        (isStale, isChanged) = (true, true)
    }

    // MARK: What is shown

    private func refresh() {
        let now = SystemClock.boottime
        guard now - sampledAt >= Self.second || isStale && now - askedAt >= Self.pace else { return }
        do throws(CtlError) {
            try ask()
            try arrange()
            isChanged = true
        } catch {
            if case .interrupted = error { return }
            // It may be restarting: it is asked again in a second.
            (askedAt, sampledAt, isStale) = (now, now, false)
            problem = error.line(of: session.server, asSupervisorctl: false)
            events = nil
            closeLogs()
            summarize()
            isChanged = true
        }
    }

    private func ask() throws(CtlError) {
        let now = SystemClock.boottime
        if !model.isPaused || infos.isEmpty {
            infos = try session.processes(options.names, .history) { _, _ in }
            if now - sampledAt >= Self.second / 5 {
                supervisor = try session.supervisorHere()
                restartsInHour = try session.restartsInHour()
                sampler.sample(infos, supervisor: supervisor, wantsTrees: wantsTrees)
                sampledAt = now
            }
        } else {
            sampledAt = now
        }
        problem = nil
        (askedAt, isStale) = (now, false)
        guard events == nil, try !session.isTranslated() else { return }
        let types: [Value] = [.text("PROCESS_STATE"), .text("PROCESS_GROUP"), .text("REEVE")]
        do throws(CtlError) {
            events = try session.open("reeve.events", [.array(types)]).take()
        } catch .fault {
            // It is asked once a second anyway.
        }
        if case .log(let name) = model.scene, stdout == nil, stderr == nil { follow(name) }
    }

    private var wantsTrees: Bool {
        if case .details = model.scene { return true }
        return model.showsTree
    }

    private func arrange() throws(CtlError) {
        var programs: [TopProgram] = []
        for info in infos { programs.append(try TopProgram(info, sampler)) }
        model.update(programs)
        summarize()
        if case .details(let name) = model.scene { showDetails(of: name) }
        guard model.scene == .table, !model.isPaused else { return }
        // Only those on the screen have their logs read.
        let visible = model.visibleNames
        lastLines.keep(visible)
        for index in programs.indices where visible.contains(programs[index].name) && programs[index].wantsLine {
            let program = programs[index]
            guard let (line, isError) = try lastLines.last(of: program.name, program.pid, session) else { continue }
            if program.pid == 0 {
                if !line.isEmpty { programs[index].last = program.reason + ": ".bytes + line }
            } else {
                programs[index].last = line
                programs[index].isAlarming = isError
            }
        }
        model.update(programs)
    }

    private func summarize() {
        var line = ScreenLine()
        let surroundings = TopSurroundings(supervisor: supervisor)
        line.add(surroundings.host, .bold)
        if let problem {
            line.add("  no answer, asking again: ".bytes + problem.bytes, .red)
        } else {
            let ready = model.programs.filter { $0.readiness == .yes }.count
            if let uptime = surroundings.uptime { line.add("  up \(Readable.seconds(uptime))") }
            line.add("  \(ready)/\(model.programs.count) ready", ready < model.programs.count ? .yellow : .green)
            line.add("  load ".bytes + surroundings.load)
            if let memory = surroundings.memory { line.add("  mem \(memory)") }
            if let processes = surroundings.processes { line.add("  pids \(processes)") }
            if let restartsInHour { line.add("  restarts/h \(restartsInHour)") }
            if let filter = model.filter { line.add("  filter: ".bytes + filter.written, .yellow) }
            if model.isPaused { line.add("  paused", .yellow) }
        }
        model.summary = [line]
    }

    private func showDetails(of name: [UInt8]) {
        guard let info = infos.first(where: { (try? $0.processName.bytes) == name }),
            let program = model.programs.first(where: { $0.name == name })
        else {
            model.details = [ScreenLine("it is not there any more", .red)]
            return
        }
        var details = ProgramDetails(info)
        details.addState(program)
        details.addAll(program, sampler, isUTF8: model.isUTF8)
        details.addLog("stdout")
        details.addLog("stderr")
        model.details = details.lines
    }

    private func draw() {
        let now = SystemClock.boottime
        guard isChanged, now - drawnAt >= Self.pace else { return }
        (isChanged, drawnAt) = (false, now)
        // docker exec -t begins with a size of 0, or 80 x 24, and tells the real one later.
        let (columns, rows) = (Terminal.columns(1), Terminal.rows(1))
        (model.columns, model.rows) = columns > 0 && rows > 0 ? (columns, max(rows, 3)) : (80, 24)
        if case .details(let name) = model.scene { showDetails(of: name) }
        let lines = model.lines(hasColours: painter.hasColours)
        let bytes = painter.draw(lines, columns: model.columns, rows: model.rows)
        if !bytes.isEmpty { File.print(bytes: bytes) }
    }

    // MARK: Streams

    /// What they say is asked for; only that there is something matters.
    private func hearEvents() {
        isStale = true
        guard let number = events?.number, read(number, keeps: nil) else {
            events = nil
            return
        }
    }

    private func follow(_ name: [UInt8]?) {
        closeLogs()
        guard let name else { return }
        stdout = open(name, "stdout")
        stderr = open(name, "stderr")
        if stdout == nil, stderr == nil { model.message = "it has no log that could be followed" }
    }

    private func closeLogs() {
        stdout = nil
        stderr = nil
    }

    private func open(_ name: [UInt8], _ channel: StaticString) -> Descriptor? {
        try? session.open("reeve.follow", [.string(name), .text("\(channel)"), .int(32 << 10)]).take()
    }

    private func read(_ number: Int32, isError: Bool) -> Bool {
        if !model.isPaused { isChanged = true }
        return read(number, keeps: isError)
    }

    /// False at the end.
    private func read(_ number: Int32, keeps isError: Bool?) -> Bool {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
        defer { room.deallocate() }
        var left = Self.portion
        while left > 0, PipeEnds.waiting(number) > 0 {
            guard let count = try? File.read(number, into: room), count > 0 else { return false }
            if let isError { model.pane.take(room[..<count], isError: isError) }
            left -= count
        }
        // Nothing was there: the other end is closed, if anything.
        guard left == Self.portion else { return true }
        return ((try? File.read(number, into: room)) ?? 0) > 0
    }

    private func save(_ path: [UInt8]) {
        do throws(Errno) {
            let file = try File.writingPrivately(path.text)
            File.print(bytes: model.pane.text, to: file.number)
            model.message = "\(model.pane.count) lines are in \(path.text)"
        } catch {
            model.message = "can't write \(path.text): \(error.text)"
        }
    }
}

/// The expressions that are in use.
enum Expressions {
    nonisolated(unsafe) private static var last: (text: [UInt8], compiled: RegularExpression?) = ([], nil)

    /// nil if the text is no expression.
    @Sendable static func matches(_ text: [UInt8], _ line: [UInt8]) -> Bool? {
        if last.text != text { last = (text, RegularExpression(text)) }
        return last.compiled?.matches(line)
    }
}
