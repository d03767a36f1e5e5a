import Kernel
import Supervise

/// What the arguments of `status` say.
struct StatusOptions {
    /// How `ctl` shows each program; supervisorctl has one form.
    enum Form {
        /// A line for each.
        case short
        /// All that is known about each.
        case long
    }

    var isJSON = false
    /// nil: long for programs that are named on a terminal.
    var form: Form?
    var isWatch = false
    /// Seconds between two looks of `--watch`; nil: at each change.
    var period: Int?
    var names: [[UInt8]] = []

    private static let all: [Arguments.Option] = [
        .init("", "--json"), .init("-l", "--long"), .init("", "--short"), .init("", "--watch", mayHaveValue: true),
    ]
    /// Seconds.
    private static let longestPeriod = 86400

    init(_ words: [[UInt8]]) throws(Arguments.UsageError) {
        let arguments = try Arguments(words, Self.all)
        names = arguments.names
        isJSON = arguments.has("--json")
        if arguments.has("--short") { form = .short }
        if arguments.has("--long") {
            if form != nil { throw Arguments.UsageError(sentence: "Error: --long and --short exclude each other") }
            form = .long
        }
        guard let written = arguments.value(of: "--watch") else { return }
        isWatch = true
        if isJSON {
            throw Arguments.UsageError(sentence: "Error: --watch has no JSON; ctl top --json has a line a second")
        }
        if form == .long {
            throw Arguments.UsageError(sentence: "Error: --watch shows a line for each program, not --long")
        }
        guard !written.isEmpty else { return }
        guard let seconds = Arguments.number(written), 1...Self.longestPeriod ~= seconds else {
            throw Arguments.UsageError(
                sentence: "Error: --watch=\(written): a number of seconds is needed, from 1 to \(Self.longestPeriod)")
        }
        period = seconds
    }

    /// Scripts get supervisord's line, whatever they ask about; a person who names a program wants to know about it.
    var isLong: Bool { form == .long || form == nil && !names.isEmpty && !names.sayAll && Terminal.canShowTables }
}

@Sendable func status(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    var options = StatusOptions(supervisorctl: words)
    if !session.isSupervisorctl {
        do throws(Arguments.UsageError) {
            options = try StatusOptions(words)
        } catch {
            return session.mistake(error.sentence, in: "status", status: ExitCode.invalidArguments)
        }
    }
    if options.isJSON { return session.statusAsJSON(options.names) }
    guard try session.isUp(believes: true) else {
        session.exitStatus = ExitCode.unknown
        return
    }
    if options.isWatch {
        try StatusWatch(session, options).run()
    } else if session.isSupervisorctl {
        try session.listStatus(of: options.names)
    } else if options.isLong {
        try session.describe(options.names)
    } else if Terminal.canShowTables {
        try session.showStatus(of: options.names)
    } else {
        try session.listStatus(of: options.names)
    }
}

extension StatusOptions {
    /// supervisorctl has no options; `--json` is the one that works under its name, too.
    fileprivate init(supervisorctl words: [[UInt8]]) {
        isJSON = words.contains { $0.equals("--json") }
        names = isJSON ? words.filter { !$0.equals("--json") } : words
    }
}

extension Terminal {
    /// Not if TERM is missing or `dumb`: such output is not for a person.
    static var canShowTables: Bool {
        let kind = CStringArray.ofProcess().value(of: "TERM") ?? []
        return isOne(1) && !kind.isEmpty && !kind.equals("dumb")
    }
}

extension Session {
    /// supervisorctl's form, for scripts.
    fileprivate func listStatus(of words: [[UInt8]]) throws(CtlError) {
        for line in try listed(try processes(words, .state, unknown: tellUnknown)) { output(line) }
    }

    /// supervisorctl's lines.
    func listed(_ infos: [Value]) throws(CtlError) -> [OutputText] {
        var names: [OutputText] = []
        var width = 30
        for info in infos {
            let name = try info.processName
            names.append(name)
            width = max(width, name.count)
        }
        var lines: [OutputText] = []
        for (name, info) in zip(names, infos) {
            let (word, detail) = try stateAndDetail(of: info)
            lines.append("\(name.padded(width + 3))\(OutputText(word).padded(10))\(detail)")
            try judge(info)
        }
        return lines
    }

    fileprivate func showStatus(of words: [[UInt8]]) throws(CtlError) {
        for line in try tabulated(try processes(words, .history, unknown: tellUnknown), words) { output(line) }
    }

    /// A table that fits the terminal, for people: sorted by name in natural order.
    func tabulated(_ infos: [Value], _ words: [[UInt8]]) throws(CtlError) -> [OutputText] {
        var rows: [StatusTable.Row] = []
        var colours: [Paint.Colour] = []
        for info in try inNaturalOrder(infos, words) {
            let isUnstable = info["unstable"]?.bool ?? false
            let (word, description) = try stateAndDetail(of: info)
            var detail = OutputText(description)
            if isUnstable, let restarts = info["restarts"]?.int { detail = "\(restarts) restarts, \(detail)" }
            rows.append(
                .init(name: try info.processName.bytes, state: word, detail: detail.bytes))
            colours.append(isUnstable ? .red : Paint.colour(of: ProcessState(rawValue: try info.int("state"))))
            try judge(info)
        }
        if rows.isEmpty { return [] }
        let table = StatusTable(rows, columns: Int(Terminal.columns(1)))
        let header = table.fitted(StatusTable.header)
        var lines: [OutputText] = [paint("\(header.name)\(header.state)\(header.detail)", .grey)]
        for (row, colour) in zip(rows, colours) {
            let fitted = table.fitted(row)
            lines.append("\(fitted.name)\(paint(OutputText(fitted.state), colour))\(fitted.detail)")
        }
        return lines
    }

    /// supervisord's words, and Reeve's own: WAITING for a program that waits for others, which is STARTING for
    /// supervisord, and those of `ProcessSubstate`.
    func stateAndDetail(of info: Value) throws(CtlError) -> (state: [UInt8], detail: [UInt8]) {
        if !isSupervisorctl, let awaited = info["waiting_for"]?.bytes {
            return ("WAITING".bytes, "for ".bytes + awaited)
        }
        if !isSupervisorctl, let substate = info["substate"]?.bytes {
            return (substate, try info.bytes("description"))
        }
        return (try info.bytes("statename"), try info.bytes("description"))
    }

    /// The exit status tells of a program that doesn't run, if nobody said that this is as it should be.
    func judge(_ info: Value) throws(CtlError) {
        let state = ProcessState(rawValue: try info.int("state"))
        guard state?.isStopped ?? false, isSupervisorctl || info["substate"] == nil else { return }
        exitStatus = ExitCode.somethingStopped
    }

    func tellUnknown(_ sentence: OutputText, _ word: [UInt8]) {
        output(sentence)
        exitStatus = ExitCode.unknown
        suggestProgram(for: word)
    }

    /// Named programs appear in the given order.
    private func inNaturalOrder(_ infos: [Value], _ words: [[UInt8]]) throws(CtlError) -> [Value] {
        guard words.isEmpty || words.sayAll || words.count == 1 else { return infos }
        var named: [(name: [UInt8], info: Value)] = []
        for info in infos { named.append((try info.processName.bytes, info)) }
        named.sort { NaturalOrder.precedes($0.name, $1.name) }
        return named.map { $0.info }
    }
}
