/// Commands that wait for other programs, and small inits in front of programs.
extension Migration {
    func changeCommands() {
        for part in programs {
            guard let command = part["command"] else { continue }
            if removeSmallInit(part, command) { continue }
            switch WaitCommand.read(command.value, firstLine: command.place.count) {
            case .none: break
            case .unclear(let why): remark(part, command.line, "\(part.title.sentence): \(why)")
            case .wait(let wait): change(wait, part, command)
            }
        }
    }

    // MARK: Waits

    private func change(_ wait: WaitCommand, _ part: ConfigurationPart, _ command: ConfigurationOption) {
        let name = part.title.sentence
        var servers: [ConfigurationPart] = []
        for target in wait.targets {
            let found = target.isHere ? self.servers(of: target.port, butNot: part) : []
            var why = ""
            if found.count > 1 {
                why = "\(found[0].title.sentence) and \(found[1].title.sentence) may listen there"
            } else if found.isEmpty {
                why =
                    "no program of these files is known to listen there. If one does, give it healthcheck_tcp= and this one depends_on=; a server elsewhere needs the wait"
            } else if depends(found[0], on: part) {
                why = "\(found[0].title.sentence) depends on it"
            }
            guard why.utf8.isEmpty else {
                return remark(
                    part, command.line, "\(name) still waits for \(target.written.sentence) in its command: \(why)")
            }
            servers.append(found[0])
        }
        set(command, to: wait.rest, part)
        for (server, target) in zip(servers, wait.targets) {
            dependencies.append(MigrationDependency(part, on: server.title))
            addHealthCheck(target, server)
            remark(
                part, command.line,
                "\(name) waits for \(target.written.sentence) by depends_on=\(server.title.sentence), which is ready when its health check succeeds; it has no time limit"
            )
        }
    }

    private func addHealthCheck(_ target: WaitCommand.Target, _ part: ConfigurationPart) {
        for check in ["healthcheck_command", "healthcheck_http", "healthcheck_tcp"] as [StaticString] {
            if part[check] != nil || adds("\(check)", part) { return }
        }
        if let url = target.url {
            add("healthcheck_http", url, part)
        } else {
            add("healthcheck_tcp", "127.0.0.1:\(target.port)".bytes, part)
        }
    }

    /// Servers, and the port on which they listen if nothing else is said.
    private static let usualPorts: StaticString =
        "postgres 5432 redis-server 6379 valkey-server 6379 mysqld 3306 mysqld_safe 3306 mariadbd 3306 mariadbd-safe 3306 mongod 27017 memcached 11211 rabbitmq-server 5672 nginx 80 apache2 80 httpd 80 php-fpm 9000 elasticsearch 9200 etcd 2379 nats-server 4222 influxd 8086"

    /// Programs that listen on a port, as far as their commands tell.
    private func servers(of port: Int, butNot asker: ConfigurationPart) -> [ConfigurationPart] {
        programs.filter { part in
            guard part !== asker else { return false }
            let command = part.value("command")
            // A command that waits for the port names it, too.
            return part.value("healthcheck_tcp").hasNumber(port)
                || WaitCommand.read(command, firstLine: command.count).isNone && Self.listens(command, port)
        }
    }

    private static func listens(_ command: [UInt8], _ port: Int) -> Bool {
        // A small number may be anything else: of processes, of seconds.
        if command.hasNumber(port, isBehindSign: port < 1024) { return true }
        guard !command.hasText("--port") else { return false }
        let usual = "\(usualPorts)".bytes.parts { $0 == ASCII.space }
        for word in command.parts({ !$0.isOfFileName }) {
            let name = word.fileName
            for index in usual.indices where usual[index] == name && usual[index + 1].numberAtStart == port {
                return true
            }
        }
        return false
    }

    /// Whether a program, or what it depends on, needs another one.
    private func depends(_ part: ConfigurationPart, on other: ConfigurationPart, depth: Int = 0) -> Bool {
        if part === other || depth > 32 { return true }
        var next: [[UInt8]] = []
        for dependency in dependencies where dependency.program === part { next.append(dependency.on) }
        next += part.value("depends_on").parts { $0 == ASCII.comma || $0.isBlank }
        for name in next {
            let name = Array(name.prefix { $0 != ASCII.colon })
            for found in programs where found.title == name && depends(found, on: other, depth: depth + 1) {
                return true
            }
        }
        return false
    }

    // MARK: Small inits

    /// Takes `tini --` or `dumb-init` from the front of a command.
    private func removeSmallInit(_ part: ConfigurationPart, _ command: ConfigurationOption) -> Bool {
        let words = ShellWord.split(command.value)
        guard words.count > 1, let kind = SmallInit(words[0].text) else { return false }
        let (name, tool) = (part.title.sentence, words[0].text.fileName.sentence)
        var index = 1
        var isForGroup = kind == .dumbInit
        while index < words.count, words[index].text.first == ASCII.minus {
            let option = words[index].text
            index += 1
            if option.isSame("--") { break }
            if kind == .tini, option.isSame("-g") {
                isForGroup = true
            } else if kind == .dumbInit, option.isOne(of: "-c --single-child") {
                isForGroup = false
            } else if kind != .tini || !option.isOne(of: "-s -w") {
                remark(
                    part, command.line, "\(name) still begins with \(tool): \(option.sentence) has no counterpart here")
                return true
            }
        }
        guard index < words.count, words[index].start < command.place.count else { return true }
        if isForGroup, part["stopasgroup"] == nil { add("stopasgroup", "true".bytes, part) }
        remark(
            part, command.line,
            "\(name) needs no \(tool): init reaps what programs leave behind\(isForGroup ? "; stopasgroup=true sends signals to the whole group, as it did" : "")"
        )
        set(command, to: Array(command.value[words[index].start..<command.place.count]), part)
        return true
    }
}

/// What stands in front of commands to reap processes and to forward signals.
enum SmallInit {
    /// And those with its options: catatonit.
    case tini
    case dumbInit

    init?(_ word: [UInt8]) {
        let name = word.fileName
        if name.isOne(of: "tini tini-static tini-amd64 tini-arm64 catatonit docker-init") {
            self = .tini
        } else if name.isSame("dumb-init") {
            self = .dumbInit
        } else {
            return nil
        }
    }

    var package: InstallCommand.Package { self == .tini ? .tini : .dumbInit }
}
