import NIOHTTP1
import Testing

@testable import Gateway

@Suite struct HostTests {
    @Test(
        arguments: [
            // Bound to the loopback address: names and addresses of this machine.
            (
                "127.0.0.1:9001", [],
                [
                    "localhost", "LOCALHOST:9001", "localhost.", "a.localhost", "127.0.0.1", "127.1.2.3:80",
                    "[::1]:9001",
                ],
                [
                    "evil.example", "evil.example:9001", "localhost.evil.example", "10.0.0.1", "box", "",
                    "127.0.0.1.evil.example", "[::2]",
                    "localhost:x", "localhost:9001@evil.example", "[::1", "evil.example, localhost", "0x7f000001x",
                ]
            ),
            ("localhost:9001", [], ["localhost", "127.0.0.1"], ["evil.example", "box", "192.168.0.1"]),
            ("::1:9001", [], ["[::1]:9001", "localhost", "127.0.0.1"], ["[::2]", "evil.example"]),
            // Bound to one address: that address, too.
            (
                "10.1.2.3:9001", [], ["10.1.2.3:9001", "localhost", "box", "[::ffff:10.1.2.3]"],
                ["10.1.2.4", "evil.example"]
            ),
            ("box.lan:9001", [], ["box.lan", "BOX.lan:9001", "box"], ["evil.example", "lan.example"]),
            // Bound to all interfaces: any address, and names that only a local network uses.
            (
                "*:9001", [], ["10.0.0.1", "[fe80::1]:9001", "box:9001", "localhost"],
                ["evil.example", "box.evil.example", "a.b"]
            ),
            ("0.0.0.0:9001", [], ["10.0.0.1", "box"], ["evil.example"]),
            (":::9001", [], ["[fe80::1]", "10.0.0.1"], ["evil.example"]),
            // Names that the configuration lists.
            (
                "127.0.0.1:9001", ["dash.example", "10.0.0.9"],
                ["dash.example:80", "Dash.Example", "10.0.0.9", "localhost"],
                ["evil.example", "x.dash.example", "10.0.0.8"]
            ),
            ("127.0.0.1:9001", ["*"], ["evil.example", ""], []),
        ] as [(String, [String], [String], [String])])
    func whoIsMeant(_ address: String, _ listed: [String], _ accepted: [String], _ refused: [String]) {
        let hosts = AllowedHosts(address: address, listed: listed)
        for host in accepted { #expect(hosts.accepts(host), "\(host) at \(address)") }
        for host in refused { #expect(!hosts.accepts(host), "\(host) at \(address)") }
        #expect(hosts.accepts(nil), "HTTP/1.0 has none")
    }

    @Test func theHeaderIsThereOnce() {
        func isWellFormed(_ version: HTTPVersion, _ hosts: String...) -> Bool {
            let headers = HTTPHeaders(hosts.map { ("Host", $0) })
            return HostCheck.isWellFormed(HTTPRequestHead(version: version, method: .GET, uri: "/", headers: headers))
        }
        #expect(
            isWellFormed(.http1_1, "x") && isWellFormed(.http1_1, "") && isWellFormed(.http1_0)
                && isWellFormed(.http1_0, "x"))
        #expect(!isWellFormed(.http1_1) && !isWellFormed(.http1_1, "x", "x") && !isWellFormed(.http1_0, "x", "y"))
    }

    @Test func theRefusalSaysWhatToDoAndRepeatsNoControlCharacter() {
        let text = AllowedHosts.refusal("a\u{1b}[31m\nb\"" + String(repeating: "x", count: 1000), "inet_http_server")
        #expect(text.contains("allowed_hosts=") && text.contains("[inet_http_server]"))
        #expect(!text.utf8.contains { $0 < 0x20 } && text.utf8.count < 500)
    }
}
