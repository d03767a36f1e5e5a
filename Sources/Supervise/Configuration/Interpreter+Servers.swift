extension Interpreter {
    func readServers() {
        for section in document.sections.indices {
            if document.sections[section].name.hasPrefix(SectionKind.inetServer.prefix) { readInetServer(section) }
        }
        for section in document.sections.indices {
            if document.sections[section].name.hasPrefix(SectionKind.unixServer.prefix) { readUnixServer(section) }
        }
    }

    private func newServer(_ section: Int) -> ServerSettings {
        var server = ServerSettings()
        let name = document.sections[section].name
        server.section = name.string
        if let colon = name.bytes.firstIndex(of: ASCII.colon) { server.name = Text(name.bytes[(colon + 1)...]).string }
        return server
    }

    private func readInetServer(_ section: Int) {
        var server = newServer(section)
        readCommon(section, &server)
        guard document.entry(section, .port) != nil else {
            complain(
                .joined("section [", document.sections[section].name, "] has no port value"),
                "Add port=, such as port=127.0.0.1:9001.", at: document.sections[section].header)
            return
        }
        let address = value(section, .port, scope(here: false), (Text.empty, 0), Conversion.inetAddress)
        server.address = .inet(host: address.0.string, port: address.1)
        server.allowUnauthenticated = value(
            section, .allowUnauthenticated, scope(here: false), false, Conversion.boolean)
        server.allowedHosts = value(section, .allowedHosts, scope(here: false), [], Self.hosts)
        if !server.isAuthenticated, !server.allowUnauthenticated { refuseIfOpen(section, address.0, address.1) }
        configuration.servers.append(server)
    }

    /// Names without ports, separated by commas; `*` alone for any.
    static func hosts(_ text: Text) throws(Complaint) -> [String] {
        var hosts: [String] = []
        for host in Conversion.strings(text) {
            let isHost = host.bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                    true
                default: false
                }
            }
            guard isHost && !host.isEmpty || host.is("*") else {
                throw Complaint(
                    .joined("Invalid allowed_hosts value ", host),
                    "Write names or addresses without a port, separated by commas, or * for any.")
            }
            hosts.append(host.lowercased.string)
        }
        return hosts
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
        var server = newServer(section)
        guard document.entry(section, .file) != nil else {
            complain(
                .joined("section [", document.sections[section].name, "] has no file value"),
                "Add file=, such as file=/run/supervisor.sock.", at: document.sections[section].header)
            return
        }
        let file = value(section, .file, scope(here: true), Text.empty) { $0.stripped }
        let path = Path.resolved(file, surroundings).string
        readCommon(section, &server)
        let plain = scope(here: false)
        let owner = value(section, .chown, plain, Ownership(user: nil, group: nil)) { text throws(Complaint) in
            try self.ownership(text, "Invalid sockchown value ")
        }
        let mode = value(section, .chmod, plain, 0o700) { text throws(Complaint) in
            try Self.mode(text, "Invalid chmod value ")
        }
        server.address = .unix(path: path, mode: mode, owner: owner)
        configuration.servers.append(server)
    }

    static func mode(_ text: Text, _ sentence: Text) throws(Complaint) -> UInt32 {
        do throws(Complaint) {
            return try Conversion.octal(text)
        } catch {
            throw Complaint(.joined(sentence, text), error.advice)
        }
    }

    /// What both kinds of servers have.
    private func readCommon(_ section: Int, _ server: inout ServerSettings) {
        let plain = scope(here: false)
        server.webGetActions = value(section, .webGetActions, plain, false, Conversion.boolean)
        server.healthPublic = value(section, .healthPublic, plain, false, Conversion.boolean)
        server.username = value(section, .username, plain, nil) { $0.string }
        (server.password, server.passwordFile) = password(section)
        let hasName = document.entry(section, .username) != nil
        let hasPassword = document.entry(section, .password) != nil || document.entry(section, .passwordFile) != nil
        if hasName != hasPassword {
            complain(
                .joined(
                    "Section [", document.sections[section].name, "] contains incomplete authentication: ",
                    "If a username or a password is specified, both the username and password must be specified"),
                hasName ? "Add password= or password_file=." : "Add username=.", at: document.sections[section].header)
        }
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
            var interface = RPCInterfaceSettings()
            interface.name = name.dropFirst(SectionKind.rpcInterface.prefix.utf8CodeUnitCount).string
            if let (factory, entry) = text(section, .rpcFactory, plain) {
                interface.factory = factory.string
                if surroundings.python(interface.factory) != .builtIn, !isSupervisord {
                    remark(
                        .joined(
                            "[", name, "] has no effect: ", factory,
                            " is Python, and init has none; the supervisor.* and ",
                            "system.* methods are built in"), at: entry.origin)
                    continue
                }
                if surroundings.python(interface.factory) != .builtIn {
                    complain(
                        Complaint(
                            .joined(factory, " cannot be resolved within [", name, "]"),
                            "Only supervisor.rpcinterface:make_main_rpcinterface exists without Python."), about: entry)
                }
            }
            interface.options = options(section, plain)
            configuration.rpcInterfaces.append(interface)
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
        for entry in own + others where entry.key != Key.rpcFactory.rawValue {
            let key = document.keys[Int(entry.key)]
            let name = { Text.joined(self.document.sections[section].name, ".", key) }
            guard let value = expand(entry.value, scope, name, entry) else { continue }
            options.append(EnvironmentVariable(key.string, value.string))
        }
        return options
    }
}
