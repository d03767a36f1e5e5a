extension Interpreter {
    func readFCGIProgram(_ section: Int) {
        let scope = scope(here: true)
        let name = checkedName(section)
        var group = GroupSettings()
        group.name = name.string
        group.priority = value(section, .priority, scope, 999, Conversion.integer)
        let settings = socket(section, name)
        group.processes = processes(of: section, in: name)
        group.kind = .fcgi(settings)
        group.sockets = [SharedSocket(settings: settings, processes: 0..<group.processes.count)]
        configuration.groups.append(group)
    }

    /// The socket of a FastCGI program that is a member of a `[group]`. supervisord does not read it there, so nothing about
    /// it may stop the configuration; nil when it can't be used.
    func socketOfMember(_ section: Int) -> SocketSettings? {
        let before = savedProblems
        let settings = socket(section, checkedName(section))
        guard !hasProblems(since: before) else {
            restore(before)
            remark(
                "this program's socket can't be used, so it is started without one",
                at: document.sections[section].header)
            return nil
        }
        return settings
    }

    private func socket(_ section: Int, _ name: Text) -> SocketSettings {
        let scope = scope(here: true)
        let sectionName = document.sections[section].name
        var settings = SocketSettings()
        let owner = value(section, .user, scope, nil) { text throws(Complaint) in try self.user(text) }
        settings.backlog = value(section, .socketBacklog, scope, nil) { text throws(Complaint) in
            let backlog = try Integer(text)
            if (1...65535).contains(backlog.value) { return backlog.value }
            throw Complaint(
                .joined("Invalid socket_backlog value ", backlog.text), "Write a number from 1 to 65535.")
        }
        settings.owner = value(section, .socketOwner, scope, nil) { text throws(Complaint) in
            try self.ownership(text, "Invalid socket_owner value ")
        }
        settings.mode = value(section, .socketMode, scope, nil) { text throws(Complaint) in
            try Self.mode(text, "Invalid socket_mode value ")
        }
        var withProgram = scope
        withProgram.programName = name
        guard let entry = document.entry(section, .socket), !entry.value.isEmpty else {
            complain(
                .joined("[", sectionName, "] section requires a \"socket\" line"),
                "Add socket=, such as socket=unix:///run/app.sock or socket=tcp://127.0.0.1:9000.",
                at: document.sections[section].header)
            return settings
        }
        guard let (url, _) = text(section, .socket, withProgram) else { return settings }
        do throws(Complaint) {
            try place(url, &settings, owner: owner)
        } catch {
            complain(
                Complaint(
                    .joined(error.sentence, " in [", sectionName, "] socket"),
                    plain: error.plain.map { .joined($0, " in [", sectionName, "] socket") }, error.advice),
                about: entry)
        }
        return settings
    }

    private func place(
        _ url: Text, _ settings: inout SocketSettings, owner: (account: Account, record: UserRecord)?
    ) throws(Complaint) {
        let advice = "Write unix:///absolute/path or tcp://host:port."
        if url.hasPrefix("unix://") {
            let path = url.dropFirst(7)
            guard path.bytes.first == ASCII.slash else {
                throw Complaint(
                    .joined("('Unix socket path %s is not an absolute path', ", path.quoted, ")"),
                    plain: .joined("the socket's path ", path.quoted, " is not absolute"), advice)
            }
            let resolved = Path.resolved(path, surroundings).string
            settings.address = .unix(path: resolved)
            settings.url = "unix://\(resolved)"
            if settings.owner == nil, let owner, owner.record.id != surroundings.ownUser {
                settings.owner = Ownership(user: owner.account, group: owner.record.group)
            }
            if settings.mode == nil { settings.mode = 0o700 }
            return
        }
        if settings.owner != nil || settings.mode != nil {
            throw Complaint(
                "socket_owner and socket_mode params should only be used with a Unix domain socket",
                "Remove them, or make it a unix:// socket.")
        }
        guard let (host, number) = Self.parts(ofTCP: url) else {
            throw Complaint(
                .joined("('Bad socket format %s', ", url.quoted, ")"),
                plain: .joined(url.quoted, " names no socket"), advice)
        }
        let port = try Conversion.port(number)
        settings.address = .tcp(host: host.string, port: port)
        settings.url = "tcp://\(host.string):\(port)"
    }

    /// `tcp://host:digits`; the host has no colon and no white space.
    private static func parts(ofTCP url: Text) -> (host: Text, port: Text)? {
        guard url.hasPrefix("tcp://") else { return nil }
        let rest = url.dropFirst(6)
        guard let colon = rest.bytes.firstIndex(of: ASCII.colon) else { return nil }
        let host = Text(rest.bytes[..<colon])
        let port = Text(rest.bytes[(colon + 1)...])
        guard !host.isEmpty, !port.isEmpty, host.words.count == 1, host.words[0].count == host.count else { return nil }
        guard Integer.areDigits(port) else { return nil }
        return (host.lowercased, port)
    }
}
