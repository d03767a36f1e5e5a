import Testing

@testable import Supervise

/// Who may control the supervisor over the control socket, and how a client identifies the supervisor.
@Suite struct AccessTests {
    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
        ),
        (String(repeating: "a", count: 1_000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
    ])
    func digests(message: String, expected: String) {
        #expect(hexadecimal(SHA1.digest(of: message.bytes)) == expected)
        #expect(String(decoding: SHA1.hexadecimal(of: message.bytes), as: UTF8.self) == expected)
    }

    /// RFC 2202, section 3: cases 1, 2 and 6.
    @Test func authenticationCodes() {
        let cases: [([UInt8], String, String)] = [
            (Array(repeating: 0x0b, count: 20), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
            ("Jefe".bytes, "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (
                Array(repeating: 0xaa, count: 80), "Test Using Larger Than Block-Size Key - Hash Key First",
                "aa4ae5e15272d00e95705637ce8a3b55ed402112"
            ),
        ]
        for (key, message, expected) in cases {
            #expect(hexadecimal(SHA1.authenticationCode(of: message.bytes, key: key)) == expected)
        }
    }

    private func server(_ username: String?, _ password: String?) -> ServerSettings {
        var values = KeyValues()
        values[.username] = username.map { .text($0) }
        values[.password] = password.map { .text($0) }
        return ServerSettings("inet_http_server", .inet(host: "", port: 0), values)
    }

    private func proof(_ username: String, _ password: String, _ challenge: [UInt8]) -> [UInt8] {
        AccessProtocol.proof(
            challenge: challenge, username: username.bytes, key: AccessProtocol.key(of: password.bytes))
    }

    @Test func keysOfSections() {
        let sha = "{SHA}" + String(decoding: SHA1.hexadecimal(of: "secret".bytes), as: UTF8.self)
        let challenge: [UInt8] = Array(0..<32)
        #expect(!AccessKeys([server(nil, nil), server("", "x")]).isLocked)
        let keys = AccessKeys([server(nil, nil), server("a", "one"), server("b", sha)])
        #expect(keys.isLocked)
        #expect(keys.accept(proof("a", "one", challenge), challenge: challenge))
        #expect(keys.accept(proof("b", "secret", challenge), challenge: challenge))
        for (user, password) in [("a", "secret"), ("b", "one"), ("b", sha), ("a", ""), ("", ""), ("", "one")] {
            #expect(!keys.accept(proof(user, password, challenge), challenge: challenge))
        }
        #expect(!keys.accept(proof("a", "one", [1]), challenge: challenge))
        #expect(!keys.accept([], challenge: challenge))
        // A password that no client can give still locks the socket.
        for password in ["{SHA}", "{SHA}xyz", sha.uppercased(), sha + "0"] {
            let closed = AccessKeys([server("a", password)])
            #expect(closed.isLocked)
            #expect(!closed.accept(proof("a", password, challenge), challenge: challenge))
            #expect(!closed.accept(proof("a", "", challenge), challenge: challenge))
        }
    }

    @Test func guessingGetsSlower() {
        var throttle = PasswordThrottle()
        var now = Instant(nanoseconds: 1)
        var delays: [Int] = []
        for attempt in 0..<12 {
            #expect(throttle.failed(7, now: now) == (attempt == 0), "said once")
            delays.append(throttle.delay(of: 7, now: now))
            #expect(throttle.delay(of: 8, now: now) == 0)
            now = now.advanced(milliseconds: delays.last ?? 0)
            #expect(throttle.delay(of: 7, now: now) == 0)
        }
        #expect(delays[..<3].allSatisfy { $0 == 0 })
        #expect(delays[3...].allSatisfy { $0 > 0 && $0 <= PasswordThrottle.longestMilliseconds + 1 })
        #expect(delays == delays.sorted())
        throttle.succeeded(7)
        #expect(throttle.delay(of: 7, now: now) == 0)
        #expect(throttle == PasswordThrottle())
    }

    @Test func manyUsersShareOneMemory() {
        var throttle = PasswordThrottle()
        let now = Instant(nanoseconds: 1)
        for user in 0..<UInt32(10_000) { _ = throttle.failed(user, now: now) }
        #expect(throttle.delay(of: 3, now: now) == 0, "one of the first has its own account")
        #expect(throttle.delay(of: 9_999, now: now) > 0, "who comes late shares it")
        #expect(throttle.delay(of: 1 << 20, now: now) > 0)
        _ = throttle.failed(1, now: now + PasswordThrottle.memory + 1)
        #expect(throttle.delay(of: 9_999, now: now + PasswordThrottle.memory + 1) == 0, "it is forgotten")
    }

    private var identity: SupervisorIdentity {
        var identity = SupervisorIdentity()
        identity.pid = 7
        identity.configuration = "/etc/s.conf"
        identity.controlSockets = ["/run/s.sock.ctl", "/run/init.ctl"]
        identity.network = "net:[1]"
        identity.challenge = [0, 255]
        identity.servers = [
            .init(.unix(path: "/run/s.sock", device: .max, inode: 3), isOpen: true),
            .init(.unix(path: "/run/closed.sock", device: 0, inode: 0), isOpen: false),
            .init(.inet(host: "127.0.0.1", port: 9001), isOpen: true),
            .init(.inet(host: "0.0.0.0", port: 9002), isOpen: true),
            .init(.inet(host: "10.0.0.5", port: 9003), isOpen: true),
            .init(.inet(host: "::1", port: 9004), isOpen: true),
        ]
        return identity
    }

    @Test func anIdentityReadsAsItWasWritten() {
        var encoder = WireEncoder()
        identity.encode(into: &encoder)
        var decoder = WireDecoder(encoder.bytes)
        let value = decoder.value()
        #expect(value.flatMap { SupervisorIdentity($0) } == identity)
        #expect(SupervisorIdentity(.int(3)) == nil)
        #expect(SupervisorIdentity(.structure([])) == nil)
    }

    @Test(arguments: [
        (NamedServer.unix(path: "/run/s.sock", .live(device: .max, inode: 3)), true),
        (.unix(path: "/var/run/s.sock", .live(device: .max, inode: 3)), true),
        (.unix(path: "/run/s.sock", .live(device: .max, inode: 4)), false),
        (.unix(path: "/run/s.sock", .stale(device: .max, inode: 4)), false),
        (.unix(path: "/run/s.sock", .nothing), true),
        (.unix(path: "/run/t.sock", .nothing), false),
        (.unix(path: "/run/closed.sock", .nothing), true),
        (.unix(path: "/run/closed.sock", .stale(device: 1, inode: 1)), true),
        (.unix(path: "/run/closed.sock", .live(device: 1, inode: 1)), false),
        (.unix(path: "/run/closed.sock", .live(device: 0, inode: 0)), false),
        (.inet(host: "localhost", port: 9001, network: "net:[1]"), true),
        (.inet(host: "127.0.0.1", port: 9001, network: ""), true),
        (.inet(host: "127.0.0.1", port: 9001, network: "net:[2]"), false),
        (.inet(host: "127.0.0.2", port: 9001, network: "net:[1]"), false),
        (.inet(host: "127.0.0.1", port: 9000, network: "net:[1]"), false),
        (.inet(host: "127.0.0.2", port: 9002, network: "net:[1]"), true),
        (.inet(host: "localhost", port: 9002, network: "net:[1]"), true),
        (.inet(host: "[::1]", port: 9002, network: "net:[1]"), false),
        (.inet(host: "10.0.0.5", port: 9003, network: "net:[1]"), true),
        (.inet(host: "localhost", port: 9003, network: "net:[1]"), false),
        (.inet(host: "example.com", port: 9002, network: "net:[1]"), false),
        (.inet(host: "[::1]", port: 9004, network: "net:[1]"), true),
    ])
    func whatIsServed(named: NamedServer, expected: Bool) {
        #expect(identity.serves(named) == expected)
    }
}
