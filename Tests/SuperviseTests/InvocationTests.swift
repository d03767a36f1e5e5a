import Testing

@testable import Supervise

/// A machine with one user, the folders `/tmp` and `/etc`, and the given files.
private final class Machine: Surroundings {
    var files: [String] = []
    var variables: [String: String] = ["HOME": "/root"]

    func contents(of path: String) -> FileContents { .missing }
    func paths(matching pattern: String) -> [String] { [] }
    func isDirectory(_ path: String) -> Bool { ["/", "/tmp", "/etc", "/root"].contains(path) }
    func exists(_ path: String) -> Bool { files.contains(path) }
    func user(named name: String) -> UserRecord? {
        name == "web" ? UserRecord(id: 33, group: .id(33), home: "/tmp") : nil
    }
    func user(id: Int) -> UserRecord? { UserRecord(id: id, group: .id(id), home: "/") }
    func group(named name: String) -> Int? { nil }
    func groupExists(id: Int) -> Bool { true }
    func capabilities(_ text: String) -> CapabilitySets? { nil }
    func capabilityName(_ number: Int) -> String? { nil }
    var ownUser: Int { 0 }
    var hostName: String { "host" }
    var temporaryDirectory: String { "/tmp" }
    var workingDirectory: String { "/work" }
    var environment: [EnvironmentVariable] { variables.map { EnvironmentVariable($0.key, $0.value) } }
    func python(_ specification: String) -> PythonObject { .unknown }
}

/// The invocation in one line, for tables.
private func parse(_ words: [String], files: [String] = [], variables: [String: String] = [:]) -> String {
    let machine = Machine()
    machine.files = files
    machine.variables.merge(variables) { $1 }
    switch Invocation.parse(words.map { Array($0.utf8) }, surroundings: machine) {
    case .single(let command):
        return "single " + command.words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "|")
    case .proxy(let command):
        return "proxy \(command.pidfile) "
            + command.words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "|")
    case .supervise(let file, let options):
        return "supervise \(file)" + (options.mainCommand.map { " and \($0.joined(separator: "|"))" } ?? "")
    case .programs(let configuration): return "programs " + configuration.groups.map(\.name).joined(separator: " ")
    case .tell(let text): return "tell \(text.prefix { $0 != "\n" })"
    case .version(let line): return "version \(line.prefix { $0 != "\n" })"
    case .refuse(let text, let code): return "\(code) \(text.prefix { $0 != "\n" })"
    }
}

private func command(_ words: [String], variables: [String: String] = [:]) -> SingleCommand? {
    let machine = Machine()
    machine.variables.merge(variables) { $1 }
    guard case .single(let command) = Invocation.parse(words.map { Array($0.utf8) }, surroundings: machine) else {
        return nil
    }
    return command
}

private func options(_ words: [String]) -> SupervisorOptions? {
    let words = ["supervisord", "-c", "/tmp/a"] + words
    guard case .supervise(_, let options) = Invocation.parse(words.map { Array($0.utf8) }, surroundings: Machine())
    else { return nil }
    return options
}

@Suite struct InvocationTests {
    @Test(arguments: [
        // One command: after `--`, or a first word that can be a command.
        ("init -- sleep 5", "single sleep|5"), ("init -g -- sleep 5", "single sleep|5"),
        ("init sleep 5", "single sleep|5"),
        ("init -g sleep 5", "single sleep|5"), ("init -s sleep 5", "single sleep|5"),
        ("init -e 143 sleep 5", "single sleep|5"), ("init -p SIGTERM -- x", "single x"),
        ("init nginx", "single nginx"), ("init sh -c 'exit 3' x", "single sh|-c|exit 3|x"),
        ("init 'sleep 5'", "single sleep|5"), ("init -g 'sleep 5'", "single sleep|5"),
        ("init -c -- sleep 5", "single sleep|5"),
        ("init -- -c x", "single -c|x"), ("init -- --", "single --"), ("init sh -- x", "single sh|--|x"),
        ("/sbin/tini sleep 5", "single sleep|5"), ("docker-init -- sleep 5", "single sleep|5"),
        ("dumb-init -c sleep 5", "single sleep|5"), ("dumb-init --rewrite=15:3 sleep 5", "single sleep|5"),
        // Several commands.
        ("init 'sleep 5' 'sleep 6' redis", "programs redis sleep sleep-2"), ("init -n 'sleep 5'", "programs sleep"),
        ("init -e debug '/bin/a b' c", "programs a c"),
        // Configurations.
        ("init -c /x", "supervise /x"), ("init -n -c /x", "supervise /x"), ("init --config=/x --check", "supervise /x"),
        ("init", "supervise /etc/supervisord.conf"), ("init -n", "supervise /etc/supervisord.conf"),
        ("supervisord", "supervise /etc/supervisord.conf"), ("supervisord -n", "supervise /etc/supervisord.conf"),
        ("init -c /x --", "supervise /x"),
        // Both: the command is the main program.
        ("init -c /x -- sleep 5", "supervise /x and sleep|5"),
        ("init -n --config=/x -- sleep -- 5", "supervise /x and sleep|--|5"),
        (
            "init -c /x -h -- sleep 5",
            "tell init: supervise programs, as supervisord does, or be the init of one command, as tini and dumb-init are."
        ),
        // dumb-init's `-c`.
        ("init -c -- sleep -c x -- y", "single sleep|-c|x|--|y"), ("init -c /x y -- z", "single /x|y|--|z"),
        // Information about the program itself.
        ("supervisord -v", "tell 4.3.0"), ("supervisord --version", "tell 4.3.0"), ("supervisord -v -h", "tell 4.3.0"),
        ("init -v", "version init: Reeve 0.1.0, speaks supervisord 4.3.0"),
        ("tini --version", "version init: Reeve 0.1.0, speaks supervisord 4.3.0"),
        // Rejections.
        ("init 'a b' 'c \"d'", "2 Error: command: a quote is not closed: c \"d"),
        ("supervisord -c /x sleep 5", "2 Error: positional arguments are not supported: ['sleep', '5']"),
        ("tini", "1 tini: there is no command to run"), ("tini -x y", "1 tini: option -x not recognized"),
        ("init -c /x -e loud -- y", "2 Error: invalid value for -e 'loud': bad logging level name 'loud'"),
        ("supervisord -c /x -- y", "2 Error: positional arguments are not supported: ['y']"),
        ("supervisord -n sleep", "2 Error: positional arguments are not supported: ['sleep']"),
    ])
    func modes(line: String, expected: String) throws {
        let words = try CommandWords.split(line)
        #expect(parse(words, files: ["/etc/supervisord.conf"]) == expected)
    }

