import NIOHTTP1
import Supervise
import Testing

@testable import Gateway

@Suite struct HealthTests {
    private func value(_ value: Value) -> ControlAnswer { .value(EncodedValue(value)) }

    private func info(_ group: String, _ name: String, _ state: ProcessState, _ error: String = "") -> Value {
        .structure([
            .init("name", .text(name)), .init("group", .text(group)), .init("state", .int(state.rawValue)),
            .init("statename", .text(state.name)), .init("spawnerr", .text(error)),
        ])
    }

    private func fault(_ fault: Fault, _ extra: String = "") -> ControlAnswer {
        .fault(code: fault.rawValue, text: fault.text(extra))
    }

    @Test func initIsLiveWhateverItAnswers() {
        for answer in [value(.bool(true)), fault(.shutdownState), fault(.failed)] {
            #expect(HealthReport(.live, answer, names: []).line == "live")
        }
        let silent = HealthReport(.live, problem: "init does not answer")
        #expect(silent.line == "not live: init does not answer")
        #expect(silent.response(asJSON: false).status == .serviceUnavailable)
    }

    @Test func whatIsNotReadyIsNamed() {
        #expect(HealthReport(.ready, value(.array([])), names: []).line == "ready")
        let rows = Value.array([
            .structure([
                .init("name", .text("web")), .init("statename", .text("BACKOFF")), .init("reason", .text("a\nb")),
            ]),
            .structure([
                .init("name", .text("g:db")), .init("statename", .text("STARTING")), .init("reason", .text("")),
            ]),
        ])
        let health = HealthReport(.ready, value(rows), names: [])
        let response = health.response(asJSON: false)
        #expect(String(decoding: response.body, as: UTF8.self) == "not ready: web BACKOFF (a b), g:db STARTING\n")
        #expect(response.status == .serviceUnavailable)
        #expect(
            String(decoding: health.json.text, as: UTF8.self)
                == #"{"status":"not ready","programs":[{"name":"web","statename":"BACKOFF","reason":"a\nb"},"#
                + #"{"name":"g:db","statename":"STARTING","reason":""}]}"#)
        #expect(HealthReport(.ready, fault(.badName, "x"), names: ["x"]).line == "not ready: BAD_NAME: x")
        #expect(HealthReport(.ready, fault(.shutdownState), names: []).line == "not ready: init is shutting down")
        #expect(!HealthReport(.ready, value(.int(1)), names: []).isWell)
    }

    @Test(arguments: [
        (ProcessState.running, "", true), (.starting, "", true), (.stopping, "", true), (.stopped, "", true),
        (.stopped, "Bad exit code 1", true), (.exited, "", true), (.exited, "Bad exit code 1", false),
        (.backoff, "x", false), (.fatal, "", false), (.unknown, "", false),
    ])
    func onlyWhatHasFailedIsUnhealthy(_ state: ProcessState, _ error: String, _ isWell: Bool) {
        let answer = value(.array([info("web", "web", state, error), info("g", "db", .running)]))
        #expect(HealthReport(.healthy, answer, names: []).isWell == isWell)
        #expect(HealthReport(.healthy, answer, names: ["g:db"]).isWell)
        #expect(HealthReport(.healthy, answer, names: ["web"]).isWell == isWell)
    }

    @Test func namesAreThoseOfInit() {
        let answer = value(.array([info("g", "a", .fatal), info("g", "b", .running), info("web", "web", .running)]))
        for name in ["g:a", "g:*", "g:"] {
            #expect(HealthReport(.healthy, answer, names: [name]).line == "not healthy: g:a FATAL", "\(name)")
        }
        for name in ["g:b", "web", "web:web", "web:*"] {
            #expect(HealthReport(.healthy, answer, names: [name]).line == "healthy", "\(name)")
        }
        for name in ["a", "g:c", "", "*"] {
            #expect(HealthReport(.healthy, answer, names: ["web", name]).line == "not healthy: BAD_NAME: \(name)")
        }
    }
}

@Suite struct AcceptTests {
    @Test(arguments: [
        (nil, "a/x"), ("", "a/x"), ("*/*", "a/x"), ("b/y", "b/y"), ("b/*", "b/y"), ("a/x;q=0.1, b/y;q=0.2", "b/y"),
        ("B/Y ; Q=1 , a/x;q=0.9", "b/y"), ("*/*;q=0.5,a/x;q=0", "b/y"), ("c/z", "a/x"), ("b/y;q=0", "a/x"),
        ("b/y;version=1.0.0;q=0.5,b/y;version=0.0.1;q=0.4,a/x;version=0.0.4;q=0.3,*/*;q=0.2", "b/y"),
        (",;=,b/y", "b/y"),
    ])
    func theBestIsTaken(_ header: String?, _ expected: String) {
        var headers = HTTPHeaders()
        if let header { headers.add(name: "Accept", value: header) }
        #expect(Accept(headers).best(of: ["a/x", "b/y"]) == expected)
    }
}
