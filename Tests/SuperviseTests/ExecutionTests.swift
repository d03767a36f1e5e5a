import Testing

@testable import Supervise

/// Reeve's own keys about how a program is executed: their values, and the values that are rejected.
@Suite struct ExecutionTests {
    static func process(_ lines: String, supervisord: String = "") throws -> ExecutionSettings? {
        let machine = FakeMachine("[supervisord]\n\(supervisord)\n[program:a]\ncommand=/bin/a\n\(lines)\n")
        return try machine.load().groups[0].processes[0].execution
    }

    static func refusal(_ lines: String) -> String? {
        FakeMachine("[supervisord]\n[program:a]\ncommand=/bin/a\n\(lines)\n").refusal()
    }

    @Test func nothingIsNothing() throws {
        #expect(try Self.process("user=www\nnumprocs=1") == nil)
    }

    static let capabilitiesTable: [(String, CapabilitySets)] = [
        ("none", CapabilitySets(dropped: .max, inheritable: 0, ambient: 0)),
        ("NONE", .none),
        ("", CapabilitySets(dropped: 0, inheritable: 0, ambient: 0)),
        ("^cap_chown", CapabilitySets(dropped: 0, inheritable: 1, ambient: 1)),
        ("cap_chown, !CAP_KILL", CapabilitySets(dropped: 8, inheritable: 1, ambient: 0)),
        ("none,^cap_chown,!cap_kill", CapabilitySets(dropped: ~1, inheritable: 1, ambient: 1)),
    ]

    @Test(arguments: capabilitiesTable) func capabilities(_ text: String, _ sets: CapabilitySets) throws {
        #expect(try Self.process("capabilities=\(text)")?.capabilities == sets)
    }

    @Test func defaultsOfTheSupervisor() throws {
        let plain = try Self.process("", supervisord: "capabilities=none\nno_new_privs=true\nsecurebits=noroot")
        #expect(plain?.capabilities == CapabilitySets.none)
        #expect(plain?.noNewPrivileges == true && plain?.secureBits == 1)
        let own = try Self.process("no_new_privs=false\nnice=1", supervisord: "capabilities=none\nno_new_privs=true")
        #expect(own?.capabilities == CapabilitySets.none)
        #expect(own?.noNewPrivileges == false && own?.nice == 1)
    }

    @Test(
        arguments: [
            ("noroot", 1), ("noroot,noroot-locked", 3), ("no-setuid-fixup-locked", 8), ("KEEP-CAPS", 16),
            ("no-cap-ambient-raise, no-cap-ambient-raise-locked", 192), ("", 0),
        ] as [(String, UInt32)]) func secureBits(_ text: String, _ bits: UInt32) throws
    {
        let settings = try Self.process("securebits=\(text)")
        #expect(settings?.secureBits == (text.isEmpty ? nil : bits) || settings?.secureBits == bits)
    }

    @Test(
        arguments: [
            ("nofile", "1024:65536", 7, 1024, 65536), ("nofile", "12", 7, 12, 12), ("core", "0:unlimited", 4, 0, .max),
            ("as", "1GB", 9, 1 << 30, 1 << 30), ("rttime", "infinity", 15, .max, .max),
            ("stack", "8mb:16MB", 3, 8 << 20, 16 << 20),
        ] as [(String, String, Int32, UInt64, UInt64)])
    func limits(_ name: String, _ text: String, _ number: Int32, _ soft: UInt64, _ hard: UInt64) throws {
        let limit = try #require(try Self.process("rlimit_\(name)=\(text)")?.limits.first)
        #expect(limit.number == number && limit.soft == soft && limit.hard == hard)
        #expect(limit.key == "rlimit_\(name)")
    }

    static let ioPriorityTable: [(String, Int)] = [
        ("realtime", 1 << 13 | 4), ("realtime:0", 1 << 13), ("best-effort:7", 2 << 13 | 7), ("IDLE", 3 << 13),
    ]

    @Test(arguments: ioPriorityTable) func ioPriority(_ text: String, _ value: Int) throws {
        #expect(try Self.process("ionice=\(text)")?.ioPriority == value)
    }

    @Test(
        arguments: [
            ("0", [1]), ("0-3,8", [15, 1]), ("9", [0, 2]), ("7-8", [128, 1]), ("1,1", [2]),
        ] as [(String, [UInt8])]) func processors(_ text: String, _ mask: [UInt8]) throws
    {
        #expect(try Self.process("cpu_affinity=\(text)")?.processors == mask)
    }

