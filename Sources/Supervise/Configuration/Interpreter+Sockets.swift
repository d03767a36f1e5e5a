extension Interpreter {
    func readFCGIProgram(_ section: Int) {
        let scope = scope(here: true)
        let name = checkedName(section)
        let priority = value(section, .priority, scope, 999, Conversion.integer)
        let settings = socket(section, name)
        let processes = processes(of: section, in: name)
        made.append(Made(section: section, group: name, processes: 0..<processes.count))
        groups.append(
            GroupSettings(
                name.string, priority: priority, kind: .fcgi, processes: processes,
                sockets: [SharedSocket(settings: settings, processes: 0..<processes.count)]))
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
        let user = value(section, .user, scope, nil) { text throws(Complaint) in try self.user(text) }
        var values = KeyValues()
        read(written(section, .fcgiProgram), .ofSocket, section, scope, into: &values)
        var withProgram = scope
        withProgram.programName = name
        let nowhere = SocketSettings(address: .unix(path: ""))
        guard let entry = document.entry(section, .socket), !entry.value.isEmpty else {
            complain(
                .joined("[", sectionName, "] section requires a \"socket\" line"),
                adviceForMissing(
                    .socket, section, "Add socket=, such as socket=unix:///run/app.sock or socket=tcp://127.0.0.1:9000."
                ),
                at: document.sections[section].header)
            return nowhere
        }
        guard let (url, _) = text(section, .socket, withProgram) else { return nowhere }
        do throws(Complaint) {
            return try place(url, values, user)
        } catch {
            complain(
                Complaint(
                    .joined(error.sentence, " in [", sectionName, "] socket"),
                    plain: error.plain.map { .joined($0, " in [", sectionName, "] socket") }, error.advice),
                about: entry)
            return nowhere
        }
    }

    private func place(
        _ url: Text, _ values: KeyValues, _ user: (account: Account, record: UserRecord)?
    ) throws(Complaint) -> SocketSettings {
        let advice = "Write unix:///absolute/path or tcp://host:port."
        var owner: Ownership?
        if case .ownership(let written) = values[.socketOwner] { owner = written }
        let mode = values.int(.socketMode).map { UInt32(truncatingIfNeeded: $0) }
        let backlog = values.int(.socketBacklog)
        if url.hasPrefix("unix://") {
            let path = url.dropFirst(7)
            guard path.bytes.first == ASCII.slash else {
                throw Complaint(
                    .joined("('Unix socket path %s is not an absolute path', ", path.quoted, ")"),
                    plain: .joined("the socket's path ", path.quoted, " is not absolute"), advice)
            }
            if owner == nil, let user, user.record.id != surroundings.ownUser {
                owner = Ownership(user: user.account, group: user.record.group)
            }
            return SocketSettings(
                address: .unix(path: Path.resolved(path, surroundings).string), backlog: backlog, mode: mode ?? 0o700,
                owner: owner)
        }
        if owner != nil || mode != nil {
            throw Complaint(
                "socket_owner and socket_mode params should only be used with a Unix domain socket",
                "Remove them, or make it a unix:// socket.")
        }
        guard let (host, number) = Self.parts(ofTCP: url) else {
            throw Complaint(
                .joined("('Bad socket format %s', ", url.quoted, ")"),
                plain: .joined(url.quoted, " names no socket"), advice)
        }
        return SocketSettings(
            address: .tcp(host: host.string, port: try Conversion.port(number)), backlog: backlog)
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
