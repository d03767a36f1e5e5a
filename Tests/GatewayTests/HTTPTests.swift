import Supervise
import Testing

@testable import Gateway

@Suite struct CredentialsTests {
    private func basic(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var encoded: [UInt8] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            let bits = part.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - part.count))
            for index in 0...3 {
                encoded.append(
                    index <= part.count ? alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
            }
        }
        return "Basic " + String(decoding: encoded, as: UTF8.self)
    }

    @Test(arguments: ["secret", "{SHA}e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4"])
    func onlyTheRightOnesAreTaken(_ password: String) {
        let credentials = Credentials(username: Array("me".utf8), password: Array(password.utf8))
        #expect(credentials.judge(basic("me:secret")) == .accepted)
        #expect(credentials.judge(basic("me:secret").replacing("Basic", with: "bAsIc")) == .accepted)
        for wrong in [
            "me:Secret", "me:secre", "me:secretsecret", "me:", "Me:secret", ":secret", "me", "", "me:secret:",
        ] {
            #expect(credentials.judge(basic(wrong)) == .rejected, "\(wrong)")
        }
        #expect(credentials.judge(nil) == .rejected)
        #expect(credentials.judge("Basic") == .rejected)
        #expect(credentials.judge("Bearer x") == .rejected)
        #expect(credentials.judge("Basic A") == .malformed)
    }

    @Test func aColonMayBePartOfThePassword() {
        let credentials = Credentials(username: Array("me".utf8), password: Array("a:b".utf8))
        #expect(credentials.judge(basic("me:a:b")) == .accepted)
    }

    @Test func nothingIsNotAPasswordForSomething() {
        #expect(!Secret.isEqual([], [1]))
        #expect(!Secret.isEqual([0], []))
        #expect(Secret.isEqual([], []))
        #expect(!Secret.isEqual([1, 1], [1]))
    }
}

@Suite struct SHA1Tests {
    /// The examples of FIPS 180, and lengths around the ends of blocks (from Python's hashlib).
    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        (String(repeating: "a", count: 55), "c1c8bbdc22796e28c0e15163d20899b65621d65a"),
        (String(repeating: "a", count: 63), "03f09f5b158a7a8cdad920bddc29b81c18a551f5"),
        (String(repeating: "a", count: 64), "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
        (String(repeating: "a", count: 1000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
    ])
    func digest(_ text: String, _ expected: String) {
        #expect(String(decoding: SHA1.hexadecimal(of: Array(text.utf8)), as: UTF8.self) == expected)
    }
}

@Suite struct HTTPTests {
    @Test(arguments: [
        ("/RPC2", "/RPC2"), ("/a%20b?c=%41", "/a b"), ("/%52PC2", "/RPC2"), ("/%", "/%"), ("/%4", "/%4"),
        ("/%+1", "/%+1"), ("/x#y", "/x"),
        ("/%ff", "/\u{fffd}"),
    ])
    func path(_ uri: String, _ expected: String) {
        #expect(HTTPRequest.path(of: uri) == expected)
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
    ])
    func date(_ seconds: Int, _ expected: String) {
        #expect(HTTPDate.text(seconds) == expected)
    }

    @Test func socketsAreThoseThatAreMeantForThisProcess() throws {
        let given = [
            "LISTEN_FDS": "3", "LISTEN_PID": "7", "LISTEN_FDNAMES": "unix_http_server:inet_http_server:control",
        ]
        let activation = try Activation(environment: given, process: 7)
        #expect(activation.servers == [3, 4] && activation.control == 5)
        for (name, value) in [
            ("LISTEN_FDS", nil), ("LISTEN_FDS", "x"), ("LISTEN_FDS", "1"), ("LISTEN_PID", "8"),
            ("LISTEN_FDNAMES", "a:b"),
        ] {
            #expect(throws: Activation.ActivationError.self) {
                try Activation(
                    environment: given.merging([name: value].compactMapValues { $0 }) { $1 }.filter {
                        $0.key != name || value != nil
                    }, process: 7)
            }
        }
    }
}
