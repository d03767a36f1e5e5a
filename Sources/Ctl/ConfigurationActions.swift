import Supervise

// reread, update, add, remove, avail: the configuration, and which of its groups are active. None of these checks first
// whether there is a supervisor: supervisorctl doesn't, and its exit statuses show it.

/// What reading the configuration changes; names of groups, or of sections of hooks.
private struct GroupChanges {
    let added: [[UInt8]]
    let changed: [[UInt8]]
    let removed: [[UInt8]]

    init() { (added, changed, removed) = ([], [], []) }

    init(_ answer: Value) throws(CtlError) {
        // A list of one list of three: supervisord's XML-RPC can't return several values.
        guard let lists = answer.array?.first?.array, lists.count == 3 else { throw CtlError.unreadable }
        var names: [[[UInt8]]] = []
        for list in lists {
            var groups: [[UInt8]] = []
            for name in try list.elements {
                guard let name = name.bytes else { throw CtlError.unreadable }
                groups.append(name)
            }
            names.append(groups)
        }
        (added, changed, removed) = (names[0], names[1], names[2])
    }
}

@Sendable func reread(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard words.isEmpty else { return session.mistake("Error: reread accepts no arguments", in: "reread") }
    let changes: GroupChanges
    do throws(CtlError) {
        changes = try GroupChanges(try session.call("supervisor.reloadConfig"))
    } catch .fault(Fault.shutdownState.rawValue, _) {
        session.output("ERROR: supervisor shutting down")
        session.exitStatus = ExitCode.generic
        return
    } catch .fault(Fault.cantReread.rawValue, let text) {
        session.tellUnreadable(text)
        session.note(rest: text)
        session.exitStatus = ExitCode.generic
        return
    }
    let hooks = session.isSupervisorctl ? GroupChanges() : try session.hookChanges(applies: false)
    var lines: [(name: [UInt8], what: StaticString)] = []
    for (names, what) in [
        (changes.added + hooks.added, "available" as StaticString), (changes.changed + hooks.changed, "changed"),
        (changes.removed + hooks.removed, "disappeared"),
    ] {
        for name in names {
            lines.removeAll { $0.name == name }
            lines.append((name, what))
        }
    }
    lines.sort { $0.name.precedes($1.name) }
    if lines.isEmpty { session.output("No config updates to processes") }
    let stops = changes.changed.isEmpty || session.isSupervisorctl ? [] : try session.stopsOfUpdate()
    for line in lines {
        var note: OutputText = ""
        // What an update of it means, where that isn't a restart of the whole group.
        if let names = stops.first(where: { $0.group == line.name })?.names, names != [line.name] {
            note =
                names.isEmpty ? " (nothing stops)" : " (stops \(OutputText(Array(names.joined(separator: ", ".utf8)))))"
        }
        session.output("\(line.name): \(line.what)\(note)")
    }
}

@Sendable func update(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard let words = session.names(words, of: "update") else { return }
    let changes: GroupChanges
    do throws(CtlError) {
        changes = try GroupChanges(try session.call("supervisor.reloadConfig"))
    } catch .fault(Fault.shutdownState.rawValue, _) {
        session.output("ERROR: already shutting down")
        session.exitStatus = ExitCode.generic
        return
    } catch .fault(Fault.cantReread.rawValue, let text) where !session.isSupervisorctl {
        session.tellUnreadable(text)
        session.note(rest: text)
        session.exitStatus = ExitCode.generic
        return
    }
    let wanted = words.sayAll ? [] : words
    func isWanted(_ group: [UInt8]) -> Bool { wanted.isEmpty || wanted.contains(group) }
    try session.tellUnknown(wanted, changes.added)

    for group in changes.removed where isWanted(group) {
        let results = try session.list("supervisor.stopProcessGroup", [.string(group)])
        session.output("\(group): stopped")
        var hasFailed = false
        for result in results where try result.int("status") == Fault.failed.rawValue { hasFailed = true }
        if hasFailed {
            session.output("\(group): has problems; not removing")
            session.exitStatus = ExitCode.generic
            continue
        }
        _ = try session.call("supervisor.removeProcessGroup", group)
        session.output("\(group): removed process group")
    }
    for group in changes.changed where isWanted(group) {
        for name in try session.update(group) { session.output("\(name): stopped") }
        session.output("\(group): updated process group")
    }
    for group in changes.added where isWanted(group) {
        _ = try session.call("supervisor.addProcessGroup", group)
        session.output("\(group): added process group")
    }
    guard wanted.isEmpty else { return }
    let hooks = try session.hookChanges(applies: true)
    for name in hooks.removed { session.output("\(name): removed") }
    for name in hooks.changed { session.output("\(name): updated") }
    for name in hooks.added { session.output("\(name): added") }
}

