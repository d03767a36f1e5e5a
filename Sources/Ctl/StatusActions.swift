import Supervise

@Sendable func status(_ session: Session, _ words: [[UInt8]]) throws(Failure) {
    if words.contains(where: { $0.equals("--json") }) {
        return session.statusAsJSON(words.filter { !$0.equals("--json") })
    }
    guard try session.isUp() else {
        session.exitStatus = Status.unknown
        return
    }
    let shown = try session.processes(words) { sentence in
        session.output(sentence)
        session.exitStatus = Status.unknown
    }
    var names: [Text] = []
    var width = 30
    for info in shown {
        let name = try info.processName
        names.append(name)
        width = max(width, name.count)
    }
    for (name, info) in zip(names, shown) {
        let state = ProcessState(rawValue: try info.int("state"))
        let shownState = session.paint(Text(try info.bytes("statename")).padded(10), Paint.colour(of: state))
        session.output("\(name.padded(width + 3))\(shownState)\(try info.bytes("description"))")
        if state?.isStopped ?? false {
            session.exitStatus = Status.somethingStopped
        }
    }
}

@Sendable func pid(_ session: Session, _ words: [[UInt8]]) throws(Failure) {
    guard try session.isUp() else { return }
    if words.isEmpty {
        guard let pid = try session.call("supervisor.getPID").int else { throw Failure.unreadable }
        session.output("\(pid)")
        return
    }
    if words.sayAll {
        for info in try session.list("supervisor.getAllProcessInfo") { session.output("\(try info.int("pid"))") }
        return
    }
    for word in words {
        do throws(Failure) {
            let pid = try session.call("supervisor.getProcessInfo", word).int("pid")
            session.output("\(pid)")
            if pid == 0 { session.exitStatus = Status.notRunning }
        } catch .fault(Fault.badName.rawValue, _) {
            session.output("No such process \(word)")
            session.exitStatus = Status.generic
        }
    }
}
