import NIOCore
import NIOHTTP1
import Supervise

/// `/livez`, `/readyz` and `/healthz`: the probes. 200 when all is well, else 503, with one line or as JSON.
final class HealthHandler: RouteHandler {
    /// The time in which init must answer: it does within a millisecond, unless it hangs.
    static let patience = TimeAmount.seconds(2)

    private let level: HealthLevel
    private let control: any Asking
    private let loop: any EventLoop

    init(_ level: HealthLevel, control: any Asking, on loop: any EventLoop) {
        self.level = level
        self.control = control
        self.loop = loop
    }

    var isProbe: Bool { true }

    func refusal(of head: HTTPRequestHead) -> HTTPResponse? {
        guard head.method == .GET || head.method == .HEAD else { return .methodNotAllowed("GET, HEAD") }
        return nil
    }

    func handle(_ request: HTTPRequest, _ exchange: Exchange) {
        let query = Query(request.head.uri)
        let isJSON = Self.wantsJSON(query, request.head.headers)
        let answer = { (health: HealthReport) in exchange.respond(health.response(asJSON: isJSON)) }
        let clock = loop.assumeIsolated().scheduleTask(in: Self.patience) { [level] in
            answer(HealthReport(level, problem: "init does not answer"))
        }
        let names = query.all("program")
        ask(names) { [level] outcome in
            clock.cancel()
            answer(HealthReport(level, outcome, names: names))
        }
    }

    private func ask(_ names: [String], _ completion: @escaping (ControlAnswer) -> Void) {
        switch level {
        case .live: control.ask("supervisor.getState", [], waits: false, completion)
        case .ready: control.ask("reeve.ready", [.array(names.map(Value.text))], waits: false, completion)
        case .healthy: control.ask("supervisor.getAllProcessInfo", [], waits: false, completion)
        }
    }

    private static func wantsJSON(_ query: Query, _ headers: HTTPHeaders) -> Bool {
        if let format = query["format"] { return format == "json" }
        return Accept(headers).best(of: ["text/plain", "application/json"]) == "application/json"
    }
}
