import Supervise
import Testing

@testable import Init

@Suite struct MissingTests {
    @Test func aGatewayThatIsNotThereIsSaid() {
        let configuration = Configuration()
        configuration.supervisord.gateway = "/no/such/gateway"
        #expect(GatewaySetup(configuration) == nil, "nobody asks for it")
        var server = ServerSettings()
        server.section = "inet_http_server"
        configuration.servers = [server]
        #expect(GatewaySetup(configuration)?.isPossible == false)
        #expect(Missing.gateway(at: "/no/such/gateway").contains("/no/such/gateway"))
        configuration.supervisord.gateway = "/bin/sh"
        #expect(GatewaySetup(configuration)?.isPossible == true)
        configuration.supervisord.gateway = "/bin"
        #expect(GatewaySetup(configuration)?.isPossible == false)
    }

    @Test func itIsBesideTheExecutable() throws {
        let configuration = Configuration()
        configuration.servers = [ServerSettings()]
        let path = try #require(GatewaySetup(configuration)?.executable)
        #expect(path.hasPrefix("/") && path.hasSuffix("/gateway") && !path.hasSuffix("//gateway"))
    }

    @Test func whatMakesAnotherGateway() throws {
        func make() -> Configuration {
            let configuration = Configuration()
            var server = ServerSettings()
            server.address = .unix(path: "/s", mode: 0o700, owner: Ownership(user: nil, group: nil))
            configuration.servers = [server]
            return configuration
        }
        let configuration = make()
        let first = try #require(GatewaySetup(configuration))
        let changes: [(Configuration) -> Void] = [
            { $0.supervisord.gatewayIdleTimeout = 5 }, { $0.supervisord.identifier = "x" },
            { $0.supervisord.gateway = "/x" }, { $0.servers[0].password = "p" }, { $0.servers[0].username = "u" },
            { $0.servers[0].section = "s" }, { $0.servers.append($0.servers[0]) },
            { $0.servers[0].address = .inet(host: "", port: 1) },
            { $0.servers[0].address = .unix(path: "/s", mode: 0o600, owner: Ownership(user: nil, group: nil)) },
            { $0.servers[0].address = .unix(path: "/s", mode: 0o700, owner: Ownership(user: .id(1), group: nil)) },
        ]
        for change in changes {
            let other = make()
            change(other)
            #expect(try !first.isSame(as: #require(GatewaySetup(other))))
        }
        configuration.supervisord.stripANSI = true
        #expect(try first.isSame(as: #require(GatewaySetup(configuration))))
    }
}