    static let whatIsNoValueTable: [String] = [
        "capabilities=cap_nothing", "capabilities=^", "capabilities=cap_chown,,cap_kill", "securebits=root",
        "rlimit_nofile=2:1", "rlimit_nofile=-1", "rlimit_nofile=1:2:3", "rlimit_nofile=", "rlimit_as=50M",
        "ionice=idle:1",
        "ionice=best-effort:8", "ionice=", "cpu_affinity=1-", "cpu_affinity=9000", "cpu_affinity=x", "nice=-21",
        "oom_score_adj=1001", "group=nobody", "supplementary_groups=adm,nobody", "user_env=maybe",
        "landlock_required=2",
        "landlock_ro=-",
    ]

    @Test(arguments: whatIsNoValueTable) func whatIsNoValue(_ line: String) {
        #expect(Self.refusal(line) != nil)
    }

    @Test func groupsByNameAndNumber() throws {
        let settings = try Self.process("group=adm\nsupplementary_groups=4, 77")
        #expect(settings?.group == .name("adm"))
        #expect(settings?.supplementaryGroups == [.id(4), .id(77)])
        #expect(try Self.process("supplementary_groups=")?.supplementaryGroups == [])
    }

    @Test func pathsAreAbsolute() throws {
        let settings = try Self.process("landlock_ro=/usr, -data ,%(here)s/x\nlandlock_rw=")
        #expect(settings?.readable == ["/usr", "-/work/data", "/etc/x"])
        #expect(settings?.writable == [])
        #expect(settings?.usesLandlock == true)
    }

    @Test func processesShareWhatIsEqual() throws {
        let text = "[supervisord]\n[program:a]\ncommand=/bin/a\nnumprocs=3\nprocess_name=%(process_num)d\n"
        let same = try FakeMachine(text + "nice=3\n").load().groups[0].processes
        #expect(same[0].values.isShared(with: same[2].values) && same[0].execution?.nice == 3)
        let own = try FakeMachine(text + "nice=%(process_num)d\n").load().groups[0].processes
        #expect(own.map { $0.execution?.nice } == [0, 1, 2])
    }

