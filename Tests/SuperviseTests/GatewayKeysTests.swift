import Testing

@testable import Supervise

@Suite struct GatewayKeysTests {
    @Test func whoItRunsAs() throws {
        #expect(try FakeMachine("[supervisord]\n").load().supervisord.gatewayUser == nil)
        #expect(try FakeMachine("[supervisord]\ngateway_user=www\n").load().supervisord.gatewayUser == .name("www"))
        #expect(try FakeMachine("[supervisord]\ngateway_user=4711\n").load().supervisord.gatewayUser == .id(4711))
        #expect(FakeMachine("[supervisord]\ngateway_user=nosuch\n").refusal() == "Invalid user name nosuch")
        for root in ["root", "0"] {
            let sentence = FakeMachine("[supervisord]\ngateway_user=\(root)\n").refusal() ?? ""
            #expect(sentence.hasPrefix("gateway_user=root would give"))
        }
    }

    @Test func hostsThatAreAllowed() throws {
        func hosts(_ value: String) throws -> [String]? {
            try FakeMachine("[supervisord]\n[inet_http_server]\nport=127.0.0.1:9001\nallowed_hosts=\(value)\n").load()
                .servers.first?
                .allowedHosts
        }
        #expect(try hosts("a.example, B.Example,[::1]") == ["a.example", "b.example", "[::1]"])
        #expect(try hosts("*") == ["*"])
        for value in ["a b", "http://x", "a,,b", "*.example", "x;y"] {
            let text = "[supervisord]\n[inet_http_server]\nport=127.0.0.1:9001\nallowed_hosts=\(value)\n"
            #expect(FakeMachine(text).refusal()?.hasPrefix("Invalid allowed_hosts value") == true, "\(value)")
        }
    }

    @Test func clientsNoticeWhatIsAllowed() throws {
        func servers(_ more: String) throws -> [ServerSettings] {
            try FakeMachine("[supervisord]\n[inet_http_server]\nport=127.0.0.1:9001\n\(more)").load().servers
        }
        #expect(try servers("") != servers("allowed_hosts=a\n"))
        #expect(try servers("allowed_hosts=a\n") == servers("allowed_hosts=a\n"))
    }

    @Test func aLongEventIsPutTogether() {
        var parts = RemoteEventParts()
        #expect(parts.add(Array("kind".utf8)) && parts.add(Array("da".utf8)) && parts.add(Array("ta".utf8)))
        #expect(parts.payload(typeLength: 4) == Array("type:kind\ndata".utf8))
        #expect(parts.payload(typeLength: 400) == Array("type:kinddata\n".utf8))
        let isTaken = parts.add([UInt8](repeating: 0, count: EventLimits.remote))
        #expect(!isTaken)
        #expect(parts == RemoteEventParts())
    }
}
