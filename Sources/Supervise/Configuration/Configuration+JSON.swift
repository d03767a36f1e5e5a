extension Configuration {
    /// The effective configuration as JSON, for people and for tools that compare.
    ///
    /// - Parameter isExact: every value as it is, and nothing that supervisord doesn't have. Otherwise passwords become
    ///   `********`, as do variables whose names say that they are secret, and keys of Reeve's own and `remarks` are added.
    public func json(isExact: Bool = false) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.object("supervisord") { supervisord.write(to: &$0, isExact) }
            json.array("http_servers") { json in
                for server in servers { server.write(to: &json, isExact) }
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
                for group in groups { group.write(to: &json, isExact) }
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
    mutating func environment(_ key: StaticString, _ variables: [EnvironmentVariable], _ isExact: Bool) {
        let order = Order.sorted(variables.count) { a, b in
            variables[a].name.precedes(variables[b].name)
        }
        object(key) { json in
            for position in order {
                let variable = variables[position]
                json.member(variable.name, isExact || !variable.isSecret ? variable.value : "********")
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

extension SupervisorSettings {
    fileprivate func write(to json: inout JSONWriter, _ isExact: Bool) {
        json.account("user", user)
        json.int("umask", Int(umask))
        json.string("directory", directory)
        switch logfile {
        case .file(let path): json.string("logfile", path)
        case .syslog: json.string("logfile", "syslog")
        case .none, .auto: json.null("logfile")
        }
        json.string("pidfile", pidfile)
        json.int("logfile_maxbytes", logfileMaxBytes)
        json.int("logfile_backups", logfileBackups)
        json.string("loglevel", "\(logLevel.name)")
        json.string("identifier", identifier)
        json.string("childlogdir", childLogDirectory)
        json.int("minfds", minFDs)
        json.int("minprocs", minProcs)
        json.bool("nodaemon", nodaemon)
        json.bool("silent", silent)
        json.bool("nocleanup", nocleanup)
        json.bool("strip_ansi", stripANSI)
        json.environment("environment", environment, isExact)
        json.string("serverurl", serverURL)
        if !isExact {
            json.string("control_socket", controlSocket)
            json.string("gateway", gateway)
            json.int("gateway_idle_timeout", gatewayIdleTimeout)
            json.account("gateway_user", gatewayUser)
            json.string("init_capabilities", initCapabilities.text)
            execution?.write(to: &json)
            if let killOrphans { json.bool("kill_orphans", killOrphans) } else { json.null("kill_orphans") }
        }
    }
}

extension ServerSettings {
    /// All that clients of the servers can notice: lists that are equal in this are served alike.
    public static func essence(_ servers: [ServerSettings]) -> [UInt8] {
        var writer = JSONWriter()
        writer.array(nil) { json in
            for server in servers {
                server.write(to: &json, true)
                // Not in what supervisord has.
                json.bool(nil, server.webGetActions)
                json.bool(nil, server.healthPublic)
                json.array(nil) { json in for host in server.allowedHosts { json.string(nil, host) } }
            }
        }
        return writer.bytes
    }

    fileprivate func write(to json: inout JSONWriter, _ isExact: Bool) {
        json.object { json in
            json.string("section", section)
            json.string("name", name)
            switch address {
            case .inet(let host, let port):
                json.string("family", "inet")
                json.string("host", host)
                json.int("port", port)
            case .unix(let path, let mode, let owner):
                json.string("family", "unix")
                json.string("file", path)
                json.int("chmod", Int(mode))
                json.array("chown") { json in
                    // Python's "unchanged".
                    json.account(nil, owner.user ?? .id(-1))
                    json.account(nil, owner.group ?? .id(-1))
                }
            }
            json.string("username", username)
            json.string("password", isExact || password == nil ? password : "********")
            guard !isExact else { return }
            json.string("password_file", passwordFile)
            if case .inet = address {
                json.bool("allow_unauthenticated", allowUnauthenticated)
                json.strings("allowed_hosts", allowedHosts)
            }
            json.bool("web_get_actions", webGetActions)
            json.bool("health_public", healthPublic)
        }
    }
}

extension GroupSettings {
    /// All that makes a difference to its processes, to compare it by.
    var essence: [UInt8] {
        var writer = JSONWriter()
        writer.array(nil) { json in
            write(to: &json, true)
            for process in processes { process.writeOwn(to: &json) }
            for socket in sockets {
                json.int(nil, socket.processes.lowerBound)
                json.int(nil, socket.processes.upperBound)
                socket.settings.write(to: &json)
            }
        }
        return writer.bytes
    }

    fileprivate func write(to json: inout JSONWriter, _ isExact: Bool) {
        json.object { json in
            json.string("name", name)
            json.int("priority", priority)
            switch kind {
            case .program:
                json.string("type", "program")
            case .eventListener(let listener):
                json.string("type", "eventlistener")
                json.int("buffer_size", listener.bufferSize)
                json.strings("events", listener.events)
                json.string("result_handler", listener.resultHandler)
            case .fcgi(let socket):
                json.string("type", "fcgi")
                socket.write("socket", to: &json)
            }
            json.array("processes") { json in
                for process in processes { process.write(to: &json, isExact) }
            }
        }
    }
}

extension SocketSettings {
    fileprivate func write(_ key: StaticString? = nil, to json: inout JSONWriter) {
        json.object(key) { json in
            json.string("url", url)
            json.int("backlog", backlog)
            json.int("mode", mode.map { Int($0) })
            guard let owner else { return json.null("owner") }
            json.array("owner") { json in
                json.account(nil, owner.user ?? .id(-1))
                json.account(nil, owner.group ?? .id(-1))
            }
        }
    }
}

extension ProcessSettings {
    /// What is not in the configuration that people see, or not exactly.
    fileprivate func writeOwn(to json: inout JSONWriter) {
        json.object { json in
            execution?.write(to: &json)
            cgroup?.write(to: &json)
            for channel in [stdout, stderr] {
                json.bool(nil, channel.prefixLines)
                json.bool(nil, channel.copyToStdout)
            }
            guard let environmentSources else { return }
            json.strings("env_file", environmentSources.files)
            json.environment("environment_from_files", environmentSources.values, true)
            // The same variables make a difference when they are stronger than those of the files.
            json.environment("environment", environmentSources.own, true)
        }
    }

    fileprivate func write(to json: inout JSONWriter, _ isExact: Bool) {
        json.object { json in
            json.string("name", name)
            json.string("command", command)
            json.string("directory", directory)
            json.int("umask", umask.map { Int($0) })
            json.int("priority", priority)
            json.bool("autostart", autostart)
            switch autorestart {
            case .always: json.string("autorestart", "true")
            case .never: json.string("autorestart", "false")
            case .unexpected: json.string("autorestart", "unexpected")
            }
            json.int("startsecs", startSeconds)
            json.int("startretries", startRetries)
            json.account("user", user)
            writeStdout(to: &json)
            writeStderr(to: &json)
            json.string("stopsignal", stopSignal.name)
            json.int("stopwaitsecs", stopWaitSeconds)
            json.bool("stopasgroup", stopAsGroup)
            json.bool("killasgroup", killAsGroup)
            json.array("exitcodes") { json in
                for code in exitCodes { json.int(nil, code) }
            }
            json.bool("redirect_stderr", redirectStderr)
            json.environment("environment", environment, isExact)
            json.string("serverurl", serverURL)
            guard !isExact else { return }
            execution?.write(to: &json)
            json.strings("env_file", environmentSources?.files ?? [])
            // Its values are paths.
            json.environment("environment_from_files", environmentSources?.values ?? [], true)
            cgroup?.write(to: &json)
        }
    }

    private func writeStdout(to json: inout JSONWriter) {
        json.string("stdout_logfile", stdout.logfile.word)
        json.int("stdout_logfile_maxbytes", stdout.maxBytes)
        json.int("stdout_logfile_backups", stdout.backups)
        json.int("stdout_capture_maxbytes", stdout.captureMaxBytes)
        json.bool("stdout_events_enabled", stdout.eventsEnabled)
        json.bool("stdout_syslog", stdout.syslog)
    }

    private func writeStderr(to json: inout JSONWriter) {
        json.string("stderr_logfile", stderr.logfile.word)
        json.int("stderr_logfile_maxbytes", stderr.maxBytes)
        json.int("stderr_logfile_backups", stderr.backups)
        json.int("stderr_capture_maxbytes", stderr.captureMaxBytes)
        json.bool("stderr_events_enabled", stderr.eventsEnabled)
        json.bool("stderr_syslog", stderr.syslog)
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