    @Test func differencesAreSeen() throws {
        let lines = [
            "group=adm", "supplementary_groups=adm", "supplementary_groups=", "user_env=true", "capabilities=none",
            "no_new_privs=true", "securebits=noroot", "nice=1", "ionice=idle", "oom_score_adj=1", "cpu_affinity=0",
            "rlimit_nofile=1", "rlimit_core=1", "landlock_ro=/a", "landlock_rw=/a", "landlock_required=true",
        ]
        let all = try lines.map { try #require(try Self.process($0)) }
        for (index, one) in all.enumerated() {
            for (other, two) in all.enumerated() { #expect((one == two) == (index == other), "\(lines[index])") }
            #expect(one == (try Self.process(lines[index])))
        }
    }
}

/// Which of its own capabilities init keeps.
@Suite struct InitCapabilityTests {
    static let chown: UInt64 = 1 << 0
    static let override: UInt64 = 1 << 1
    static let kill: UInt64 = 1 << 5
    static let change: UInt64 = 1 << 6 | 1 << 7
    static let setpcap: UInt64 = 1 << 8
    static let bind: UInt64 = 1 << 10
    static let nice: UInt64 = 1 << 23
    static let resource: UInt64 = 1 << 24

    static func needed(
        _ text: String, user: Int = 0, permitted: UInt64 = .max, ambient: UInt64 = 0, hasGateway: Bool = false,
        isOwn: @escaping (String) -> Bool = { _ in true }
    ) throws -> UInt64 {
        let machine = FakeMachine("[supervisord]\n" + text)
        var limits = [UInt64](repeating: .max, count: 16)
        limits[7] = 1000
        return try machine.load().neededCapabilities(
            CapabilityFacts(
                user: user, permitted: permitted, ambient: ambient, hardLimits: limits, hasGateway: hasGateway,
                isOwn: isOwn), machine)
    }

    static func program(_ lines: String) -> String { "[program:a]\ncommand=/bin/a\n\(lines)\n" }

    static let ofAProgramTable: [(String, UInt64)] = [
        ("", kill), ("user=www", kill | change | chown), ("user=root", kill), ("user=0", kill),
        ("user=33", kill | change | chown), ("group=adm", kill | 1 << 6), ("supplementary_groups=", kill | 1 << 6),
        ("capabilities=^cap_fowner", kill | 1 << 2), ("capabilities=!cap_fowner", kill | setpcap),
        ("capabilities=none", kill | setpcap), ("securebits=noroot", kill | setpcap), ("nice=-1", kill | nice),
        ("nice=1", kill), ("ionice=realtime", kill | nice), ("ionice=idle", kill),
        ("oom_score_adj=-1", kill | resource),
        ("oom_score_adj=1", kill), ("rlimit_nofile=1000", kill), ("rlimit_nofile=1:1001", kill | resource),
        ("no_new_privs=true", .max), ("no_new_privs=true\ncapabilities=none", kill | setpcap),
        ("no_new_privs=true\nuser=www", kill | change | chown), ("autostart=false\nuser=www", kill | change | chown),
    ]

    @Test(arguments: ofAProgramTable) func ofAProgram(_ lines: String, _ wanted: UInt64) throws {
        #expect(try Self.needed(Self.program(lines)) == wanted)
    }

    static let ofSocketsTable: [(String, UInt64)] = [
        ("[inet_http_server]\nport=127.0.0.1:80\n", kill | bind), ("[inet_http_server]\nport=127.0.0.1:9001\n", kill),
        ("[unix_http_server]\nfile=/run/s\n", kill), ("[unix_http_server]\nfile=/run/s\nchown=www\n", kill | chown),
        ("[fcgi-program:f]\ncommand=/bin/f\nsocket=tcp://127.0.0.1:81\n", kill | bind),
        ("[fcgi-program:f]\ncommand=/bin/f\nsocket=unix:///run/f\nsocket_owner=www\n", kill | chown),
    ]

    @Test(arguments: ofSocketsTable) func ofSockets(_ text: String, _ wanted: UInt64) throws {
        #expect(try Self.needed(text) == wanted)
    }

    @Test func theGatewayIsAnotherUser() throws {
        let server = "[unix_http_server]\nfile=/run/s\n"
        #expect(try Self.needed(server, hasGateway: true) == Self.kill | Self.change | Self.setpcap)
        #expect(try Self.needed("", hasGateway: true) == Self.kill)
    }

    @Test func filesOfOthers() throws {
        let text = Self.program("stdout_logfile=/var/log/a")
        #expect(try Self.needed(text, isOwn: { $0 != "/var/log/a" }) == Self.kill | Self.override)
        #expect(try Self.needed(text, isOwn: { $0 == "/var/log/a" }) == Self.kill | Self.override)
    }

    @Test(arguments: [
        "stdout_logfile=/theirs", "stderr_logfile=/theirs", "env_file=/a,-/theirs", "environment_from_files=A=/theirs",
        "landlock_ro=/a,-/theirs", "landlock_rw=/theirs", "command=/theirs",
    ]) func filesThatInitUses(_ line: String) throws {
        let program = line.hasPrefix("command") ? "[program:a]\n\(line) x\n" : Self.program(line)
        #expect(try Self.needed(program, isOwn: { $0 != "/theirs" }) == Self.kill | Self.override)
        #expect(try Self.needed(program) == Self.kill)
    }

    @Test func cgroupsAreClosedToAll() throws {
        #expect(try Self.needed(Self.program("pids_max=5")) == Self.kill | Self.override)
    }

    @Test func whatProgramsInherit() throws {
        #expect(try Self.needed(Self.program(""), user: 33, ambient: Self.bind) == Self.kill | Self.bind)
        #expect(try Self.needed(Self.program("capabilities="), user: 33, ambient: Self.bind) == Self.kill)
    }

    @Test func noMoreThanThereIs() throws {
        #expect(try Self.needed(Self.program("user=www"), permitted: Self.chown) == Self.chown)
    }

    @Test(
        arguments: [
            ("all", "all", true, 0), ("Needed", "needed", false, 0),
            ("cap_kill, cap_chown", "cap_kill, cap_chown", false, 9),
        ] as [(String, String, Bool, UInt64)])
    func values(_ text: String, _ written: String, _ isAll: Bool, _ extra: UInt64) throws {
        let settings = try FakeMachine("[supervisord]\ninit_capabilities=\(text)\n").load().supervisord.initCapabilities
        #expect(settings == InitCapabilities(text: written, isAll: isAll, extra: extra))
    }

    @Test(arguments: ["none", "^cap_kill", "!cap_kill", "kill", "", "all,cap_kill"]) func noValues(_ text: String) {
        let refusal = FakeMachine("[supervisord]\ninit_capabilities=\(text)\n").refusal()
        #expect((refusal == nil) == text.isEmpty)
    }
}
