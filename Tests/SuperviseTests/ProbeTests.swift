import Testing

@testable import Supervise

/// What `ctl probe` is asked, and what answers mean.
@Suite struct ProbeTests {
    static func command(_ words: String...) throws -> ProbeCommand { try ProbeCommand(words.map { Array($0.utf8) }) }

    static func target(_ text: String) -> ProbeTarget? { try? ProbeTarget.read(text).get() }

    @Test func targets() {
        typealias Request = ProbeTarget.Request
        #expect(
            Self.target("http://127.0.0.1:8080/a?b=c")
                == ProbeTarget(
                    address: .tcp(host: "127.0.0.1", port: 8080),
                    request: Request(path: "/a?b=c", host: "127.0.0.1:8080")))
        #expect(
            Self.target("http://[::1]")
                == ProbeTarget(address: .tcp(host: "::1", port: 80), request: Request(path: "/", host: "[::1]")))
        #expect(
            Self.target("http://web?x")
                == ProbeTarget(address: .tcp(host: "web", port: 80), request: Request(path: "/?x", host: "web")))
        #expect(
            Self.target("unix:/run/a.sock:/health")
                == ProbeTarget(address: .unix("/run/a.sock"), request: Request(path: "/health", host: "localhost")))
        #expect(Self.target("unix:/run/a.sock") == ProbeTarget(address: .unix("/run/a.sock"), request: nil))
        #expect(Self.target("db:5432") == ProbeTarget(address: .tcp(host: "db", port: 5432), request: nil))
        #expect(Self.target("tcp://[::1]:5432") == ProbeTarget(address: .tcp(host: "::1", port: 5432), request: nil))
    }

    @Test(arguments: [
        "", "x", "https://a/", "db:0", "db:65536", "db:+1", "::1:80", "[::1:80", "[::1]80", "unix:a", "unix:/a:b",
        "http://", "http://u:p@a/", "http://a b/", "http://a/\r\nX: y", ":80", "ftp://a/",
    ])
    func refusedTargets(_ text: String) {
        #expect(Self.target(text) == nil)
    }

    @Test func options() throws {
        let command = try Self.command("http://a/", "-t", "0.5", "--expect=200,300-399", "--body", "ok")
        #expect(command.timeout == 500)
        #expect(command.expected == [200...200, 300...399])
        #expect(command.body == Array("ok".utf8))
        #expect(try Self.command("a:1").timeout == 5000)
    }

    /// Whatever a server sends, nothing traps.
    @Test func anyAnswer() throws {
        let command = try Self.command("http://a/")
        let pieces =
            ["HTTP/", "1.1", " ", "200", "99999999999999999999", "\r", "\n", "\u{0}", "-", "é"].map { Array($0.utf8) }
            + [[0xFF], [0x80]]
        for _ in 0..<5000 {
            var answer: [UInt8] = []
            for _ in 0..<Int.random(in: 0...8) { answer += pieces.randomElement() ?? [] }
            let verdict = command.verdict(answer, isComplete: true)
            #expect(verdict != .incomplete)
            if case .good = verdict { #expect(answer.starts(with: Array("HTTP/".utf8)) && answer.contains(0x0A)) }
        }
    }

    @Test func healthChecks() throws {
        let command = try #require(ProbeCommand("http://a/b", seconds: 5))
        #expect(command == (try Self.command("http://a/b")))
        #expect(ProbeCommand("a:1", seconds: 2)?.timeout == 2000 && ProbeCommand("https://a/", seconds: 2) == nil)
    }

    @Test(arguments: [
        ([], "probe needs a target"), (["a:1", "b:1"], "a second one"),
        (["a:1", "--exepct=200"], "did you mean --expect?"),
        (["a:1", "-t"], "needs a value"), (["a:1", "-t", "0"], "no number of seconds"),
        (["http://a/", "--expect=abc"], "no list of status codes"), (["http://a/", "--expect=300-200"], "no list"),
        (["a:1", "--body=x"], "only connected to"), (["https://a/"], "https is not supported"),
    ])
    func mistakes(_ words: [String], _ sentence: String) {
        do {
            _ = try ProbeCommand(words.map { Array($0.utf8) })
            Issue.record("accepted")
        } catch {
            #expect("\(error)".contains(sentence), "\(error)")
        }
    }

    @Test func requests() throws {
        let text = String(decoding: try Self.command("http://a:1/x").request, as: UTF8.self)
        #expect(text.hasPrefix("GET /x HTTP/1.1\r\nHost: a:1\r\n"))
        #expect(text.hasSuffix("\r\nConnection: close\r\n\r\n"))
        #expect(try Self.command("a:1").request.isEmpty)
    }

    static func verdict(_ command: ProbeCommand, _ answer: String, isComplete: Bool = true) -> ProbeCommand.Verdict {
        command.verdict(Array(answer.utf8), isComplete: isComplete)
    }

    @Test func answers() throws {
        let command = try Self.command("http://a/")
        #expect(Self.verdict(command, "HTTP/1.1 200 OK\r\n") == .good("200 OK"))
        #expect(Self.verdict(command, "HTTP/1.1 302 Found\r\n", isComplete: false) == .good("302 Found"))
        #expect(Self.verdict(command, "HTTP/1.0 503 Busy\r\n") == .bad("status 503 Busy, and not 200-399"))
        #expect(Self.verdict(command, "HTTP/1.1 200") == .bad("its answer isn't HTTP"))
        #expect(Self.verdict(command, "HTTP/1.1 2", isComplete: false) == .incomplete)
        #expect(Self.verdict(command, "") == .bad("closed the connection without an answer"))
        #expect(Self.verdict(command, "SSH-2.0-OpenSSH\r\n") == .bad("its answer isn't HTTP"))
        #expect(Self.verdict(command, " HTTP/1.1 200\n") == .bad("its answer isn't HTTP"))
        #expect(Self.verdict(command, "\rHTTP/1.1 200\n") == .bad("its answer isn't HTTP"))
        #expect(
            Self.verdict(command, String(repeating: "x", count: 5000), isComplete: false)
                == .bad("its answer isn't HTTP"))
    }

    @Test func bodies() throws {
        let command = try Self.command("http://a/", "--body=all is well")
        let head = "HTTP/1.1 200 OK\r\nContent-Type: x\r\n"
        #expect(Self.verdict(command, head + "\r\nso all is well.") == .good("200 OK"))
        #expect(Self.verdict(command, head + "X: all is well\r\n\r\nno", isComplete: false) == .incomplete)
        #expect(
            Self.verdict(command, head + "\r\nno")
                == .bad("status 200 OK, but its body doesn't contain 'all is well'"))
        #expect(
            Self.verdict(command, head + "Transfer-Encoding: Chunked\r\n\r\n6\r\nall is\r\n5;x=y\r\n well\r\n0\r\n\r\n")
                == .good("200 OK"))
        #expect(
            Self.verdict(command, head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\nx")
                != .good("200 OK"))
    }
}
