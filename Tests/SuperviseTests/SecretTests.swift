import Testing

@testable import Supervise

/// Environment files, secrets in files, and what is shown of them.
@Suite struct SecretTests {
    /// A file and its content: variables, or the line and the beginning of the reason.
    struct Case: Sendable {
        var text: String
        var variables: [String] = []
        var line: Int?
        var reason = ""
    }

    static let cases: [Case] = [
        Case(text: ""),
        Case(text: "\n\n \t\n"),
        Case(text: "A=1\nB=2", variables: ["A=1", "B=2"]),
        Case(text: "  A=1\n\t\u{3000}B=2\n", variables: ["A=1", "B=2"]),
        Case(text: "# A=1\n  #B=2\nC=3 # to the end\n", variables: ["C=3 # to the end"]),
        Case(
            text: "A= x  \nB=\"q\"\nC='q'\nD=$A ${B} \\n `x`\n",
            variables: ["A= x  ", "B=\"q\"", "C='q'", "D=$A ${B} \\n `x`"]),
        Case(text: "A=\nB==\nC=a=b\n", variables: ["A=", "B==", "C=a=b"]),
        Case(text: "A=1\r\nB=2\r\r\n\r\nC=3\r", variables: ["A=1", "B=2\r", "C=3"]),
        Case(text: "\u{FEFF}A=1\n\u{FEFF}B=2\n", variables: ["A=1", "\u{FEFF}B=2"]),
        Case(text: "\u{FEFF}", variables: []),
        Case(text: "HERE\nEMPTY\nNOWHERE\n", variables: ["HERE=x y", "EMPTY="]),
        Case(text: "A=1\nB=2\nA=3\n", variables: ["A=3", "B=2"]),
        Case(text: "a.b-c=1\n1=2\nä=ö\n", variables: ["a.b-c=1", "1=2", "ä=ö"]),
        Case(text: "A=1\n=2\n", line: 2, reason: "no name"),
        Case(text: "A=1\n\n  =\n", line: 3, reason: "no name"),
        Case(text: "A =1\n", line: 1, reason: "white space in the name"),
        Case(text: "#\nexport A=1\n", line: 2, reason: "white space in the name"),
        Case(text: "A=1\nB\t=1\n", line: 2, reason: "white space in the name"),
        Case(text: "NAME \n", line: 1, reason: "white space in the name"),
        Case(text: "A=1\nB=\0\n", line: 2, reason: "there is a NUL byte"),
        Case(text: "#\0\n", line: 1, reason: "there is a NUL byte"),
        Case(
            text: "A=" + String(repeating: "x", count: EnvironmentFile.longestVariable - 2),
            variables: ["A=" + String(repeating: "x", count: EnvironmentFile.longestVariable - 2)]),
        Case(
            text: "A=" + String(repeating: "x", count: EnvironmentFile.longestVariable - 1), line: 1, reason: "longer"),
        Case(text: String(repeating: "A=\n", count: EnvironmentFile.mostVariables), variables: ["A="]),
        Case(
            text: String(repeating: "A=\n", count: EnvironmentFile.mostVariables + 1), line: 4097,
            reason: "more than 4096"),
    ]

    @Test(arguments: cases) func environmentFiles(_ one: Case) {
        #expect(Self.read(Array(one.text.utf8)) == Self.expected(one))
    }

    private static func expected(_ one: Case) -> Result<[[UInt8]], Beginning> {
        if let line = one.line { return .failure(Beginning(line: line, reason: one.reason)) }
        return .success(one.variables.map { Array($0.utf8) })
    }

    struct Beginning: Error, Equatable {
        var line: Int
        var reason: String

        static func == (a: Beginning, b: Beginning) -> Bool {
            a.line == b.line && (a.reason.hasPrefix(b.reason) || b.reason.hasPrefix(a.reason))
        }
    }

    private static func read(_ bytes: [UInt8]) -> Result<[[UInt8]], Beginning> {
        let own = ["HERE": "x y", "EMPTY": ""]
        var variables = Variables()
        do throws(EnvironmentFile.Problem) {
            try EnvironmentFile.read(bytes, into: &variables) { name in
                own[String(decoding: name, as: UTF8.self)].map { Array($0.utf8) }
            }
            return .success(variables.strings)
        } catch {
            return .failure(Beginning(line: error.line, reason: "\(error.reason)"))
        }
    }

    @Test func bytesAreBytes() {
        #expect(Self.read([0x41, 0x3D, 0xFF, 0xFE, 0x0D]) == .success([[0x41, 0x3D, 0xFF, 0xFE]]))
    }

