import Supervise
import Testing

@testable import Gateway

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

@Suite struct BodyReaderTests {
    /// The body, whichever way its bytes are cut.
    private func read(_ framing: BodyReader.Framing, _ text: String, piece: Int) throws -> (String, isComplete: Bool) {
        var reader = BodyReader(framing)
        var body: [UInt8] = []
        let all = bytes(text)
        for start in stride(from: 0, to: all.count, by: piece) {
            try reader.take(all[start..<min(start + piece, all.count)], into: &body)
        }
        return (String(decoding: body, as: UTF8.self), reader.isComplete)
    }

    @Test(arguments: [
        (BodyReader.Framing.length(5), "12345rest", "12345", true), (.length(5), "1234", "1234", false),
        (.length(0), "rest", "", true), (.untilTheEnd, "12345", "12345", false),
        (.chunked, "3\r\nabc\r\n0a;x=y\r\n0123456789\r\n0\r\n\r\nrest", "abc0123456789", true),
        (.chunked, "3\nabc\n0\nTrailer: x\nAnother: y\n\n", "abc", true),
        (.chunked, "3\r\nabc\r\n0\r\n", "abc", false), (.chunked, "ff\r\nabc", "abc", false),
    ])
    func bodiesInAnyPieces(_ framing: BodyReader.Framing, _ text: String, _ body: String, _ isComplete: Bool) throws {
        for piece in 1...text.utf8.count {
            let result = try read(framing, text, piece: piece)
            #expect(result == (body, isComplete), "pieces of \(piece)")
        }
    }

    @Test(arguments: [
        "xyz\r\n", "-1\r\n", "+1\r\n", "\r\n", "3\r\nabcd\r\n", "1111111111111111\r\n",
        String(repeating: "0", count: 1000),
    ])
    func whatIsNoChunk(_ text: String) {
        #expect(throws: BodyReader.Malformed.self) { try read(.chunked, text, piece: 7) }
    }
}

@Suite struct ServerAddressTests {
    @Test(arguments: [
        ("unix:///run/s.sock", ServerAddress.unix(path: "/run/s.sock")),
        ("http://localhost", .inet(host: "localhost", port: 80)),
        ("http://Example.COM:9001/RPC2?x#y", .inet(host: "example.com", port: 9001)),
        ("http://user:word@host:1/", .inet(host: "host", port: 1)),
        ("http://[::1]:9001", .inet(host: "::1", port: 9001)), ("http://host:", .inet(host: "host", port: 80)),
    ])
    func urls(_ url: String, _ address: ServerAddress) throws {
        #expect(try ServerAddress(url: url) == address)
    }

    @Test(arguments: ["http://host:x", "http://host:70000", "http://host:-1", "ftp://host", "https://host", ""])
    func whatIsNone(_ url: String) {
        #expect(throws: ClientTrouble.self) { try ServerAddress(url: url) }
    }
}

@Suite struct CallWriterTests {
    /// What is written is read as what was meant.
    @Test(arguments: [
        Value.text(""), .text("a <b> & \"c\" \u{e9}\n\t"), .text("control \u{1}\u{1b}[0m\r"), .int(-5), .bool(true),
        .array([.int(1), .text("x")]), .structure([Value.Member("a<b", .bool(false))]),
    ])
    func parametersComeBack(_ value: Value) throws {
        let call = try CallParser.parse(CallWriter.call("a.b", [value, .int(1)]))
        #expect(call.method == "a.b")
        #expect(call.parameters.map(Value.init) == [value, .int(1)])
    }

    @Test func base64() {
        for (plain, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            #expect(Base64.encode(bytes(plain)) == bytes(text))
        }
    }
}

@Suite struct AnswerTests {
    @Test func values() throws {
        let xml =
            "<methodResponse>\n<params>\n<param>\n<value><string>3.0</string></value>\n</param>\n</params></methodResponse>"
        #expect(try CallParser.parseAnswer(bytes(xml)) == .value(.string("3.0")))
    }

    @Test func faults() throws {
        let xml =
            "<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>10</int></value></member>"
            + "<member><name>faultString</name><value><string>BAD_NAME: x</string></value></member></struct></value>"
            + "</fault></methodResponse>"
        #expect(try CallParser.parseAnswer(bytes(xml)) == .fault(code: 10, text: "BAD_NAME: x"))
    }

    @Test(arguments: [
        "", "xyz", "<methodResponse></methodResponse>", "<methodResponse><params/></methodResponse>",
        "<methodResponse><fault><value><int>1</int></value></fault></methodResponse>",
        "<!DOCTYPE x [<!ENTITY e 'y'>]><methodResponse><params><param><value>&e;</value></param></params></methodResponse>",
    ])
    func whatIsNoAnswer(_ xml: String) {
        #expect(throws: CallProblem.self) { try CallParser.parseAnswer(bytes(xml)) }
    }
}
