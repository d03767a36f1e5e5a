import Testing

@testable import Supervise

@Suite struct ConfigurationTests {
    /// supervisord 4.3.0's messages about one program's keys.
    static let sentences: [(String, String?)] = [
        ("command=x", nil),
        ("", "program section program:a does not specify a command"),
        ("command=x\nstartsecs=abc", "invalid literal for int() with base 10: 'abc'"),
        ("command=x\nautostart=maybe", "not a valid boolean value: 'maybe'"),
        ("command=x\nautorestart=maybe", "invalid 'autorestart' value 'maybe'"),
        ("command=x\nstdout_logfile_maxbytes=50M", "invalid literal for int() with base 10: '50m'"),
        ("command=x\numask=9", "9 can not be converted to an octal type"),
        ("command=x\nexitcodes=0,256", "not a valid list of exit codes: '0,256'"),
        ("command=x\nstopsignal=FOO", "value 'FOO' is not a valid signal name"),
        ("command=x\nuser=nobody", "Invalid user name nobody"),
        ("command=x\nuser=70000", "Invalid user id 70000"),
        ("command=x\nprocess_name=a b", "Invalid name: 'a b' because of character: ' '"),
        ("command=x\nnumprocs=2", "%(process_num) must be present within process_name when numprocs > 1"),
        ("command=x\nstopasgroup=true\nkillasgroup=false", "Cannot set stopasgroup=true and killasgroup=false"),
        ("command=x\nstdout_logfile=/no/x", "The directory named as part of the path /no/x does not exist"),
        ("command=x\nenvironment=A", "Unexpected end of key/value pairs in value 'A'"),
        ("command=x\nenvironment=A='b", "No closing quotation"),
        (
            "command=%(ENV_NOPE)s",
            "Format string '%(ENV_NOPE)s' for 'program:a.command' contains names ('ENV_NOPE') which cannot be expanded."
                + " Available names: ENV_HOME, ENV_PATH, group_name, here, host_node_name, numprocs, process_num, program_name"
        ),
        (
            "command=date +%y",
            "Format string 'date +%y' for 'program:a.command' is badly formatted: unsupported format character 'y'"
                + " (0x79) at index 7"
        ),
        (
            "command=x\nnumprocs=100001\nprocess_name=%(process_num)d",
            "numprocs=100001 is refused: a configuration may have at most 100000 processes"
        ),
        (
            "command=x\nnumprocs_start=9223372036854775807",
            "numprocs=1 is refused: a configuration may have at most 100000 processes"
        ),
    ]

    @Test(arguments: sentences) func programsAreRefusedInSupervisordsWords(_ keys: String, _ sentence: String?) {
        let machine = FakeMachine("[supervisord]\n[program:a]\n\(keys)\n")
        machine.missingDirectories = ["/no"]
        let whole = sentence.map { "\($0) in section 'program:a' (file: '/etc/s.conf')" }
        #expect(machine.refusal() == whole)
    }