    @Test func reasonsTellNoSecret() {
        for line in ["=s3cret", "s3cret s3cret=1", "A=s3cret\0"] {
            guard case .failure(let problem) = Self.read(Array(line.utf8)) else {
                Issue.record("accepted: \(line)")
                continue
            }
            #expect(!problem.reason.contains("s3cret"))
        }
    }

    @Test func newlinesAtTheEndAreNoPartOfAValue() {
        for (file, value) in [
            ("x\n\n", "x"), ("x", "x"), ("\n", ""), ("", ""), ("\nx y\nz\n", "\nx y\nz"), ("x\r\n", "x\r"),
        ] {
            #expect(EnvironmentFile.value(Array(file.utf8)) == Array(value.utf8))
        }
    }

    // MARK: Keys

    private func process(_ keys: String, head: String = "") throws -> ProcessSettings {
        try FakeMachine("[supervisord]\n\(head)[program:a]\ncommand=x\n\(keys)").load().groups[0].processes[0]
    }

    @Test func pathsAreMadeAbsolute() throws {
        let settings = try process(
            "environment=E=own\nenv_file=/a, -b/../c ,-%(here)s/%(program_name)s.%(ENV_E)s,\nenvironment_from_files=K=\"~/k\",L=\"-/x y\",M=-m\n"
        )
        let sources = try #require(settings.environmentSources)
        #expect(sources.files == ["/a", "-/work/c", "-/etc/a.own"])
        #expect(
            sources.values == [
                EnvironmentVariable("K", "/home/me/k"), EnvironmentVariable("L", "-/x y"),
                EnvironmentVariable("M", "-/work/m"),
            ])
        #expect(sources.own == [EnvironmentVariable("E", "own")])
        #expect(EnvironmentSources.place("-/a") == ("/a", true))
        #expect(EnvironmentSources.place("/a") == ("/a", false))
        #expect(try process("").environmentSources == nil)
    }

    @Test func processesShareThem() throws {
        let machine = FakeMachine(
            "[supervisord]\n[program:a]\ncommand=x\nprocess_name=%(process_num)d\nnumprocs=2\nenv_file=/a\n"
                + "[program:b]\ncommand=x\nprocess_name=%(process_num)d\nnumprocs=2\nenv_file=/%(process_num)d\n")
        let groups = try machine.load().groups
        #expect(groups[0].processes[0].values.isShared(with: groups[0].processes[1].values))
        #expect(groups[1].processes[0].environmentSources != groups[1].processes[1].environmentSources)
        #expect(groups[1].processes[1].environmentSources?.files == ["/1"])
    }

    private func isSame(_ a: ProcessSettings, _ b: ProcessSettings) -> Bool {
        GroupSettings("a", processes: [a]).isSame(as: GroupSettings("a", processes: [b]))
    }

    /// `reread` reports such a program as changed.
    @Test func theyAreCompared() throws {
        let texts = [
            "", "env_file=/a", "env_file=/b", "env_file=-/a", "env_file=/a,/b", "environment_from_files=A=/a",
            "environment_from_files=A=/b", "environment_from_files=B=/a",
        ]
        for (i, a) in texts.enumerated() {
            for (j, b) in texts.enumerated() { #expect(try isSame(process(a), process(b)) == (i == j)) }
        }
        #expect(
            try !isSame(process("env_file=/a\nenvironment=A=1\n"), process("env_file=/a\n", head: "environment=A=1\n")))
    }

    @Test(arguments: [
        ("env_file=-", "Invalid env_file value: a path is missing"),
        ("env_file=/a,- ", "Invalid env_file value: a path is missing"),
        ("environment_from_files=A=\"\"", "Invalid environment_from_files value: a path is missing"),
        ("environment_from_files=A", "Unexpected end of key/value pairs in value 'A'"),
    ])
    func whatIsRefused(_ keys: String, _ sentence: String) {
        let machine = FakeMachine("[supervisord]\n[program:a]\ncommand=x\n\(keys)\n")
        #expect(machine.refusal() == "\(sentence) in section 'program:a' (file: '/etc/s.conf')")
    }

    // MARK: Passwords

    private func server(
        _ keys: String, files: [String: [UInt8]] = [:], section: String = "unix_http_server]\nfile=/s"
    ) -> FakeMachine {
        let machine = FakeMachine("[supervisord]\n[\(section)\n\(keys)\n")
        for (path, bytes) in files { machine.files[path] = bytes }
        return machine
    }

    @Test(arguments: ["unix_http_server]\nfile=/s", "inet_http_server]\nport=0.0.0.0:9001"])
    func passwordsFromFiles(_ section: String) throws {
        let keys = "username=u\npassword_file=%(here)s/pw"
        for (file, password) in [("p w\n\n", "p w"), ("p", "p"), ("{SHA}abc\n", "{SHA}abc")] {
            let settings = try server(keys, files: ["/etc/pw": Array(file.utf8)], section: section).load().servers[0]
            #expect(settings.password == password)
            #expect(settings.passwordFile == "/etc/pw")
            #expect(settings.isAuthenticated)
        }
    }

    @Test(
        arguments: [
            ("username=u\npassword_file=/pw", nil, "password_file /pw does not exist", 5),
            ("username=u\npassword_file=/pw", "", "password_file /pw is empty", 5),
            ("username=u\npassword_file=/pw", "\n\n", "password_file /pw is empty", 5),
            ("username=u\npassword_file=/pw", "a\nb\n", "password_file /pw holds more than one line of text", 5),
            ("username=u\npassword_file=/pw", "a\r\n", "password_file /pw holds more than one line of text", 5),
            (
                "username=u\npassword=x\npassword_file=/pw", "a",
                "[unix_http_server] has a password and a password_file", 6
            ),
            (
                "password_file=/pw", "a",
                "Section [unix_http_server] contains incomplete authentication: If a username or a password is specified, both the username and password must be specified",
                2
            ),
        ] as [(String, String?, String, Int)])
    func passwordFilesThatAreRefused(_ keys: String, _ content: String?, _ sentence: String, _ line: Int) {
        let machine = server(keys, files: content.map { ["/pw": Array($0.utf8)] } ?? [:])
        do throws(ConfigurationError) {
            _ = try machine.load()
            Issue.record("accepted: \(keys)")
        } catch {
            #expect(error.text == sentence)
            #expect(error.problems[0].place?.line == line)
            #expect(!error.problems[0].advice.isEmpty)
        }
    }

    @Test func clientsReadThemToo() throws {
        let machine = FakeMachine("[supervisorctl]\nusername=u\npassword_file=/pw\n")
        #expect(throws: ConfigurationError.self) {
            try ConfigurationLoader.loadClient(path: FakeMachine.path, surroundings: machine)
        }
        machine.files["/pw"] = Array("s3\n".utf8)
        let settings = try ConfigurationLoader.loadClient(path: FakeMachine.path, surroundings: machine)
        #expect(settings.password == "s3")
    }

    /// Changes after which a running gateway doesn't suit the new configuration.
    @Test func changesOfServersAreNoticed() throws {
        let keys = "username=u\npassword_file=/pw"
        let (a, b) = (Array("a\n".utf8), Array("b\n".utf8))
        let before = try server(keys, files: ["/pw": a]).load().servers
        #expect(try server(keys, files: ["/pw": a]).load().servers == before)
        #expect(try server(keys, files: ["/pw": b]).load().servers != before)
        for key in ["web_get_actions=true", "health_public=true"] {
            let changed = try server("\(keys)\n\(key)", files: ["/pw": a]).load().servers
            #expect(changed != before)
        }
    }

    // MARK: Display

    @Test(arguments: [
        ("DB_PASSWORD", true), ("db_passwd_file", true), ("clientSecret", true), ("GH_TOKEN", true),
        ("AWS_CREDENTIALS", true), ("API_KEY", true), ("apikey", true), ("PGPASS", true), ("KEYS", false),
        ("KEYBOARD", false), ("PASSENGER", false), ("COMPASS", true), ("PATH", false), ("", false),
    ])
    func namesOfSecrets(_ name: String, _ isSecret: Bool) {
        #expect(EnvironmentVariable(name, "x").isSecret == isSecret)
    }

    @Test func secretsAreHidden() throws {
        let machine = FakeMachine(
            "[supervisord]\nenvironment=A_TOKEN=\"h1dden\",B=\"shown1\"\n[program:a]\ncommand=x\n"
                + "environment=API_KEY=\"h1dden\",C=\"shown2\"\nenv_file=/shown3,-/shown4\n"
                + "environment_from_files=D_SECRET=/shown5\n"
                + "[unix_http_server]\nfile=/s\nusername=u\npassword_file=/shown6\n")
        machine.files["/shown6"] = Array("h1dden".utf8)
        let configuration = try machine.load()
        let dump = String(decoding: configuration.json(), as: UTF8.self)
        #expect(!dump.contains("h1dden"))
        for part in [
            "\"A_TOKEN\": \"********\"", "\"API_KEY\": \"********\"", "shown1", "shown2", "\"/shown3\"",
            "\"-/shown4\"", "\"D_SECRET\": \"/shown5\"", "\"password_file\": \"/shown6\"",
        ] { #expect(dump.contains(part)) }
        let exact = String(decoding: configuration.json(isExact: true), as: UTF8.self)
        #expect(exact.contains("\"API_KEY\": \"h1dden\""))
        for key in ["env_file", "environment_from_files", "password_file"] { #expect(!exact.contains(key)) }
    }
}
