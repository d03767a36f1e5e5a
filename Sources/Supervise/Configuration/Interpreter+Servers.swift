extension Interpreter {
    func readServers() {
        for section in document.sections.indices {
            if document.sections[section].name.hasPrefix(SectionKind.inetServer.prefix) { readInetServer(section) }
        }
        for section in document.sections.indices {
            if document.sections[section].name.hasPrefix(SectionKind.unixServer.prefix) { readUnixServer(section) }
        }
    }

    private func readInetServer(_ section: Int) {
        let values = serverValues(section, .inetServer)
        guard document.entry(section, .port) != nil else {
            complain(
                .joined("section [", document.sections[section].name, "] has no port value"),
                adviceForMissing(.port, section, "Add port=, such as port=127.0.0.1:9001."),
                at: document.sections[section].header)
            return
        }
        let (host, port) = value(section, .port, scope(here: false), (Text.empty, 0), Conversion.inetAddress)
        let server = ServerSettings(
            document.sections[section].name.string, .inet(host: host.string, port: port), values)
        if !server.isAuthenticated, !server.allowUnauthenticated { refuseIfOpen(section, host, port) }
        servers.append(server)
    }

    /// Whoever reaches the port commands programs that may run as root. supervisord serves them (CVE-2019-12105 was
    /// about that); who asks for supervisord by its name gets it, and hears of it.
    private func refuseIfOpen(_ section: Int, _ host: Text, _ port: Int) {
        guard port > 0, let entry = document.entry(section, .port) else { return }
        if HostsFile.isLoopback(host.string, hosts: { self.surroundings.contents(of: "/etc/hosts") }) { return }
        let sentence = Text.joined(
            "[", document.sections[section].name,
            "] has no password and is not bound to loopback: whoever reaches port ",
            Text(port), " commands this supervisor")
        if isSupervisord {
            remark(
                .joined(sentence, "; allowed under the name supervisord, elsewhere with allow_unauthenticated=true"),
                at: entry.origin)
        } else {
            complain(
                Complaint(
                    sentence,
                    "Write username=NAME and password=SECRET into this section; or port=127.0.0.1:\(port), which serves this "
                        + "container alone; or allow_unauthenticated=true, if all who reach the port may command it."
                ), about: entry)
        }
    }

    private func readUnixServer(_ section: Int) {
        guard document.entry(section, .file) != nil else {
            complain(
                .joined("section [", document.sections[section].name, "] has no file value"),
                adviceForMissing(.file, section, "Add file=, such as file=/run/supervisor.sock."),
                at: document.sections[section].header)
            return
        }
        let file = value(section, .file, scope(here: true), Text.empty) { $0.stripped }
        let path = Path.resolved(file, surroundings).string
        let values = serverValues(section, .unixServer)
        var place = KeyValues()
        read(written(section, .unixServer), .ofSocket, section, scope(here: false), into: &place)
        var owner = Ownership(user: nil, group: nil)
        if case .ownership(let written) = place[.chown] { owner = written }
        let mode = place.int(.chmod).map { UInt32(truncatingIfNeeded: $0) } ?? 0o700
        servers.append(
            ServerSettings(
                document.sections[section].name.string, .unix(path: path, mode: mode, owner: owner), values))
    }

    /// What both kinds of servers have.
    private func serverValues(_ section: Int, _ kind: SectionKind) -> KeyValues {
        var values = KeyValues()
        read(written(section, kind), .once, section, scope(here: false), into: &values)
        readPassword(section, into: &values)
        let hasName = document.entry(section, .username) != nil
        let hasPassword = document.entry(section, .password) != nil || document.entry(section, .passwordFile) != nil
        if hasName != hasPassword {
            complain(
                .joined(
                    "Section [", document.sections[section].name, "] contains incomplete authentication: ",
                    "If a username or a password is specified, both the username and password must be specified"),
                hasName ? "Add password= or password_file=." : "Add username=.", at: document.sections[section].header)
        }
        return values
    }

    func readRPCInterfaces() {
        let plain = scope(here: false)
        for section in document.sections.indices {
            let name = document.sections[section].name
            guard name.hasPrefix(SectionKind.rpcInterface.prefix) else { continue }
            let header = document.sections[section].header
            guard document.entry(section, .rpcFactory) != nil else {
                complain(
                    .joined("section [", name, "] does not specify a supervisor.rpcinterface_factory"),
                    "Add supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface.", at: header)
                continue
            }
            var named = ""
            if let (factory, entry) = text(section, .rpcFactory, plain) {
                named = factory.string
                if surroundings.python(named) != .builtIn, !isSupervisord {
                    remark(
                        .joined(
                            "[", name, "] has no effect: ", factory,
                            " is Python, and init has none; the supervisor.* and ",
                            "system.* methods are built in"), at: entry.origin)
                    continue
                }
                if surroundings.python(named) != .builtIn {
                    complain(
                        Complaint(
                            .joined(factory, " cannot be resolved within [", name, "]"),
                            "Only supervisor.rpcinterface:make_main_rpcinterface exists without Python."), about: entry)
                }
            }
            rpcInterfaces.append(
                RPCInterfaceSettings(
                    name: name.dropFirst(SectionKind.rpcInterface.prefix.utf8CodeUnitCount).string, factory: named,
                    options: options(section, plain)))
        }
    }

    /// All keys of a section but the factory, and those of `[DEFAULT]`.
    private func options(_ section: Int, _ scope: Scope) -> [EnvironmentVariable] {
        var options: [EnvironmentVariable] = []
        let own = document.sections[section].entries
        var others: [DocumentEntry] = []
        for entry in document.defaults.entries where document.sections[section].position(of: entry.key) == nil {
            others.append(entry)
        }
        for entry in own + others where entry.key != Int32(Key.rpcFactory.rawValue) {
            let key = document.name(of: entry.key)
            let name = { Text.joined(self.document.sections[section].name, ".", key) }
            guard let value = expand(entry.value, scope, name, entry) else { continue }
            options.append(EnvironmentVariable(key.string, value.string))
        }
        return options
    }
}
