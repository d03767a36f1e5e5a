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
        let scope = scope(here: true)
        let settings = configuration.supervisord
        settings.minFDs = value(section, .minfds, scope, settings.minFDs, Conversion.integer)
        settings.minProcs = value(section, .minprocs, scope, settings.minProcs, Conversion.integer)
        settings.directory = value(section, .directory, scope, nil) { text throws(Complaint) in
            try self.existingDirectory(text).string
        }
        let user = section.flatMap { text($0, .user, scope) }
        settings.umask = value(section, .umask, scope, settings.umask, Conversion.octal)
        let logfile = value(section, .logfile, scope, "supervisord.log", existingParent)
        settings.logfileMaxBytes = value(
            section, .logfileMaxbytes, scope, settings.logfileMaxBytes, Conversion.byteSize)
        settings.logfileBackups = value(section, .logfileBackups, scope, settings.logfileBackups, Conversion.integer)
        settings.logLevel = value(section, .loglevel, scope, settings.logLevel, Conversion.logLevel)
        let pidfile = value(section, .pidfile, scope, "supervisord.pid", existingParent)
        settings.identifier = value(section, .identifier, scope, settings.identifier) { $0.string }
        settings.nodaemon = value(section, .nodaemon, scope, false, Conversion.boolean)
        settings.silent = value(section, .silent, scope, false, Conversion.boolean)
        settings.childLogDirectory = childLogDirectory(section, scope)
        settings.nocleanup = value(section, .nocleanup, scope, false, Conversion.boolean)
        settings.stripANSI = value(section, .stripANSI, scope, false, Conversion.boolean)
        settings.environment = supervisorEnvironment(section, scope)
        settings.controlSocket = value(section, .controlSocket, scope, nil) { text in
            Path.resolved(text, self.surroundings).string
        }
        settings.gateway = value(section, .gateway, scope, nil) { text in
            Path.resolved(text, self.surroundings).string
        }
        settings.gatewayIdleTimeout = value(section, .gatewayIdleTimeout, scope, settings.gatewayIdleTimeout) {
            text throws(Complaint) in
            let seconds = try Conversion.integer(text)
            if seconds > 0 { return seconds }
            throw Complaint(
                .joined("Invalid gateway_idle_timeout value ", text), "Write a number of seconds from 1.")
        }
        settings.gatewayUser = value(section, .gatewayUser, scope, nil) { text throws(Complaint) in
            let (account, record) = try self.user(text)
            if record.id != 0 { return account }
            throw Complaint(
                "gateway_user=root would give root's rights to the process that reads what clients send",
                "Name a user that no program runs as, or leave the key out.")
        }
        settings.initCapabilities = value(section, .initCapabilities, scope, .all) { text throws(Complaint) in
            try self.initCapabilities(text)
        }
        readExecutionDefaults(section, scope)
        if let section, document.entry(section, .killOrphans) != nil {
            settings.killOrphans = value(section, .killOrphans, scope, false, Conversion.boolean)
        }
        settings.logfile = logfile.is("syslog") ? .syslog : .file(Path.resolved(logfile, surroundings).string)
        settings.pidfile = Path.resolved(pidfile, surroundings).string
        supervisorUser = user
    }

    private func childLogDirectory(_ section: Int?, _ scope: Scope) -> String {
        if let section, document.entry(section, .childlogdir) != nil {
            return value(section, .childlogdir, scope, .empty, existingDirectory).string
        }
        // An image of nothing else has no /tmp. Nobody asked for it: automatic logs are then kept in memory, which is said.
        return surroundings.temporaryDirectory
    }

    /// The value is expanded twice, the second time with more names.
    private func supervisorEnvironment(_ section: Int?, _ scope: Scope) -> [EnvironmentVariable] {
        guard let section, let entry = document.entry(section, .environment) else { return [] }
        guard let (once, _) = text(section, .environment, scope) else {
            lacksNames = true
            return []
        }
        var wider = scope
        wider.hostName = hostName
        guard let twice = expand(once, wider, { "environment" }, entry) else {
            lacksNames = true
            return []
        }
        do throws(Complaint) {
            var environment: [EnvironmentVariable] = []
            for (name, value) in try Conversion.environment(twice) {
                environment.append(EnvironmentVariable(name.string, value.string))
                globals.texts.set(Scope.environmentName(name), value)
            }
            return environment
        } catch {
            complain(error, about: entry)
            lacksNames = true
            return []
        }
    }

    /// supervisord looks up its own user after everything else.
    func readSupervisorUser() {
        guard let (text, entry) = supervisorUser else { return }
        do throws(Complaint) {
            configuration.supervisord.user = try user(text).account
        } catch {
            complain(error, about: entry)
        }
    }

    /// For programs that say nothing else: the first unix server, else the last inet server.
    func chooseServerURL() {
        var url: String?
        for server in configuration.servers {
            switch server.address {
            case .unix(let path, _, _):
                configuration.supervisord.serverURL = "unix://\(path)"
                return
            case .inet(let host, let port):
                url = "http://\(host.isEmpty ? "localhost" : host):\(port)"
            }
        }
        configuration.supervisord.serverURL = url
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
