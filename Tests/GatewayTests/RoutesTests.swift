import Kernel
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Supervise
import Testing

@testable import Gateway

@Suite struct RoutesTests {
    private final class Silent: Asking {
        func ask(
            _ method: String, _ parameters: [Value], waits: Bool, _ completion: @escaping (ControlAnswer) -> Void
        ) {}
    }

    private var routes: [Route] {
        let control = Silent()
        let loop = EmbeddedEventLoop()
        let events = EventStreams(control: control, on: loop)
        let web = WebHandler(
            control: control, settings: GatewaySettings(.structure([])), getActions: false,
            chronicle: Chronicle(events: events), turns: Turns(on: loop))
        let common = Routes.all(
            control: control, loop: loop, statistics: Statistics(), turns: Turns(on: loop),
            freshness: Freshness(), events: events, connections: { 0 })
        return common + web.routes
    }

    /// The rows of the table of paths.
    private func documented() throws -> [(path: String, methods: [String], call: String)] {
        let path = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try File.reading("/\(path)/docs/http.md")
        let text = String(decoding: try #require(try File.whole(file.number, limit: 1 << 20)), as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            let columns = line.split(separator: "|").map { $0.split(separator: " ").joined(separator: " ") }
            guard line.hasPrefix("| `/"), columns.count == 4 else { return nil }
            return (
                String(columns[0].dropFirst().dropLast()), columns[1].split(separator: ", ").map(String.init),
                String(columns[3].drop { $0 == "`" }.prefix { $0 != "`" })
            )
        }
    }

    @Test func everyPathIsDocumentedOnce() throws {
        #expect(try documented().map(\.path).sorted() == routes.map(\.pattern.text).sorted())
    }

    /// Each REST spelling in the list of methods is served and documented, and nothing else is.
    @Test func spellingsOfMethodsAreAsDocumented() throws {
        var spellings: [String: String] = [:]
        for (path, methods, call) in try documented() where !call.isEmpty {
            spellings[call] = "\(methods.joined(separator: ",")) \(path.dropFirst(API.root.count))"
        }
        let listed = ControlMethod.allCases.filter {
            !$0.rest.description.isEmpty && $0.name.description.hasPrefix("supervisor.")
        }
        #expect(
            spellings
                == Dictionary(uniqueKeysWithValues: listed.map { ($0.name.description, $0.rest.description) }))
        #expect(Set(spellings.values).count == spellings.count, "no two have the same")
    }

    @Test func methodsAreAsDocumented() throws {
        for (path, methods, _) in try documented() where !path.hasSuffix("/") {
            let uri = path.split(separator: "/", omittingEmptySubsequences: false).map { part in
                part.hasPrefix("{") ? "x" : part
            }.joined(separator: "/")
            let route = try #require(Router(routes: routes).route(for: uri))
            for method in [HTTPMethod.GET, .POST] {
                let head = HTTPRequestHead(
                    version: .http1_1, method: method, uri: uri, headers: ["Content-Length": "0"])
                let isRefused = route.handler.refusal(of: head) != nil
                #expect(isRefused == !methods.contains(method.rawValue), "\(method) \(path)")
            }
        }
    }

    @Test func theFirstThatMatchesAnswers() {
        let router = Router(routes: routes)
        for (uri, expected) in [
            ("/RPC2/x", "/RPC2"), ("/%52PC2?x", "/RPC2"),
            ("/api/v1/processes/g%3Aa/logs/stdout?offset=1", "/api/v1/processes/{name}/logs/stdout"),
            ("/api/v1/processes/a%2Fb", "/api/v1/processes/{name}"), ("/", "/"), ("/api/v1/processes/a/b", nil),
            ("/api", nil), ("", nil), ("//", "/"), ("//index.html", "/index.html"),
            ("///tail.html?processname=x", "/tail.html"),
            ("//scripts/status.js", "/scripts/"), ("//api/v1/events", "/api/v1/events"),
            // As in supervisord, these match by prefix.
            ("//RPC2", nil), ("//logtail/x", nil), ("//livez", nil), ("//metrics", nil),
        ] {
            #expect(router.route(for: uri)?.pattern.text == expected, "\(uri)")
        }
    }
}
