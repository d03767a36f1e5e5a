import NIOHTTP1
import Supervise
import Testing

@testable import Gateway

@Suite struct PathTests {
    @Test(arguments: [
        ("/a/{x}", "/a/b", ["b"]), ("/a/{x}", "/a/b%2Fc?d=/e", ["b/c"]), ("/a/{x}/c", "/a/%c3%a4/c", ["ä"]),
        ("/a/{x}", "/a/", nil), ("/a/{x}", "/a/b/", nil), ("/a/{x}", "/a", nil), ("/a/{x}", "/b/b", nil),
        ("/a/{x}/c/{y}", "/a/%/c/g:*#f", ["%", "g:*"]), ("/a", "/a?x", []), ("/a", "/%61", []), ("/a", "//a", []),
        ("/a", "/a/", nil),
        ("/a/{x}", "/a%2fb", nil),
    ])
    func template(_ template: String, _ uri: String, _ expected: [String]?) {
        #expect(PathTemplate(template).values(in: uri) == expected)
    }

    @Test func query() {
        let query = Query("/x?a=1&b=%26+%3d&&c&a=2&=d&e=f=g#h=i")
        #expect(query.items.map(\.name) == ["a", "b", "c", "a", "", "e"])
        #expect(query.items.map(\.value) == ["1", "& =", "", "2", "d", "f=g"])
        #expect(query["a"] == "1" && query.all("a") == ["1", "2"] && query["x"] == nil)
        #expect(Query("/x").items.isEmpty && Query("/x?").items.isEmpty)
    }
}

@Suite struct OriginTests {
    @Test(arguments: [
        ([:], false), (["Origin": "http://here"], false), (["Origin": "https://HERE:443"], false),
        (["Origin": "http://here:8080"], true), (["Origin": "http://other"], true), (["Origin": "null"], true),
        (["Origin": ""], true), (["Origin": "http://here.other"], true), (["Sec-Fetch-Site": "same-origin"], false),
        (["Sec-Fetch-Site": "none"], false), (["Sec-Fetch-Site": "same-site"], true), (["Sec-Fetch-Site": ""], true),
        (["Sec-Fetch-Site": "cross-site", "Origin": "http://here"], true),
    ])
    func isForeign(_ headers: [String: String], _ expected: Bool) {
        let all = headers.merging(["Host": "here"]) { $1 }
        #expect(RequestOrigin.isForeign(HTTPHeaders(all.map { ($0.key, $0.value) })) == expected)
    }

    @Test func withoutAHostEveryOriginIsForeign() {
        #expect(RequestOrigin.isForeign(["Origin": "http://here"]))
    }
}

@Suite struct LineEventsTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func everyLineIsAnEvent() {
        var lines = LineEvents()
        #expect(text(lines.events(for: Array("a\n\nb\r\nc".utf8))) == "data: a\n\ndata: \n\ndata: b\n\n")
        #expect(text(lines.events(for: Array("\rd\n".utf8))) == "data: c\ndata: d\n\n")
        #expect(lines.rest().isEmpty)
        #expect(lines.events(for: [0xC3]).isEmpty)
        #expect(text(lines.events(for: [0xA4, 0x0A, 0xFF, 0x0A])) == "data: ä\n\ndata: \u{FFFD}\n\n")
        #expect(lines.events(for: Array("e".utf8)).isEmpty)
        #expect(text(lines.rest()) == "data: e\n\n")
    }

    @Test func aLineWithoutAnEndIsNotKept() {
        var lines = LineEvents()
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 2 * LineSplitter.longest + 1)
        #expect(lines.events(for: long).count == 2 * (LineSplitter.longest + 8))
        #expect(lines.rest().count == 9)
    }
}

@Suite struct OperationTests {

    private let operation = RESTOperation(
        .post, "/x/{name}", "x", "X.", query: [.init(name: "n", kind: .integer(-1...5), about: "")],
        body: [
            .init(name: "s", kind: .text, about: "", isRequired: true), .init(name: "f", kind: .flag, about: ""),
            .init(name: "w", kind: .word(["a", "b"]), about: ""),
        ], .nothing
    ) { _ in }

    private func refusal(_ uri: String, _ body: String, _ type: String? = nil) -> UInt? {
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/api/v1\(uri)")
        if let type { head.headers.add(name: "Content-Type", value: type) }
        do throws(RESTOperation.Rejection) {
            _ = try operation.check(HTTPRequest(head: head, body: Array(body.utf8)), Exchange({ _ in }))
            return nil
        } catch {
            return error.problem.status.code
        }
    }

    @Test(
        arguments: [
            ("/x/y", "{\"s\":\"\"}", nil), ("/x/y?n=5", "{\"s\":\"\",\"f\":false,\"w\":\"a\"}", nil), ("/x/y", "", 400),
            ("/x/y", "{}", 400), ("/x/y", "{\"s\":1}", 400), ("/x/y", "{\"s\":\"\",\"f\":\"true\"}", 400),
            ("/x/y", "{\"s\":\"\",\"w\":\"c\"}", 400), ("/x/y", "{\"s\":\"\",\"z\":1}", 400), ("/x/y", "\"s\"", 400),
            ("/x/y?n=6", "{\"s\":\"\"}", 400), ("/x/y?n=", "{\"s\":\"\"}", 400), ("/x/y?n=1&n=1", "{\"s\":\"\"}", 400),
            ("/x/y?m=1", "{\"s\":\"\"}", 400),
        ] as [(String, String, UInt?)])
    func check(_ uri: String, _ body: String, _ expected: UInt?) {
        #expect(refusal(uri, body) == expected)
    }

    @Test func theBodyIsJSON() {
        let body = "{\"s\":\"\"}"
        #expect(refusal("/x/y", body, "application/json") == nil)
        #expect(refusal("/x/y", body, "Application/JSON; charset=utf-8") == nil)
        #expect(refusal("/x/y", body, "text/plain") == 415)
    }
}
