extension Interpreter {
    /// All groups: those of `[group:x]`, then programs, event listeners and FastCGI programs that are in none.
    func readGroups() {
        let sections = document.sections.indices
        /// By section: it belongs to a `[group:x]`.
        var isMember = Array(repeating: false, count: sections.count)
        for section in sections where isKind(section, .group) { readGroup(section, &isMember) }
        for section in sections where isKind(section, .program) && !isMember[section] {
            readProgram(section)
        }
        for section in sections where isKind(section, .eventListener) { readEventListener(section) }
        for section in sections where isKind(section, .fcgiProgram) && !isMember[section] {
            readFCGIProgram(section)
        }
        sortGroups()
        linkDependencies()
        spreadPrefix()
    }

    private func sortGroups() {
        let found = groups
        let order = Order.sorted(found.map { Order.Rank($0.priority, $0.name) })
        for (target, position) in order.enumerated() { groups[target] = found[position] }
    }

    private func isKind(_ section: Int, _ kind: SectionKind) -> Bool {
        document.sections[section].name.hasPrefix(kind.prefix)
    }

    /// What follows the first colon of a section's name.
    func nameAfterColon(_ section: Int) -> Text {
        let name = document.sections[section].name
        guard let colon = name.bytes.firstIndex(of: ASCII.colon) else { return name }
        return Text(name.bytes[(colon + 1)...])
    }

    /// The name of a program or group from its section; a wrong one is reported and returned as it is.
    func checkedName(_ section: Int) -> Text {
        let text = nameAfterColon(section)
        do throws(Complaint) {
            return try Conversion.name(text)
        } catch {
            complain(error.sentence, error.advice, at: document.sections[section].header)
            return text
        }
    }

    private func readGroup(_ section: Int, _ isMember: inout [Bool]) {
        let name = checkedName(section)
        let scope = scope(here: true)
        let programs = value(section, .programs, scope, []) { Conversion.strings($0) }
        let priority = value(section, .priority, scope, 999, Conversion.integer)
        var members: [ProcessSettings] = []
        var sockets: [SharedSocket] = []
        // supervisord's sentences name the section that it looked at last, whichever that is.
        var lastSection = document.sections[section].name
        for program in programs {
            let plain = document.section(.joined("program:", program))
            let fcgi = document.section(.joined("fcgi-program:", program))
            let origin = document.entry(section, .programs)?.origin ?? document.sections[section].header
            if plain != nil, fcgi != nil {
                complain(
                    .joined("[", lastSection, "] name ", program, " is ambiguous (exists as program and fcgi-program)"),
                    "Rename one of the two.", at: origin)
                continue
            }
            guard let member = plain ?? fcgi else {
                complain(
                    .joined("[", lastSection, "] names unknown program or fcgi-program ", program),
                    adviceOnProgram(program), at: origin)
                continue
            }
            if isSupervisord { lastSection = document.sections[member].name }
            isMember[member] = true
            let first = members.count
            members += processes(of: member, in: name)
            made.append(Made(section: member, group: name, processes: first..<members.count))
            // supervisord forgets the socket of a FastCGI program in a group; the program needs it.
            if fcgi != nil, let settings = socketOfMember(member) {
                sockets.append(SharedSocket(settings: settings, processes: first..<members.count))
            }
        }
        groups.append(GroupSettings(name.string, priority: priority, processes: members, sockets: sockets))
    }

    private func adviceOnProgram(_ program: Text) -> String {
        var names: [Text] = []
        for section in document.sections.indices where isKind(section, .program) || isKind(section, .fcgiProgram) {
            names.append(nameAfterColon(section))
        }
        if let close = Suggestion.closest(to: program, among: names) { return "Did you mean \(close.string)?" }
        return "Add a section [program:\(program.string)], or remove the name."
    }

    private func readProgram(_ section: Int) {
        let name = checkedName(section)
        let priority = value(section, .priority, scope(here: true), 999, Conversion.integer)
        let processes = processes(of: section, in: name)
        made.append(Made(section: section, group: name, processes: 0..<processes.count))
        groups.append(GroupSettings(name.string, priority: priority, processes: processes))
    }

