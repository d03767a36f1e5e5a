extension Configuration {
    /// The effective configuration as JSON, for people and for tools that compare.
    ///
    /// - Parameter isExact: every value as it is, and nothing that supervisord doesn't have. Otherwise passwords become
    ///   `********`, as do variables whose names say that they are secret, and keys of Reeve's own and `remarks` are added.
    public func json(isExact: Bool = false) -> [UInt8] { json(KeyTable(), isExact: isExact) }

    func json(_ table: KeyTable, isExact: Bool = false) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.object("supervisord") { json in
                json.values(supervisord.values, of: .supervisor, table, isExact)
                json.string("serverurl", supervisord.serverURL)
            }
            json.array("http_servers") { json in
                for server in servers { server.write(to: &json, table, isExact) }
            }
            json.array("rpcinterfaces") { json in
                for interface in rpcInterfaces {
                    json.object { json in
                        json.string("name", interface.name)
                        json.string("factory", interface.factory)
                        json.environment("options", interface.options, isExact)
                    }
                }
            }
            json.array("groups") { json in
                for group in groups { group.write(to: &json, table, isExact) }
            }
            if !isExact {
                json.array("hooks") { json in
                    for hook in eventHooks {
                        json.object { json in
                            json.string("name", hook.name)
                            json.values(hook.values, of: .hook, table, isExact)
                        }
                    }
                }
            }
            json.strings("warnings", warnings)
            json.strings("infos", infos)
            if !isExact {
                var texts: [String] = []
                for remark in remarks { texts.append(remark.description) }
                json.strings("remarks", texts)
            }
        }
        return writer.bytes
    }
}

extension ConfigurationError {
    /// `{"error": ...}` with the first problem's sentence.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { $0.string("error", text) }
        return writer.bytes
    }
}

extension JSONWriter {
    mutating func strings(_ key: StaticString, _ values: [String]) {
        array(key) { json in
            for value in values { json.string(nil, value) }
        }
    }

    /// Sorted by name.
    mutating func environment(_ key: StaticString?, _ variables: [EnvironmentVariable], _ isExact: Bool) {
        let order = Order.sorted(variables.map { Order.Rank(0, $0.name) })
        object(key) { json in
            for position in order {
                let variable = variables[position]
                let isShown = isExact || !json.hidesVariables && !variable.isSecret
                json.member(variable.name, isShown ? variable.value : "********")
            }
        }
    }

    mutating func account(_ key: StaticString? = nil, _ account: Account?) {
        switch account {
        case .name(let name): string(key, name)
        case .id(let id): int(key, id)
        case nil: null(key)
        }
    }
}

extension JSONWriter {
    /// What the table has of this holder. Keys of Reeve's own are left out of an exact writing, and of a process where they
    /// have their default.
    fileprivate mutating func values(
        _ values: KeyValues, of holder: KeyRow.Holder, in kind: SectionKind? = nil, _ table: KeyTable, _ isExact: Bool
    ) {
        let defaults = KeyDefaults.of(holder)
        for position in table.indices {
            let (row, number) = (table[position], table.numbers[position])
            guard row.holder == holder else { continue }
            if let kind, !row.sections.contains(SectionKinds(kind)) { continue }
            let value = values[number]
            if row.since != nil, isExact || holder == .process && value == nil { continue }
            if row.isSecret, !isExact, value != nil {
                string(row.name, "********")
            } else {
                write(row, value ?? defaults[number], isExact)
            }
        }
    }

