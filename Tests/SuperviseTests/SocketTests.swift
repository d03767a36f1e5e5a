import Testing

@testable import Supervise

@Suite struct SocketTests {
    @Test func aSocketIsThereForAsLongAsAnybodyNeedsIt() {
        let (a, b) = (ProcessID(slot: 0, generation: 0), ProcessID(slot: 1, generation: 0))
        let again = ProcessID(slot: 0, generation: 1)
        var use = SocketUse()
        #expect(use.isUnused)
        let nothing = use.end { _ in true }
        #expect(!nothing, "there was none to close")
        use.begin(a)
        use.begin(b)
        use.begin(a)
        let oneLeft = use.end { $0 == a }
        #expect(!oneLeft && !use.isUnused)
        use.begin(again)
        let other = use.end { $0 == a || $0 == b }
        #expect(!other, "the next owner of a slot is somebody else")
        let last = use.end { _ in true }
        #expect(last && use.isUnused)
    }

    static let hosts = """
        127.0.0.1\tlocalhost Loop # db
        ::1 localhost six
        #10.0.0.1 gone

        10.0.0.2   db.local   DB
        10.0.0.3 db
        broken
        """

    @Test(arguments: [
        ("localhost", "127.0.0.1"), ("loop", "127.0.0.1"), ("db", "10.0.0.2"), ("db.LOCAL", "10.0.0.2"), ("six", nil),
        ("gone", nil), ("broken", nil), ("127.0.0.1", nil), ("", nil),
    ])
    func namesOfHosts(name: String, address: String?) {
        #expect(HostsFile.address(of: name, in: Array(Self.hosts.utf8)) == address)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.1.2.3", true), ("127.1", true), ("::1", true), ("[::1]", true), ("localhost", true),
        ("loop", true), ("", false), ("0.0.0.0", false), ("10.0.0.1", false), ("db", false),
        ("127.evil.example", false),
        ("128.127.0.1", false), ("::", false), ("nobody.knows", false),
    ])
    func loopback(host: String, isLoopback: Bool) {
        #expect(HostsFile.isLoopback(host) { .bytes(Array(Self.hosts.utf8)) } == isLoopback)
        if host == "localhost" {
            #expect(HostsFile.isLoopback(host) { .missing })
            #expect(!HostsFile.isLoopback(host) { .bytes(Array("10.0.0.9 localhost".utf8)) })
        }
    }

    static let open: [(String, Bool)] = [
        ("port=9001", true), ("port=*:9001", true), ("port=0.0.0.0:9001", true), ("port=10.1.2.3:80", true),
        ("port=127.0.0.1:9001", false), ("port=localhost:9001", false), ("port=[::1]:9001", false),
        ("port=9001\nusername=u\npassword=p", false), ("port=9001\nallow_unauthenticated=true", false),
        ("port=9001\nallow_unauthenticated=false", true), ("port=9001\nusername=\npassword=", true),
    ]

    @Test(arguments: open) func aServerForEverybodyIsRefused(keys: String, isRefused: Bool) throws {
        let machine = FakeMachine("[supervisord]\n[inet_http_server]\n\(keys)\n")
        var error: ConfigurationError?
        do throws(ConfigurationError) { _ = try machine.load(isSupervisord: false) } catch let caught { error = caught }
        #expect((error != nil) == isRefused)
        if let error {
            #expect(error.report.contains("/etc/s.conf:3"))
            #expect(error.report.contains("allow_unauthenticated=true"))
        }
        let allowed = try ConfigurationLoader.load(path: FakeMachine.path, surroundings: machine, isSupervisord: true)
        #expect(allowed.servers.count == 1)
        #expect(allowed.remarks.contains { $0.description.contains("allow_unauthenticated=true") } == isRefused)
    }

    @Test func keysOfTheGateway() throws {
        let usual = try FakeMachine("[supervisord]\n").load().supervisord
        #expect(usual.gateway == nil && usual.gatewayIdleTimeout == 60)
        let text = "[supervisord]\ngateway=bin/g\ngateway_idle_timeout=5\n"
        let settings = try FakeMachine(text).load().supervisord
        #expect(settings.gateway == "/work/bin/g" && settings.gatewayIdleTimeout == 5)
        for value in ["0", "-1"] {
            #expect(
                FakeMachine("[supervisord]\ngateway_idle_timeout=\(value)").refusal()
                    == "not a valid gateway_idle_timeout value: '\(value)'")
        }
        let shown = String(decoding: try FakeMachine(text).load().json(), as: UTF8.self)
        #expect(shown.contains("gateway_idle_timeout"))
        let exact = String(decoding: try FakeMachine(text).load().json(isExact: true), as: UTF8.self)
        #expect(!exact.contains("gateway"))
    }
}
