import Kernel
import Supervise

@Sendable func status(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    if words.contains(where: { $0.equals("--json") }) {
        let option = Arguments.Option("", "--json")
        guard let names = session.names(words, of: "status", options: [option]) else { return }
        return session.statusAsJSON(names.filter { !$0.equals("--json") })
    }
    guard let names = session.names(words, of: "status", options: [.init("", "--json")]) else { return }
    guard try session.isUp(believes: true) else {
        session.exitStatus = ExitCode.unknown
        return
    }
    if session.isSupervisorctl || !Terminal.canShowTables {
        try session.listStatus(of: names)
    } else {
        try session.showStatus(of: names)
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
        let shown = try processes(words, .state, unknown: tellUnknown)
        var names: [OutputText] = []
        var width = 30
        for info in shown {
            let name = try info.processName
            names.append(name)
            width = max(width, name.count)
        }
        for (name, info) in zip(names, shown) {
            let state = ProcessState(rawValue: try info.int("state"))
            let (word, detail) = try stateAndDetail(of: info)
            output("\(name.padded(width + 3))\(OutputText(word).padded(10))\(detail)")
            if isAmiss(info, state) { exitStatus = ExitCode.somethingStopped }
        }
    }

    /// A table that fits the terminal, for people: sorted by name in natural order.
    fileprivate func showStatus(of words: [[UInt8]]) throws(CtlError) {
        var rows: [StatusTable.Row] = []
        var colours: [Paint.Colour] = []
        for info in try inNaturalOrder(try processes(words, .history, unknown: tellUnknown), words) {
            let state = ProcessState(rawValue: try info.int("state"))
            let isUnstable = info["unstable"]?.bool ?? false
            let (word, description) = try stateAndDetail(of: info)
            var detail = OutputText(description)
            if isUnstable, let restarts = info["restarts"]?.int { detail = "\(restarts) restarts, \(detail)" }
            rows.append(
                .init(name: try info.processName.bytes, state: word, detail: detail.bytes))
            colours.append(isUnstable ? .red : Paint.colour(of: state))
            if isAmiss(info, state) { exitStatus = ExitCode.somethingStopped }
        }
        if rows.isEmpty { return }
        let table = StatusTable(rows, columns: Int(Terminal.columns(1)))
        let header = table.fitted(StatusTable.header)
        output(paint("\(header.name)\(header.state)\(header.detail)", .grey))
        for (row, colour) in zip(rows, colours) {
            let fitted = table.fitted(row)
            output("\(fitted.name)\(paint(OutputText(fitted.state), colour))\(fitted.detail)")
        }
    }

    /// supervisord's words, and Reeve's own: WAITING for a program that waits for others, which is STARTING for
    /// supervisord, and those of `ProcessSubstate`.
    private func stateAndDetail(of info: Value) throws(CtlError) -> (state: [UInt8], detail: [UInt8]) {
        if !isSupervisorctl, let awaited = info["waiting_for"]?.bytes {
            return ("WAITING".bytes, "for ".bytes + awaited)
        }
        if !isSupervisorctl, let substate = info["substate"]?.bytes {
            return (substate, try info.bytes("description"))
        }
        return (try info.bytes("statename"), try info.bytes("description"))
    }

    /// It doesn't run, and nobody said that this is as it should be.
    private func isAmiss(_ info: Value, _ state: ProcessState?) -> Bool {
        (state?.isStopped ?? false) && (isSupervisorctl || info["substate"] == nil)
    }

    private func tellUnknown(_ sentence: OutputText, _ word: [UInt8]) {
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

@Sendable func pid(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard let words = session.names(words, of: "pid"), try session.isUp() else { return }
    if words.isEmpty {
        guard let pid = try session.call("supervisor.getPID").int else { throw CtlError.unreadable }
        session.output("\(pid)")
        return
    }
    if words.sayAll {
        for info in try session.list("supervisor.getAllProcessInfo") { session.output("\(try info.int("pid"))") }
        return
    }
    for word in words {
        do throws(CtlError) {
            let pid = try session.call("supervisor.getProcessInfo", word).int("pid")
            session.output("\(pid)")
            if pid == 0 { session.exitStatus = ExitCode.notRunning }
        } catch .fault(Fault.badName.rawValue, _) {
            session.output("No such process \(word)")
            session.exitStatus = ExitCode.generic
            session.suggestProgram(for: word)
        }
    }
}
