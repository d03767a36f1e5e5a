import Kernel
import NIOHTTP1
import Supervise

/// `/metrics`: asks init, looks at /proc, and tells both with what the gateway has counted itself.
final class MetricsHandler: RouteHandler {
    private let control: any Asking
    private let statistics: Statistics
    private let connections: () -> Int
    private let began = Double(Clock.realtime) / 1e9
    private var meter = UsageMeter()

    /// - Parameter connections: there are now.
    init(control: any Asking, statistics: Statistics, connections: @escaping () -> Int) {
        self.control = control
        self.statistics = statistics
        self.connections = connections
    }

    func refusal(of head: HTTPRequestHead) -> HTTPResponse? {
        guard head.method == .GET || head.method == .HEAD else { return .methodNotAllowed("GET, HEAD") }
        return nil
    }

    func handle(_ request: HTTPRequest, _ exchange: Exchange) {
        let types = [Exposition.Form.prometheus, .openMetrics].map(\.rawValue)
        let form = Exposition.Form(rawValue: Accept(request.head.headers).best(of: types)) ?? .prometheus
        control.ask("reeve.metrics", [], waits: false) { [self] counted in
            guard !exchange.isOver else { return }
            control.ask("supervisor.getAllProcessInfo", [], waits: false) { [self] infos in
                guard !exchange.isOver else { return }
                exchange.respond(
                    HTTPResponse(
                        status: .ok, headers: [("Content-Type", form.contentType), ("Cache-Control", "no-store")],
                        body: text(form, Self.value(counted), Self.value(infos))))
            }
        }
    }

    /// nil while init stops everything: it then answers nothing but that.
    private static func value(_ answer: ControlAnswer) -> Value? {
        if case .value(let encoded) = answer { encoded.value } else { nil }
    }

    private func text(_ form: Exposition.Form, _ counted: Value?, _ infos: Value?) -> [UInt8] {
        let table = ProcessTable.now
        let initPID = Int(Process.parent)
        var exposition = Exposition(form)
        exposition.supervisor(counted, table[initPID], isRunning: infos != nil)
        if let counted { exposition.events(counted) }
        let infos = infos?.array ?? []
        let pids = infos.compactMap { $0["pid"]?.int }.filter { $0 > 0 }
        let usages = meter.measure(pids, below: initPID, in: table)
        let rows = (counted?["processes"]?.array ?? []).map {
            (ProgramRow.key($0["group"]?.text ?? "", $0["name"]?.text ?? ""), $0)
        }
        let byName = Dictionary(rows, uniquingKeysWith: { $1 })
        exposition.programs(infos.map { ProgramRow($0, counted: byName, usage: { usages[$0] }) })
        exposition.gateway(statistics, connections: connections(), began: began, table[Int(Process.id)])
        exposition.end()
        return exposition.text
    }
}