    /// supervisord's own messages, copied from its output.
    @Test(arguments: [
        ("-x", "option -x not recognized"), ("--foo", "option --foo not recognized"),
        ("--foo=1", "option --foo not recognized"),
        ("-c", "option -c requires argument"), ("--configuration", "option --configuration requires argument"),
        ("--log=x", "option --log not a unique prefix"), ("--no", "option --no not a unique prefix"),
        ("--nodaemon=1", "option --nodaemon must not have an argument"),
        ("--nod=1", "option --nodaemon must not have an argument"),
        ("--ch x", "invalid value for --childlogdir 'x': x is not an existing directory"),
        ("x y", "positional arguments are not supported: ['x', 'y']"),
        ("-n -- x", "positional arguments are not supported: ['x']"),
        ("-", "positional arguments are not supported: ['-']"),
        ("-h x", "positional arguments are not supported: ['x']"),
        ("-n -n", "conflicting command line option '-n'"),
        ("-n --nodaemon", "conflicting command line option '--nodaemon'"),
        ("-c a -c b", "conflicting command line option '-c'"),
        ("-e loud", "invalid value for -e 'loud': bad logging level name 'loud'"),
        ("--loglevel=warning", "invalid value for --loglevel 'warning': bad logging level name 'warning'"),
        ("-m 9", "invalid value for -m '9': 9 can not be converted to an octal type"),
        ("-y 50M", "invalid value for -y '50M': invalid literal for int() with base 10: '50m'"),
        ("-z many", "invalid value for -z 'many': invalid literal for int() with base 10: 'many'"),
        ("-a x", "invalid value for -a 'x': invalid literal for int() with base 10: 'x'"),
        ("-d /nowhere", "invalid value for -d '/nowhere': /nowhere is not an existing directory"),
        (
            "-l /nowhere/x",
            "invalid value for -l '/nowhere/x': The directory named as part of the path /nowhere/x does not exist"
        ),
        ("-u nobody-here", "Invalid user name nobody-here"),
    ])
    func refusalsInSupervisordsWords(line: String, sentence: String) throws {
        let words = try CommandWords.split(line)
        #expect(parse(["supervisord"] + words, files: ["/etc/supervisord.conf"]) == "2 Error: \(sentence)")
    }