    /// Problems outside of programs name no section.
    static let others: [(String, String?)] = [
        ("", ".ini file does not include supervisord section"),
        ("[supervisord]\n[include]", ".ini file has [include] section, but no files setting"),
        ("[supervisord]\n[inet_http_server]", "section [inet_http_server] has no port value"),
        ("[supervisord]\n[inet_http_server]\nport=h:", "no port number specified in ''"),
        (
            "[supervisord]\n[unix_http_server]\nfile=/s\nusername=u",
            "Section [unix_http_server] contains incomplete authentication: If a username or a password is specified, "
                + "both the username and password must be specified"
        ),
        ("[supervisord]\n[unix_http_server]\nfile=/s\nchown=x:y", "Invalid sockchown value x:y"),
        ("[supervisord]\n[program:a]\npriority=x\ncommand=y", "invalid literal for int() with base 10: 'x'"),
        ("[supervisord]\n[group:g]\nprograms=a", "[group:g] names unknown program or fcgi-program a"),
        (
            "[supervisord]\n[group:g]\nprograms=a,b\n[program:a]\ncommand=x",
            "[program:a] names unknown program or fcgi-program b"
        ),
        ("[supervisord]\n[eventlistener:l]\ncommand=x", "[eventlistener:l] section requires an \"events\" line"),
        (
            "[supervisord]\n[eventlistener:l]\ncommand=x\nevents=NOPE",
            "Unknown event type NOPE in [eventlistener:l] events"
        ),
        (
            "[supervisord]\n[eventlistener:l]\ncommand=x\nevents=TICK_5\nresult_handler=a:b",
            "a:b cannot be resolved within [eventlistener:l]"
        ),
        ("[supervisord]\n[fcgi-program:f]\ncommand=x", "[fcgi-program:f] section requires a \"socket\" line"),
        (
            "[supervisord]\n[fcgi-program:f]\ncommand=x\nsocket=unix://x",
            "('Unix socket path %s is not an absolute path', 'x') in [fcgi-program:f] socket"
        ),
        ("[supervisord]\nuser=nobody", "Invalid user name nobody"),
        ("[supervisord]\nloglevel=warning", "bad logging level name 'warning'"),
    ]

    @Test(arguments: others) func sectionsAreRefusedInSupervisordsWords(_ text: String, _ sentence: String?) {
        #expect(FakeMachine(text).refusal() == sentence)
    }

