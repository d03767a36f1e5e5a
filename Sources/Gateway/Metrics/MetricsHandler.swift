import Kernel
import NIOCore
import NIOHTTP1
import Supervise

/// `/metrics`: asks init, reads /proc, and adds what the gateway has counted itself.
///
/// Clients that ask within a second get the same result, and those that ask while it is being made wait for it: a
/// second scraper costs nothing.
final class MetricsHandler: RouteHandler {
    /// How long a result is shared.
    static let validity = TimeAmount.seconds(1)

    private struct Sample {
        let text: [UInt8]
        let until: NIODeadline
    }

    private let control: any Asking
    private let loop: any EventLoop
    private let statistics: Statistics
    private let turns: Turns
    private let look: (@escaping (ProcessSnapshot) -> Void) -> Void
    private let connections: () -> Int
    private let began = Double(SystemClock.realtime) / 1e9
    private var meter = UsageMeter()
    private var results: [Exposition.Form: Sample] = [:]
    /// Bytes of the latest results.
    private var lengths: [Exposition.Form: Int] = [:]
    private var waiting: [(form: Exposition.Form, exchange: Exchange)] = []
    private var job: MetricsJob?

    /// - Parameters:
    ///   - look: of `ProcessReader`.
    ///   - connections: the current number.
    init(
        control: any Asking, loop: any EventLoop, statistics: Statistics, turns: Turns,
        look: @escaping (@escaping (ProcessSnapshot) -> Void) -> Void, connections: @escaping () -> Int
    ) {
        self.turns = turns
        self.look = look
        self.control = control
        self.loop = loop
        self.statistics = statistics
        self.connections = connections
    }

    var isProbe: Bool { true }

    func refusal(of head: HTTPRequestHead) -> HTTPResponse? {
        guard head.method == .GET || head.method == .HEAD else { return .methodNotAllowed("GET, HEAD") }
        return nil
    }

    func handle(_ request: HTTPRequest, _ exchange: Exchange) {
        let types = [Exposition.Form.prometheus, .openMetrics].map(\.rawValue)
        let form = Exposition.Form(rawValue: Accept(request.head.headers).best(of: types)) ?? .prometheus
        if let result = results[form], loop.now < result.until {
            return exchange.respond(Self.response(form, result.text))
        }
        waiting.append((form, exchange))
        work()
    }

    private func work() {
        waiting.removeAll { $0.exchange.isOver }
        guard job == nil, let form = waiting.first?.form else { return }
        let surroundings = MetricsJob.Sources(control: control, turns: turns, look: look) { [self] exposition, table in
            exposition.gateway(statistics, connections: connections(), began: began, table[Int(SystemProcess.id)])
        }
        let job = MetricsJob(form, surroundings, length: lengths[form] ?? 0, meter) { [self] text, meter in
            self.job = nil
            self.meter = meter
            keep(text, form)
            let served = waiting.filter { $0.form == form }
            waiting.removeAll { $0.form == form }
            for (form, exchange) in served { exchange.respond(Self.response(form, text)) }
            work()
        }
        self.job = job
        job.start()
    }

    /// Megabytes with thousands of programs: keep them only as long as they are useful.
    private func keep(_ text: [UInt8], _ form: Exposition.Form) {
        lengths[form] = text.count
        let until = loop.now + Self.validity
        results[form] = Sample(text: text, until: until)
        loop.assumeIsolated().scheduleTask(in: Self.validity) { [self] in
            if results[form]?.until == until { results[form] = nil }
        }
    }

    private static func response(_ form: Exposition.Form, _ text: [UInt8]) -> HTTPResponse {
        HTTPResponse(
            status: .ok, headers: [("Content-Type", form.contentType), ("Cache-Control", "no-store")], body: text,
            isShared: true)
    }
}
