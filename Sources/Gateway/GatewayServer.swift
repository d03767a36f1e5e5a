import Kernel
import NIOCore
import Supervise

/// Puts the parts together: asks init what to serve and how, then serves it.
final class GatewayServer {
    private let activation: Activation
    private let loop: any EventLoop
    private let control: ControlConnection

    init(_ activation: Activation, on loop: any EventLoop) throws(Errno) {
        self.activation = activation
        self.loop = loop
        control = try ControlConnection(
            SharedDescriptor(owning: activation.control), on: loop, ended: { Main.end($0) })
    }

    func start() {
        control.call("reeve.gatewaySettings") { [self] answer in
            guard case .value(let encoded) = answer, let value = encoded.value else {
                Main.end("init didn't send the gateway's settings")
            }
            let settings = GatewaySettings(value)
            control.call("reeve.servers") { [self] answer in
                guard case .value(let encoded) = answer, let values = encoded.value?.array else {
                    Main.end("init didn't send the list of servers")
                }
                let servers = values.compactMap(HTTPServerSettings.init)
                guard servers.count == values.count, servers.count == activation.servers.count else {
                    Main.end("init's list of HTTP servers doesn't match the sockets that it passed")
                }
                serve(servers, settings)
            }
        }
    }

    private func serve(_ servers: [HTTPServerSettings], _ settings: GatewaySettings) {
        let statistics = Statistics()
        let table = ConnectionTable(
            limit: Self.connections, idleTime: .seconds(Int64(settings.idleTimeout)), statistics: statistics, on: loop,
            idle: { [control] in
                if control.isAtWork { return false }
                Main.end(nil)
            })
        let turns = Turns(on: loop)
        let freshness = Freshness()
        freshness.begin(control)
        let events = EventStreams(control: control, on: loop)
        let chronicle = Chronicle(events: events)
        let routes = Routes.all(
            control: control, loop: loop, statistics: statistics, turns: turns, freshness: freshness,
            events: events, connections: { table.count })
        let bodies = Budget(limit: Limits.allBodies)
        let answers = Budget(limit: Limits.allAnswers)
        let streams = Budget(limit: Limits.streams)
        let brake = GuessBrake(on: loop) { File.print("\($0)\n", to: 2) }
        for (server, socket) in zip(servers, activation.servers) {
            let web = WebHandler(
                control: control, settings: settings, getActions: server.getActs, chronicle: chronicle, turns: turns)
            let router = Router(routes: routes + web.routes)
            let service = Service(
                router: router, credentials: server.credentials,
                publicPaths: server.healthIsPublic ? HealthLevel.allCases.map(\.path) : [], statistics: statistics,
                bodies: bodies, answers: answers, streams: streams, name: server.name,
                // A Unix socket has no name that another site could own; clients send arbitrary text there, such as its
                // path.
                hosts: server.credentials == nil && server.kind == .inet
                    ? AllowedHosts(address: server.address, listed: server.allowedHosts) : nil,
                basePath: server.basePath,
                brake: brake, turns: turns)
            listen(on: socket, named: socket, server, service, table)
        }
    }

    /// - Parameters:
    ///   - socket: listening.
    ///   - number: its number, or that of the socket that it replaces: init knows it by this.
    private func listen(
        on socket: Int32, named number: Int32, _ server: HTTPServerSettings, _ service: Service,
        _ table: ConnectionTable
    ) {
        HTTPServer.listen(on: socket, server, service, table, loop).assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success(let channel):
                table.add(server: channel)
                if server.kind == .unix { awaitAnother(insteadOf: channel, named: number, server, service, table) }
            case .failure(let error): Main.end("cannot serve \(server.address): \(error)")
            }
        }
    }

    /// The name of a Unix socket can get lost; a restart of init then creates another socket with that name. Existing
    /// connections stay.
    private func awaitAnother(
        insteadOf channel: any Channel, named number: Int32, _ server: HTTPServerSettings, _ service: Service,
        _ table: ConnectionTable
    ) {
        control.standBy("reeve.replacedSocket", [.int(Int(number))]) { [self] answer in
            switch answer {
            case .handover(let socket):
                guard let copy = try? File.duplicate(socket.number) else {
                    Main.end("cannot serve \(server.address): no descriptor is left")
                }
                table.remove(server: channel)
                channel.close(promise: nil)
                listen(on: copy, named: number, server, service, table)
            // Between two configurations of init; ask the next one again.
            case .fault(Fault.shutdownState.rawValue, _):
                awaitAnother(insteadOf: channel, named: number, server, service, table)
            case .fault, .value: break
            }
        }
    }

    /// Keeps descriptors for logs, for init and for the runtime.
    private static var connections: Int {
        guard let limit = try? SystemProcess.limit(ProcessLimit.openFiles) else { return Limits.connections }
        let files = Int(clamping: limit.soft)
        // Each stream has a pipe, which takes two.
        let spare = min(2 * Limits.streams + 64, files / 2)
        return max(min(Limits.connections, files - spare), 8)
    }
}