    @Test func allProblemsAreReportedOnceWithTheirPlaces() {
        let machine = FakeMachine(
            """
            [supervisord]
            loglevel = loud
            [program:a]
            command=/bin/a %(ENV_HOM)s
            startsecs=\tmany
            numprocs=3
            process_name=%(process_num)d
            [program:b]
            priority=high
            """)
        do throws(ConfigurationError) {
            _ = try machine.load()
            Issue.record("accepted")
        } catch {
            #expect(
                error.report == """
                    Error: bad logging level name 'loud'
                      /etc/s.conf:2:12
                        loglevel = loud
                                   ^
                      Write critical, error, warn, info, debug, trace or blather.
                    Error: invalid literal for int() with base 10: 'many' in section 'program:a' (file: '/etc/s.conf')
                      /etc/s.conf:5:12
                        startsecs=\tmany
                                  \t^
                      Write a whole number, such as 10.
                    Error: Format string '/bin/a %(ENV_HOM)s' for 'program:a.command' contains names ('ENV_HOM') which \
                    cannot be expanded. Available names: ENV_HOME, ENV_PATH, group_name, here, host_node_name, numprocs, \
                    process_num, program_name in section 'program:a' (file: '/etc/s.conf')
                      /etc/s.conf:4:16
                        command=/bin/a %(ENV_HOM)s
                                       ^
                      Did you mean %(ENV_HOME)s?
                    Error: invalid literal for int() with base 10: 'high'
                      /etc/s.conf:9:10
                        priority=high
                                 ^
                      Write a whole number, such as 10.
                    Error: program section program:b does not specify a command in section 'program:b' (file: \
                    '/etc/s.conf')
                      /etc/s.conf:8:1
                        [program:b]
                        ^
                      Add command=.

                    """)
        }
    }

    @Test(arguments: [
        ("[program:a]\ncomand=b", "command", "comand"), ("[program:a]\ncommandd=c", "command", "commandd"),
        ("[fcgi-program:a]\ncommand=b\nsockets=x", "socket", "sockets"),
        ("[eventlistener:a]\ncommand=b\nevent=TICK_5", "events", "event"),
        ("[inet_http_server]\nprot=9001", "port", "prot"), ("[unix_http_server]\nfiel=/x", "file", "fiel"),
    ])
    func aMisspeltKeyThatHasToBeThereIsNamed(_ text: String, _ meant: String, _ written: String) {
        do throws(ConfigurationError) {
            _ = try FakeMachine("[supervisord]\n\(text)\n").load()
            Issue.record("accepted")
        } catch {
            #expect(error.report.contains("Did you mean `\(meant)` where it says `\(written)`?"), "\(error.report)")
        }
    }

    @Test func namesOfABrokenEnvironmentAreNotReportedAsUnknown() {
        let machine = FakeMachine("[supervisord]\nenvironment=A='b\n[program:a]\ncommand=%(ENV_A)s\n")
        do throws(ConfigurationError) {
            _ = try machine.load()
            Issue.record("accepted")
        } catch {
            #expect(error.problems.count == 1)
        }
    }

    @Test func problemsAreBounded() {
        var text = "[supervisord]\n"
        for number in 0..<500 { text += "[program:p\(number)]\nstartsecs=x\ncommand=y\n" }
        do throws(ConfigurationError) {
            _ = try FakeMachine(text).load()
            Issue.record("accepted")
        } catch {
            #expect(error.problems.count == ConfigurationError.mostProblems)
            #expect(error.omitted == 400)
        }
    }

    @Test func environmentsOfEqualProcessesShareOneBuffer() throws {
        let machine = FakeMachine(
            "[supervisord]\nenvironment=S=1\n[program:a]\ncommand=x\nenvironment=A=b\nnumprocs=2\nprocess_name=%(process_num)d\n"
                + "[program:c]\ncommand=x\n[program:d]\ncommand=x")
        let groups = try machine.load().groups
        let buffers = groups.flatMap { $0.processes }.map { process in
            process.environment.withUnsafeBufferPointer { $0.baseAddress }
        }
        #expect(buffers.count == 4)
        #expect(buffers[0] == buffers[1])
        #expect(buffers[2] == buffers[3])
        #expect(groups[0].processes[0].environment == [EnvironmentVariable("S", "1"), EnvironmentVariable("A", "b")])
    }

    @Test func includedFilesHaveTheirOwnHere() throws {
        let machine = FakeMachine(
            "[supervisord]\n[include]\nfiles=conf.d/*.conf nope/*\n[program:m]\ncommand=%(here)s/m")
        machine.files["/etc/conf.d/b.conf"] = Array("[program:b]\ncommand=%(here)s/b".utf8)
        machine.files["/etc/conf.d/a.conf"] = Array("[program:a]\ncommand=%(here)s/a\nstartsecs=x".utf8)
        #expect(
            machine.refusal()
                == "invalid literal for int() with base 10: 'x' in section 'program:a' (file: '/etc/conf.d/a.conf')")
        machine.files["/etc/conf.d/a.conf"] = Array("[program:a]\ncommand=%(here)s/a".utf8)
        let configuration = try machine.load()
        #expect(configuration.groups.map { $0.processes[0].command } == ["/etc/conf.d/a", "/etc/conf.d/b", "/etc/m"])
        #expect(configuration.warnings == ["No file matches via include \"/etc/nope/*\""])
        #expect(
            configuration.infos == [
                "Included extra file \"/etc/conf.d/a.conf\" during parsing",
                "Included extra file \"/etc/conf.d/b.conf\" during parsing",
            ])
    }

    @Test func memberOfAGroupKeepsItsSocket() throws {
        let machine = FakeMachine(
            "[supervisord]\n[group:g]\nprograms=a,f\n[program:a]\ncommand=x\n[fcgi-program:f]\ncommand=y\nuser=www\n"
                + "socket=unix:///run/%(program_name)s.sock\nnumprocs=2\nprocess_name=%(process_num)d")
        let group = try #require(try machine.load().groups.first)
        #expect(group.kind == .program)
        let socket = try #require(group.sockets.first)
        #expect(socket.processes == 1..<3)
        #expect(socket.settings.address == .unix(path: "/run/f.sock"))
        #expect(socket.settings.owner == Ownership(user: .name("www"), group: .id(33)))
    }

    @Test func aMembersBrokenSocketIsARemark() throws {
        let machine = FakeMachine(
            "[supervisord]\n[group:g]\nprograms=f\n[fcgi-program:f]\ncommand=y\nsocket=nonsense")
        let configuration = try machine.load()
        #expect(configuration.groups[0].sockets.isEmpty)
        #expect(configuration.remarks.count == 1)
    }

    @Test func thePrefixerIsBuiltIn() throws {
        let listener =
            "[eventlistener:stdout]\ncommand=supervisor_stdout\nevents=PROCESS_LOG\n"
            + "result_handler=supervisor_stdout:event_handler\n"
        let programs =
            "[program:a]\ncommand=a\nstdout_events_enabled=true\n[program:b]\ncommand=b\nstderr_events_enabled=true\n"
            + "stdout_events_enabled=true\nstdout_logfile=/dev/stdout\n[program:c]\ncommand=c\n"
        let machine = FakeMachine("[supervisord]\n" + listener + programs)
        let configuration = try machine.load()
        #expect(configuration.groups.map { $0.name } == ["a", "b", "c"])
        #expect(configuration.remarks.count == 1)
        let (a, b, c) = (
            configuration.groups[0].processes[0], configuration.groups[1].processes[0],
            configuration.groups[2].processes[0]
        )
        #expect(a.stdout.prefixLines && a.stdout.copyToStdout && !a.stderr.copyToStdout)
        #expect(b.stdout.prefixLines && !b.stdout.copyToStdout && b.stderr.copyToStdout)
        #expect(!c.stdout.prefixLines && !c.stdout.copyToStdout)
        machine.prefixer = .unknown
        #expect(machine.refusal() == "supervisor_stdout:event_handler cannot be resolved within [eventlistener:stdout]")
    }

    @Test func expansionIsBounded() throws {
        var text =
            "[supervisord]\nenvironment=A=\"" + String(repeating: "x", count: 10_000) + "\"\n[program:a]\ncommand="
        for _ in 0..<200 { text += "%(ENV_A)s" }
        #expect(FakeMachine(text).refusal()?.contains("the result is too long") == true)
        text = "[supervisord]\n[program:a]\nprocess_name=%(process_num)d\nnumprocs=100\ncommand=%(process_num)0100d"
        let interpreter = Interpreter(path: FakeMachine.path, surroundings: FakeMachine(text))
        interpreter.expandedBytesLeft = 5_000
        interpreter.run()
        #expect(interpreter.error?.text.contains("expand to more than 64 MB") == true)
    }

    @Test func passwordsAreHidden() throws {
        let machine = FakeMachine("[supervisord]\n[inet_http_server]\nport=9001\nusername=u\npassword=tops3cret\n")
        let configuration = try machine.load()
        let shown = String(decoding: configuration.json(), as: UTF8.self)
        #expect(!shown.contains("tops3cret"))
        #expect(shown.contains("\"********\""))
        #expect(String(decoding: configuration.json(isExact: true), as: UTF8.self).contains("tops3cret"))
    }

    @Test func tenThousandProgramsAreRead() throws {
        var text = "[supervisord]\n"
        for number in 0..<10_000 {
            text +=
                "[program:p\(number)]\ncommand=/bin/p %(program_name)s\nuser=root\nstdout_logfile=/tmp/%(program_name)s.log\n"
        }
        #expect(try FakeMachine(text).load().groups.count == 10_000)
    }
}

