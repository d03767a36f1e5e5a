import Testing

@testable import Supervise

@Suite struct CgroupSettingsTests {
    func settings(_ lines: String) throws -> CgroupSettings? {
        try FakeMachine("[supervisord]\n[program:a]\ncommand=x\n\(lines)\n").load().groups[0].processes[0].cgroup
    }

    static let good: [(String, [String?])] = [
        ("memory_max=50MB", ["52428800", nil, nil, nil]), ("memory_max=max", ["max", nil, nil, nil]),
        ("memory_high=1", [nil, "1", nil, nil]), ("memory_max=1GB\nmemory_high=MAX", ["1073741824", "max", nil, nil]),
        ("cpu_max=50000 100000", [nil, nil, "50000 100000", nil]), ("cpu_max=max", [nil, nil, "max", nil]),
        ("cpu_max=max  50000", [nil, nil, "max  50000", nil]), ("cpu_max=2000", [nil, nil, "2000", nil]),
        ("cpu_max=50%", [nil, nil, "50000 100000", nil]), ("cpu_max=150%%", [nil, nil, "150000 100000", nil]),
        ("cpu_max=1%", [nil, nil, "1000 100000", nil]), ("pids_max=10", [nil, nil, nil, "10"]),
        ("pids_max=max", [nil, nil, nil, "max"]), ("cgroup_required=false", [nil, nil, nil, nil]),
    ]

    @Test(arguments: good) func accepted(_ lines: String, _ limits: [String?]) throws {
        let found = try #require(try settings(lines))
        #expect(found.limits == limits && !found.isRequired)
    }

    @Test func theOthers() throws {
        #expect(try settings("") == nil)
        #expect(try settings("cgroup_required=true")?.isRequired == true)
        let shown = "[supervisord]\n[program:a]\ncommand=x\ncpu_max=50%\nnumprocs=2\nprocess_name=a%(process_num)d\n"
        let configuration = try FakeMachine(shown).load()
        #expect(configuration.groups[0].processes[0].cgroup == configuration.groups[0].processes[1].cgroup)
        #expect(String(decoding: configuration.json(), as: UTF8.self).contains("\"cpu_max\": \"50000 100000\""))
        #expect(!String(decoding: configuration.json(isExact: true), as: UTF8.self).contains("cpu_max"))
    }

    static let bad: [(String, String)] = [
        ("memory_max", "0"), ("memory_max", "-1"), ("memory_max", "lots"), ("memory_high", "50%%"), ("pids_max", "0"),
        ("pids_max", "1.5"), ("cpu_max", "0%%"), ("cpu_max", "-5%%"), ("cpu_max", "999"), ("cpu_max", "1000 999"),
        ("cpu_max", "1000 1000001"), ("cpu_max", "1 2 3"), ("cpu_max", ""), ("cpu_max", "max max"),
        ("cpu_max", "99999999%%"),
    ]

    @Test(arguments: bad) func refused(_ key: String, _ value: String) {
        let text = "[supervisord]\n[program:a]\ncommand=x\n\(key)=\(value)\n"
        let shown = value.replacing("%%", with: "%")
        #expect(
            FakeMachine(text).refusal()?.hasPrefix("invalid \(key) value '\(shown)'") == true,
            "\(FakeMachine(text).refusal() ?? "")")
    }

    /// reread reports a change; the same value again is not a change.
    @Test func aChange() throws {
        var supervisor = Supervisor()
        var actions: [Supervisor.Action] = []
        func groups(_ lines: String) throws -> [GroupSettings] {
            try FakeMachine("[supervisord]\n[program:a]\ncommand=x\n\(lines)\n").load().groups
        }
        let now = Moment(instant: Instant(nanoseconds: 0), wall: 0)
        supervisor.boot(try groups("pids_max=5"), now: now, into: &actions)
        #expect(supervisor.reread(try groups("pids_max=5")).changed == [])
        for lines in ["pids_max=6", "", "pids_max=5\ncgroup_required=true", "memory_max=5"] {
            #expect(supervisor.reread(try groups(lines)).changed == ["a"])
        }
    }
}
