import Supervise

@Sendable func status(_ session: Session, _ words: [[UInt8]]) throws(Failure) {
    guard try session.isUp() else {
        session.exitStatus = Status.unknown
        return
    }
    let all = try session.list("supervisor.getAllProcessInfo")
    var shown: [Value] = []
    if words.isEmpty || words.sayAll {
        shown = all
    } else {
        for word in words {
            let name = Name(word)
            let before = shown.count
            for info in all where try info.bytes("group") == name.group {
                if let process = name.process, try info.bytes("name") != process { continue }
                shown.append(info)
            }
            guard shown.count == before else { continue }
            session.output(
                name.process == nil ? "\(name.group): ERROR (no such group)" : "\(word): ERROR (no such process)")
            session.exitStatus = Status.unknown
        }
    }
    var names: [Text] = []
    var width = 30
    for info in shown {
        let name = try info.processName
        names.append(name)
        width = max(width, name.count)
    }
    for (name, info) in zip(names, shown) {
        let state = Text(try info.bytes("statename")).padded(10)
        session.output("\(name.padded(width + 3))\(state)\(try info.bytes("description"))")
        if ProcessState(rawValue: try info.int("state"))?.isStopped ?? false {
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