@Suite struct PlaceTests {
    @Test func searchGoesUpFromTheExecutable() {
        #expect(
            ConfigurationLoader.searchPaths(executable: "/opt/x/bin/init") == [
                "/opt/x/etc/supervisord.conf", "/opt/x/supervisord.conf", "supervisord.conf", "etc/supervisord.conf",
                "/etc/supervisord.conf", "/etc/supervisor/supervisord.conf",
            ])
        #expect(ConfigurationLoader.searchPaths(executable: "init")[0] == "etc/supervisord.conf")
    }

    @Test func theControlSocketFollowsOneRule() throws {
        let machine = FakeMachine(
            "[supervisord]\n[unix_http_server]\nfile=%(here)s/s.sock\n[supervisorctl]\nprompt=p\n")
        #expect(ControlSocket.paths(of: try machine.load(), user: 0) == ["/etc/s.sock.ctl"])
        #expect(try client(machine).controlSockets == ["/etc/s.sock.ctl"])
        let named = FakeMachine("[supervisord]\ncontrol_socket=c.ctl\n[unix_http_server]\nfile=/s\n")
        #expect(ControlSocket.paths(of: try named.load(), user: 0) == ["/work/c.ctl"])
        #expect(try client(named).controlSockets == ["/work/c.ctl"])
        let bare = FakeMachine("[supervisord]\n")
        #expect(
            ControlSocket.paths(of: try bare.load(), user: 7)
                == ["/run/init.ctl", "/tmp/init-7.ctl", "/dev/shm/init-7.ctl"])
        #expect(
            try client(bare).controlSockets
                == ["/run/init.ctl", "/tmp/init-0.ctl", "/dev/shm/init-0.ctl"])
        #expect(ControlSocket.beside("unix:///run/s.sock") == "/run/s.sock.ctl")
    }

    @Test func theClientReadsItsSectionOnly() throws {
        let machine = FakeMachine(
            """
            [supervisorctl]
            serverurl=unix://%(here)s/../run/s.sock
            username=%(ENV_HOME)s
            history_file=~/h
            [program:broken]
            startsecs=x
            [include]
            files=more/*.conf
            """)
        machine.files["/etc/more/u.conf"] = Array("[unix_http_server]\nfile=/run/s.sock".utf8)
        let settings = try client(machine)
        #expect(settings.serverURL == "unix:///run/s.sock")
        #expect(settings.namesServer)
        #expect(settings.username == "/home/me")
        #expect(settings.password == nil)
        #expect(settings.prompt == "supervisor")
        #expect(settings.historyFile == "/home/me/h")
        #expect(settings.controlSockets == ["/run/s.sock.ctl"])
        #expect(throws: ConfigurationError.self) { try client(FakeMachine("[supervisorctl]\nserverurl=%(nope)s")) }
    }

    private func client(_ machine: FakeMachine) throws(ConfigurationError) -> ClientSettings {
        try ConfigurationLoader.loadClient(path: FakeMachine.path, surroundings: machine)
    }

    @Test func accountsAreReadByHand() {
        let users = AccountFile.users(
            Array("root:x:0:0:root:/root:/bin/sh\nbroken\nx:x:a:0::/:\nwww:x:33:34::/w:\n".utf8))
        #expect(users.entries.map { $0.name } == ["root", "www"])
        #expect(users.entry(named: "www")?.group == 34)
        #expect(users.entry(id: 33)?.home == "/w")
        let groups = AccountFile.groups(Array("adm:x:4:www,me\nwww:x:33:\nnone:x:99999999999:\n".utf8))
        #expect(groups.memberships(of: "me") == [4])
        #expect(groups.entry(named: "www")?.id == 33)
        #expect(groups.entries.count == 2)
    }

    @Test func patternsWalkDirectories() {
        let tree = ["/a": ["x", "y", ".h"], "/a/x": ["1.conf", "2.txt", ".3.conf"], "/a/y": ["4.conf"]]
        func find(_ pattern: String) -> [String] {
            PathPattern.paths(
                matching: pattern, names: { tree[$0] ?? [] }, isDirectory: { tree[$0] != nil },
                isName: { path in
                    tree[path] != nil
                        || tree.contains { folder, names in names.contains { "\(folder)/\($0)" == path } }
                }
            ).sorted()
        }
        #expect(find("/a/x/*.conf") == ["/a/x/1.conf"])
        #expect(find("/a/*/*.conf") == ["/a/x/1.conf", "/a/y/4.conf"])
        #expect(find("/a/x/.*.conf") == ["/a/x/.3.conf"])
        #expect(find("/a/?/4.conf") == ["/a/y/4.conf"])
        #expect(find("/a/x/1.conf") == ["/a/x/1.conf"])
        #expect(find("/a/x/nope") == [])
        #expect(find("/a/*/") == ["/a/x/", "/a/y/"])
    }
}
