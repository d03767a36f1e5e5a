import Testing

@testable import Init
@testable import Supervise

@Suite struct MissingTests {
    @Test func aGatewayThatIsNotThereIsSaid() {
        let server = ServerSettings("inet_http_server", .inet(host: "", port: 0))
        func setup(_ path: String, _ servers: [ServerSettings]) -> GatewaySetup? {
            GatewaySetup(
                Configuration(supervisord: SupervisorSettings([.gateway: .text(path)]), servers: servers))
        }
        #expect(setup("/no/such/gateway", []) == nil, "nobody asks for it")
        #expect(setup("/no/such/gateway", [server])?.isPossible == false)
        #expect(Missing.gateway(at: "/no/such/gateway").contains("/no/such/gateway"))
        #expect(setup("/bin/sh", [server])?.isPossible == true)
        #expect(setup("/bin", [server])?.isPossible == false)
    }

    @Test func itIsBesideTheExecutable() throws {
        let configuration = Configuration(servers: [ServerSettings("inet_http_server", .inet(host: "", port: 0))])
        let path = try #require(GatewaySetup(configuration)?.executable)
        #expect(path.hasPrefix("/") && path.hasSuffix("/gateway") && !path.hasSuffix("//gateway"))
    }

    @Test func whatMakesAnotherGateway() throws {
        let nobody = Ownership(user: nil, group: nil)
        func setup(
            _ values: KeyValues = [:], section: String = "unix_http_server", count: Int = 1, server: KeyValues = [:],
            at address: ServerSettings.Address = .unix(path: "/s", mode: 0o700, owner: nobody)
        ) throws -> GatewaySetup {
            let servers = Array(repeating: ServerSettings(section, address, server), count: count)
            return try #require(
                GatewaySetup(Configuration(supervisord: SupervisorSettings(values), servers: servers)))
        }
        let others = [
            try setup([.gatewayIdleTimeout: .int(5)]), try setup([.identifier: .text("x")]),
            try setup([.gateway: .text("/x")]), try setup(server: [.password: .text("p")]),
            try setup(server: [.username: .text("u")]), try setup(section: "s"), try setup(count: 2),
            try setup(at: .inet(host: "", port: 1)), try setup(at: .unix(path: "/s", mode: 0o600, owner: nobody)),
            try setup(at: .unix(path: "/s", mode: 0o700, owner: Ownership(user: .id(1), group: nil))),
        ]
        for other in others { #expect(try !setup().isSame(as: other)) }
        #expect(try setup().isSame(as: setup([.stripANSI: .bool(true)])))
    }
}