extension Session {
    /// What an update changes about `[hook:x]`, which it may do now; nothing if the supervisor has none.
    fileprivate func hookChanges(applies: Bool) throws(CtlError) -> GroupChanges {
        do throws(CtlError) {
            return try GroupChanges(try call("reeve.updateHooks", [.bool(applies)]))
        } catch .fault(Fault.unknownMethod.rawValue, _) {
            return GroupChanges()
        }
    }

    /// What an update of each changed group would stop: the group, or some of its processes; empty if the supervisor
    /// doesn't tell.
    fileprivate func stopsOfUpdate() throws(CtlError) -> [(group: [UInt8], names: [[UInt8]])] {
        let changes: [Value]
        do throws(CtlError) {
            changes = try list("reeve.changes")
        } catch .fault(Fault.unknownMethod.rawValue, _) {
            return []
        }
        var stops: [(group: [UInt8], names: [[UInt8]])] = []
        for change in changes {
            stops.append((try change.bytes("group"), (change["stops"]?.array ?? []).compactMap { $0.bytes }))
        }
        return stops
    }

    /// Gives a group its new settings, and tells what was stopped for that.
    fileprivate func update(_ group: [UInt8]) throws(CtlError) -> [[UInt8]] {
        do throws(CtlError) {
            return (try call("reeve.updateGroup", group).array ?? []).compactMap { $0.bytes }
        } catch .fault(Fault.unknownMethod.rawValue, _) {
            _ = try call("supervisor.stopProcessGroup", group)
            _ = try call("supervisor.removeProcessGroup", group)
            _ = try call("supervisor.addProcessGroup", group)
            return [group]
        }
    }

    /// Why the configuration can't be read.
    func tellUnreadable(_ text: String) {
        let code = Fault.cantReread.rawValue
        output("ERROR: \(isSupervisorctl ? CtlError.lines(text).first : CtlError.explanation(code: code, text))")
    }

    /// Names the groups that are neither active nor new.
    fileprivate func tellUnknown(_ wanted: [[UInt8]], _ added: [[UInt8]]) throws(CtlError) {
        guard !wanted.isEmpty else { return }
        var known = added
        for info in try list("supervisor.getAllProcessInfo") { known.append(try info.bytes("group")) }
        for (index, group) in wanted.enumerated() where !known.contains(group) && !wanted[..<index].contains(group) {
            output("ERROR: no such group: \(group)")
            exitStatus = ExitCode.generic
            suggestGroup(for: group, among: known)
        }
    }
}

@Sendable func add(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard let words = session.names(words, of: "add") else { return }
    for group in words {
        do throws(CtlError) {
            _ = try session.call("supervisor.addProcessGroup", group)
            session.output("\(group): added process group")
        } catch .fault(Fault.shutdownState.rawValue, _) {
            session.output("ERROR: shutting down")
            session.exitStatus = ExitCode.generic
        } catch .fault(Fault.alreadyAdded.rawValue, _) {
            session.output("ERROR: process group already active")
        } catch .fault(Fault.badName.rawValue, _) {
            session.output("ERROR: no such process/group: \(group)")
            session.exitStatus = ExitCode.generic
            // What may be added is in the configuration.
            if let known = try? session.list("supervisor.getAllConfigInfo") {
                session.suggestGroup(for: group, among: known.map { $0["group"]?.bytes ?? [] })
            }
        }
    }
}

@Sendable func remove(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard let words = session.names(words, of: "remove") else { return }
    for group in words {
        do throws(CtlError) {
            _ = try session.call("supervisor.removeProcessGroup", group)
            session.output("\(group): removed process group")
        } catch .fault(Fault.stillRunning.rawValue, _) {
            session.output("ERROR: process/group still running: \(group)")
            session.exitStatus = ExitCode.generic
        } catch .fault(Fault.badName.rawValue, _) {
            session.output("ERROR: no such process/group: \(group)")
            session.exitStatus = ExitCode.generic
            session.suggestGroup(for: group)
        }
    }
}

@Sendable func avail(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard words.isEmpty else { return session.mistake("Error: avail accepts no arguments", in: "avail") }
    let rows: [Value]
    do throws(CtlError) {
        rows = try session.list("supervisor.getAllConfigInfo")
    } catch .fault(Fault.shutdownState.rawValue, _) {
        session.output("ERROR: supervisor shutting down")
        session.exitStatus = ExitCode.generic
        return
    }
    for row in rows {
        let name = try row.processName.padded(32)
        let inUse = (try row.bool("inuse") ? "in use" : "avail" as OutputText).padded(9)
        let autostart = (try row.bool("autostart") ? "auto" : "manual" as OutputText).padded(9)
        session.output("\(name) \(inUse) \(autostart) \(try row.int("group_prio")):\(try row.int("process_prio"))")
    }
}