    private func readEventListener(_ section: Int) {
        let scope = scope(here: true)
        let sectionName = document.sections[section].name
        var values = KeyValues()
        let name = nameAfterColon(section)
        let priority = value(section, .priority, scope, -1, Conversion.integer)
        let size = value(section, .bufferSize, scope, nil) { text throws(Complaint) -> Int? in
            let size = try Integer(text)
            if size.value >= 1 { return size.value }
            throw Complaint(
                .joined("[", sectionName, "] section sets invalid buffer_size (", size.text, ")"),
                "Write a number of events, at least 1.")
        }
        if let size { values.set(.bufferSize, .int(size), unless: .group) }
        let object = resultHandler(section, scope, &values)
        let events = events(section, scope)
        values[.events] = .texts(events)
        if value(section, .redirectStderr, scope, false, Conversion.boolean),
            let entry = document.entry(section, .redirectStderr)
        {
            complain(
                Complaint(
                    .joined(
                        "[", sectionName,
                        "] section sets redirect_stderr=true but this is not allowed because it will ",
                        "interfere with the eventlistener protocol"), "Remove redirect_stderr."), about: entry)
        }
        let processes = processes(of: section, in: name)
        if object == .stdoutPrefixer {
            dropPrefixer(section, events)
        } else {
            made.append(Made(section: section, group: name, processes: 0..<processes.count))
            groups.append(
                GroupSettings(name.string, priority: priority, kind: .eventListener, values, processes: processes))
        }
    }

    private func resultHandler(_ section: Int, _ scope: Scope, _ values: inout KeyValues) -> PythonObject {
        guard let entry = document.entry(section, .resultHandler) else { return .builtIn }
        guard let (handler, _) = text(section, .resultHandler, scope) else { return .unknown }
        let object = surroundings.python(handler.string)
        if object == .unknown, !isSupervisord {
            remark(
                .joined(
                    "result_handler in [", document.sections[section].name, "] has no effect: ", handler,
                    " is Python, and init has none; OK and FAIL are understood"), at: entry.origin)
            return .builtIn
        }
        if object == .unknown {
            complain(
                Complaint(
                    .joined(handler, " cannot be resolved within [", document.sections[section].name, "]"),
                    "Remove result_handler: the default one reads OK and FAIL. Other handlers are Python."),
                about: entry)
        }
        values.set(.resultHandler, .text(handler.string), unless: .group)
        return object
    }

    func events(_ section: Int, _ scope: Scope) -> [String] {
        let sectionName = document.sections[section].name
        guard let (list, entry) = text(section, .events, scope), !list.isEmpty else {
            // A value that can't be expanded has been reported.
            if document.entry(section, .events)?.value.isEmpty != false {
                complain(
                    .joined("[", sectionName, "] section requires an \"events\" line"),
                    adviceForMissing(.events, section, "Add events=, such as events=PROCESS_STATE."),
                    at: document.sections[section].header)
            }
            return []
        }
        var names: [Text] = []
        for word in Conversion.strings(list) {
            let name = word.uppercased
            guard EventType.subscriptions.contains(where: { name.is($0) }) else {
                complain(
                    Complaint(
                        .joined("Unknown event type ", name, " in [", sectionName, "] events"),
                        EventName.advice(name)), about: entry)
                continue
            }
            if !names.contains(name) { names.append(name) }
        }
        Order.sort(&names)
        var events: [String] = []
        for name in names { events.append(name.string) }
        return events
    }
}

/// What a listener may ask for.
enum EventName {
    static func advice(_ name: Text) -> String {
        var names: [Text] = []
        for event in EventType.subscriptions { names.append(Text("\(event)")) }
        if let close = Suggestion.closest(to: name, among: names) { return "Did you mean \(close.string)?" }
        return "Write names such as PROCESS_STATE, PROCESS_LOG or TICK_60, separated by commas."
    }
}
