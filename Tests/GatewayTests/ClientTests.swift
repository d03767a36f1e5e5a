import NIOHTTP1
import Supervise
import Testing

@testable import Gateway

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

@Suite struct AnswerReaderTests {
    private static let get = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/x", headers: ["Host": "h"])

    /// The answer, whatever pieces its bytes arrive in.
    private func read(_ text: String, piece: Int, ends: Bool = false) throws -> (body: String, reader: AnswerReader) {
        let reader = AnswerReader()
        #expect(reader.request(Self.get) == bytes("GET /x HTTP/1.1\r\nHost: h\r\n\r\n"))
        var body: [UInt8] = []
        let all = bytes(text)
        for start in stride(from: 0, to: all.count, by: piece) {
            try reader.take(all[start..<min(start + piece, all.count)])
            body += reader.takeBody()
        }
        if ends { try reader.end() }
        return (String(decoding: body + reader.takeBody(), as: UTF8.self), reader)
    }

    @Test(arguments: [
        ("Content-Length: 5", "12345rest", "12345", true), ("content-length:5", "1234", "1234", false),
        ("X: y\r\n\tz\r\nContent-Length: 5", "12345", "12345", true),
        ("Content-Length: 0", "rest", "", true), ("X: y", "12345", "12345", false),
        ("Transfer-Encoding: chunked", "3\r\nabc\r\n0a;x=y\r\n0123456789\r\n0\r\n\r\nrest", "abc0123456789", true),
        ("Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\nTrailer: x\r\nAnother: y\r\n\r\n", "abc", true),
        ("Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\n", "abc", false),
        ("Transfer-Encoding: chunked", "ff\r\nabc", "abc", false),
    ])
    func answersInAnyPieces(_ header: String, _ text: String, _ body: String, _ isComplete: Bool) throws {
        let answer = "HTTP/1.1 200 All is well\r\n\(header)\r\n\r\n\(text)"
        for piece in 1...answer.utf8.count {
            let (read, reader) = try read(answer, piece: piece)
            #expect(read == body && reader.isComplete == isComplete, "pieces of \(piece)")
            #expect(reader.head?.status.code == 200 && reader.reason == "All is well")
        }
    }

    @Test func theEndOfTheConnectionMayBeThatOfTheBody() throws {
        let (body, reader) = try read("HTTP/1.0 200 OK\r\n\r\nabc", piece: 4, ends: true)
        #expect(body == "abc" && reader.isComplete)
        for early in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na",
        ] {
            #expect(throws: AnswerReader.AnswerError.body) { try read(early, piece: 4, ends: true) }
        }
        #expect(throws: AnswerReader.AnswerError.head("HTTP/1.1 200")) {
            try read("HTTP/1.1 200", piece: 4, ends: true)
        }
    }

    @Test func interimAnswersAndEmptyLinesComeBeforeTheHead() throws {
        for before in ["HTTP/1.1 100 Continue\r\n\r\n", "\r\n\r\n"] {
            let (body, reader) = try read("\(before)HTTP/1.1 401 No\r\nContent-Length: 1\r\n\r\nx", piece: 5)
            #expect(body == "x" && reader.head?.status.code == 401)
        }
    }

    /// RFC 9112, section 2.2, lets a client accept them; old servers and shell scripts send them.
    @Test func linesMayEndWithoutACarriageReturn() throws {
        for piece in [1, 5, 100] {
            let (body, reader) = try read("HTTP/1.1 200 OK\nX: y\nContent-Length: 2\n\nab", piece: piece)
            #expect(body == "ab" && reader.isComplete && reader.head?.headers["X"] == ["y"])
        }
    }

    @Test func aHeaderHasAColon() {
        #expect(throws: AnswerReader.AnswerError.head("HTTP/1.1 200 OK")) {
            try read("HTTP/1.1 200 OK\r\nnot a header\r\n\r\n", piece: 9)
        }
    }

    /// A second exchange on the same connection.
    @Test func oneAfterTheOther() throws {
        let reader = AnswerReader()
        for body in ["a", "bc"] {
            _ = reader.request(Self.get)
            try reader.take(bytes("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"))
            #expect(reader.isComplete && reader.takeBody() == bytes(body))
        }
    }

    @Test(arguments: [
        "xyz\r\n", "-1\r\n", "+1\r\n", "\r\n", "3\r\nabcd\r\n", "11111111111111111\r\n",
    ])
    func whatIsNoChunk(_ text: String) {
        let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(text)"
        #expect(throws: AnswerReader.AnswerError.body) { try read(answer, piece: 7) }
    }

    @Test(arguments: ["SSH-2.0-OpenSSH_9.2", "HTTP/x", "HTTP/1.1 abc", "220 mail ESMTP"])
    func whatIsNoHead(_ line: String) {
        #expect(throws: AnswerReader.AnswerError.head(line)) { try read("\(line)\r\n\r\n", piece: 1000) }
    }

    @Test func aHeadWithoutAnEnd() {
        let header = "X: \(String(repeating: "y", count: 1000))\r\n"
        let head = "HTTP/1.1 200 OK\r\n\(String(repeating: header, count: 100))"
        #expect(throws: AnswerReader.AnswerError.tooLong) { try read(head, piece: 1000) }
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
        #expect(throws: ClientError.self) { try ServerAddress(url: url) }
    }
}

@Suite struct CallWriterTests {
    /// A request is parsed as it was meant.
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
        #expect(throws: CallError.self) { try CallParser.parseAnswer(bytes(xml)) }
    }
}