    private mutating func write(_ row: KeyRow, _ value: KeyValue?, _ isExact: Bool) {
        let key = row.name
        switch value {
        case .bool(let value): bool(key, value)
        case .int(let value): int(key, value)
        case .decimal(let value): number(key, Thousandths.text(value))
        case .text(let value): string(key, value)
        case .texts(let values): strings(key, values)
        case .ints(let values): array(key) { json in for value in values { json.int(nil, value) } }
        // Values of files are paths.
        case .variables(let value): environment(key, value.list, isExact || row.type == .placesByName)
        case .account(let value): account(key, value)
        case .accounts(let values): array(key) { json in for value in values { json.account(nil, value) } }
        case .ownership(let value): ownership(key, value)
        case .log(let value): string(key, value.word)
        case .logLevel(let level): string(key, "\(level.name)")
        case .autoRestart(let value): string(key, value.word)
        case .endPolicy(let value): string(key, "\(value.word)")
        case .healthAction(let value): string(key, "\(value.word)")
        case .notify(let mode): string(key, mode.text)
        case .signal(let signal): string(key, signal.name)
        case .signals(let signals):
            var names = ""
            for signal in signals { names += "\(names.isEmpty ? "" : " ")\(signal.name)" }
            string(key, names)
        case .dependencies(let values): array(key) { json in for value in values { json.string(nil, value.text) } }
        case .capabilities(_, let written): string(key, written)
        case .initCapabilities(let kept): string(key, kept.text)
        case .limit(let soft, let hard): string(key, "\(soft.limitText):\(hard.limitText)")
        case .processors(let mask):
            array(key) { json in
                for number in 0..<(8 * mask.count) where mask[number / 8] >> UInt8(number % 8) & 1 == 1 {
                    json.int(nil, number)
                }
            }
        case nil: null(key)
        }
    }

    /// Python's "unchanged" is -1.
    fileprivate mutating func ownership(_ key: StaticString, _ owner: Ownership) {
        array(key) { json in
            json.account(nil, owner.user ?? .id(-1))
            json.account(nil, owner.group ?? .id(-1))
        }
    }
}

extension ServerSettings {
    fileprivate func write(to json: inout JSONWriter, _ table: KeyTable, _ isExact: Bool) {
        json.object { json in
            json.string("section", section)
            json.string("name", name)
            switch address {
            case .inet(let host, let port):
                json.string("family", "inet")
                json.string("host", host)
                json.int("port", port)
                json.values(values, of: .server, in: .inetServer, table, isExact)
            case .unix(let path, let mode, let owner):
                json.string("family", "unix")
                json.string("file", path)
                json.int("chmod", Int(mode))
                json.ownership("chown", owner)
                json.values(values, of: .server, in: .unixServer, table, isExact)
            }
        }
    }
}

extension GroupSettings {
    fileprivate func write(to json: inout JSONWriter, _ table: KeyTable, _ isExact: Bool) {
        json.object { json in
            json.string("name", name)
            json.int("priority", priority)
            writeKind(to: &json, table, isExact)
            json.array("processes") { json in
                for process in processes {
                    json.object { json in
                        json.string("name", process.name)
                        json.values(process.values, of: .process, table, isExact)
                    }
                }
            }
        }
    }
}

extension GroupSettings {
    private func writeKind(to json: inout JSONWriter, _ table: KeyTable, _ isExact: Bool) {
        switch kind {
        case .program:
            json.string("type", "program")
            json.values(values, of: .group, in: .program, table, isExact)
        case .eventListener:
            json.string("type", "eventlistener")
            json.values(values, of: .group, in: .eventListener, table, isExact)
        case .fcgi:
            json.string("type", "fcgi")
            json.values(values, of: .group, in: .fcgiProgram, table, isExact)
            if let socket = sockets.first?.settings { socket.write(to: &json) }
        }
    }

    /// The keys of one of its processes, and those of its own section, for an answer: of variables only the names.
    func json(of process: ProcessSettings) -> [UInt8] {
        let table = KeyTable()
        var writer = JSONWriter()
        writer.hidesVariables = true
        writer.object { json in
            writeKind(to: &json, table, false)
            json.values(process.values, of: .process, table, false)
        }
        return writer.bytes
    }
}

extension SocketSettings {
    fileprivate func write(to json: inout JSONWriter) {
        json.object("socket") { json in
            json.string("url", url)
            json.int("backlog", backlog)
            json.int("mode", mode.map { Int($0) })
            if let owner { json.ownership("owner", owner) } else { json.null("owner") }
        }
    }
}

extension LogTarget {
    fileprivate var word: String? {
        switch self {
        case .none: nil
        case .auto: "AUTO"
        case .file(let path): path
        case .syslog: "syslog"
        }
    }
}

extension AutoRestart {
    fileprivate var word: String {
        switch self {
        case .always: "true"
        case .never: "false"
        case .unexpected: "unexpected"
        }
    }
}