    @Test func nothingToDo() {
        guard case .refuse(let text, 2) = Invocation.parse([Array("init".utf8)], surroundings: Machine()) else {
            Issue.record("it should refuse")
            return
        }
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 10, "nine lines, each ended")
        #expect(
            parse(["supervisord"]).hasPrefix("2 Error: No config file found at default paths (etc/supervisord.conf, "))
        #expect(parse(["init", "-n"]).hasPrefix("2 Error: No config file found at default paths"))
    }

    @Test func optionsOverrideTheConfiguration() throws {
        let line =
            "-n -s -u web -m 077 -d ~ -l a.log -y 1KB -z 3 -e debug -j /tmp//x.pid -i me -q /tmp -k -a 7 --minprocs 8 -t"
        let options = try #require(options(try CommandWords.split(line)))
        let settings = Configuration().applying(options).supervisord
        #expect(settings.nodaemon && settings.silent && settings.nocleanup && settings.stripANSI)
        #expect(settings.user == .name("web") && settings.umask == 0o77 && settings.directory == "/root")
        #expect(settings.logfile == .file("/work/a.log") && settings.logfileMaxBytes == 1024)
        #expect(settings.logfileBackups == 3 && settings.logLevel == .debug && settings.pidfile == "/tmp/x.pid")
        #expect(settings.identifier == "me" && settings.childLogDirectory == "/tmp")
        #expect(settings.minFDs == 7 && settings.minProcs == 8)
        #expect(options.configurationFile == "/tmp/a" && options.isSupervisord)
        #expect(Configuration().applying(SupervisorOptions()).json() == Configuration().json())
    }

    @Test func programsFromCommands() throws {
        guard
            case .programs(let configuration) = Invocation.parse(
                ["init", "/usr/sbin/nginx -g 'daemon off;'", "a:b c", "nginx x"].map { Array($0.utf8) },
                surroundings: Machine())
        else {
            Issue.record("several commands")
            return
        }
        #expect(configuration.groups.map(\.name) == ["ab", "nginx", "nginx-2"])
        let nginx = try #require(configuration.groups[1].processes.first)
        #expect(nginx.command == "/usr/sbin/nginx -g 'daemon off;'")
        #expect(nginx.stdout.logfile == .file("/dev/stdout") && nginx.stderr.logfile == .file("/dev/stderr"))
        #expect(nginx.stdout.prefixLines && nginx.stdout.maxBytes == 0 && nginx.autorestart == .unexpected)
        #expect(configuration.supervisord.nodaemon && configuration.supervisord.pidfile.isEmpty)
    }

    @Test func tinisManner() throws {
        let plain = try #require(command(["init", "--", "x"]))
        #expect(plain.placement == .ownGroup && !plain.signalsGroup && plain.verbosity == 1 && !plain.requiresSubreaper)
        let all = try #require(command(["init", "-swvvg", "-e3", "-e", "0", "-pSIGUSR1", "--", "x"]))
        #expect(all.signalsGroup && all.warnsOnReap && all.verbosity == 3 && all.requiresSubreaper)
        #expect(all.toleratedCodes == [3, 0] && all.parentDeathSignal == .user1 && !all.stopsWithCommand)
        let variables = ["TINI_SUBREAPER": "", "TINI_KILL_PROCESS_GROUP": "0", "TINI_VERBOSITY": "3x"]
        let asked = try #require(command(["init", "--", "x"], variables: variables))
        #expect(asked.requiresSubreaper && asked.signalsGroup && asked.verbosity == 3)
    }

    @Test func dumbInitsManner() throws {
        let session = try #require(command(["dumb-init", "x"]))
        #expect(session.placement == .ownSession && session.signalsGroup && session.stopsWithCommand)
        #expect(session.translate(20) == 19 && session.translate(21) == 19 && session.translate(22) == 19)
        #expect(session.translate(15) == 15)
        let rewriting = try #require(
            command(["init", "-r", "TERM:quit", "-r", "20:15", "--rewrite", "1:0", "--", "x"]))
        #expect(rewriting.placement == .ownSession)
        #expect(rewriting.translate(15) == 3 && rewriting.translate(20) == 15 && rewriting.translate(1) == nil)
        let alone = try #require(command(["init", "--single-child", "-g", "--", "x"]))
        #expect(alone.placement == .shared && !alone.signalsGroup && alone.translate(20) == 20)
        #expect(command(["dumb-init", "x"], variables: ["DUMB_INIT_SETSID": "0"])?.placement == .shared)
    }

    @Test func exitCodes() {
        var command = SingleCommand(words: [])
        command.toleratedCodes = [143, 7]
        #expect(command.exitCode(for: .exited(code: 7)) == 0)
        #expect(command.exitCode(for: .exited(code: 8)) == 8)
        #expect(command.exitCode(for: .signalled(.terminate, core: false)) == 0)
        #expect(command.exitCode(for: .signalled(.kill, core: false)) == 137)
    }

    @Test(arguments: [
        (["pidproxy", "/run/x.pid", "mysqld_safe", "-x", "a b"], "proxy /run/x.pid mysqld_safe|-x|a b"),
        (["/usr/bin/pidproxy", "x", "--", "y"], "proxy x --|y"),
        (
            ["pidproxy", "x"],
            "1 pidproxy: start a command, and pass HUP, INT, QUIT, TERM, USR1 and USR2 on to the process whose number is in PIDFILE."
        ),
    ])
    func proxies(words: [String], said: String) {
        #expect(parse(words) == said)
    }

    @Test(arguments: [
        ("12\n", 12), (" 12 ", 12), ("2", 2), ("", nil), ("1", nil), ("0", nil), ("-5", nil), ("12 13", nil),
        ("x", nil), ("99999999999", nil),
        ("4294967297", nil), ("2147483647", 2_147_483_647),
    ])
    func pidfiles(text: String, number: Int32?) {
        #expect(ProxyCommand.number(in: Array(text.utf8)) == number)
    }
}
