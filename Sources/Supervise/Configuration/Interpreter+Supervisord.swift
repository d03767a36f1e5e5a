extension Interpreter {
    /// `[supervisord]`, whose environment becomes known to everything after it.
    func readSupervisord() {
        let section = document.section("supervisord")
        // Where lines could not be read, the section may be among them. init needs none: every key has a default.
        let isMissing =
            isSupervisord ? section == nil : !document.sections.contains { SectionKind(name: $0.name) != nil }
        if isMissing, problems.isEmpty {
            if isSupervisord {
                complain(".ini file does not include supervisord section", "Add a [supervisord] section.", at: nil)
            } else {
                complain(
                    .joined(path, " has no section that says what to run"),
                    "Add one, such as [program:web] with command=.", at: nil)
            }
        }
        if let section { read(written(section, .supervisord), .once, section, scope(here: true), into: &supervisor) }
        for (key, name) in [(Key.logfile, "supervisord.log" as Text), (.pidfile, "supervisord.pid")]
        where supervisor[key] == nil {
            let path = Path.resolved(name, surroundings).string
            supervisor[key] = key == .logfile ? .log(.file(path)) : .text(path)
        }
        // An image of nothing else has no /tmp. Nobody asked for it: automatic logs are then kept in memory, which the log says.
        if supervisor[.childlogdir] == nil { supervisor[.childlogdir] = .text(surroundings.temporaryDirectory) }
    }

    /// supervisord looks up its own user after everything else.
    func readSupervisorUser() {
        guard let (text, entry) = supervisorUser else { return }
        do throws(Complaint) {
            supervisor[.user] = .account(try user(text).account)
        } catch {
            complain(error, about: entry)
        }
    }

    /// For programs that say nothing else: the first unix server, else the last inet server.
    var serverURL: String? {
        var url: String?
        for server in servers {
            switch server.address {
            case .unix(let path, _, _): return "unix://\(path)"
            case .inet(let host, let port): url = "http://\(host.isEmpty ? "localhost" : host):\(port)"
            }
        }
        return url
    }
}

/// Data types that ask the machine.
extension Interpreter {
    func existingDirectory(_ text: Text) throws(Complaint) -> Text {
        let path = Path.expandingHome(text, surroundings)
        if surroundings.isDirectory(path.string) { return path }
        throw Complaint(.joined(text, " is not an existing directory"), "Create it, or name one that exists.")
    }

    /// A path whose folder exists.
    func existingParent(_ text: Text) throws(Complaint) -> Text {
        let path = Path.expandingHome(text, surroundings)
        let directory = Path.directory(of: path)
        if directory.isEmpty || surroundings.isDirectory(directory.string) { return path }
        throw Complaint(
            .joined("The directory named as part of the path ", text, " does not exist"),
            "Create the directory first, or log to /dev/stdout.")
    }

    func user(_ text: Text) throws(Complaint) -> (account: Account, record: UserRecord) {
        if let id = try? Integer(text) {
            if let record = surroundings.user(id: id.value) { return (.id(id.value), record) }
            throw Complaint(.joined("Invalid user id ", text), "Name a user that exists.")
        }
        if let record = surroundings.user(named: text.string) { return (.name(text.string), record) }
        throw Complaint(.joined("Invalid user name ", text), "Name a user of /etc/passwd, or write a numeric uid.")
    }

    /// `user` or `user:group`; the sentences of supervisord name the key, not the part that is wrong.
    func ownership(_ text: Text, _ sentence: Text) throws(Complaint) -> Ownership {
        let complaint = Complaint(
            .joined(sentence, text), "Write user or user:group, both existing in /etc/passwd and /etc/group.")
        var parts = [text]
        if let colon = text.bytes.firstIndex(of: ASCII.colon) {
            parts = [Text(text.bytes[..<colon]), Text(text.bytes[(colon + 1)...])]
        }
        guard let user = try? user(parts[0]).account else { throw complaint }
        guard parts.count > 1 else { return Ownership(user: user, group: nil) }
        if let id = try? Integer(parts[1]).value {
            guard surroundings.groupExists(id: id) else { throw complaint }
            return Ownership(user: user, group: .id(id))
        }
        guard surroundings.group(named: parts[1].string) != nil else { throw complaint }
        return Ownership(user: user, group: .name(parts[1].string))
    }
}
