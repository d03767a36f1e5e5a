import Host
import Kernel
import Supervise

/// HTTP: the listening sockets of the configuration, and the process that serves them once a client connects.
///
/// init reads no byte from these sockets. They survive a restart of everything, so that clients don't notice it, unless
/// the configuration asks for other servers.
final class GatewayHost: Watcher {
    /// The backlog, as in supervisord.
    private static let backlog: Int32 = 1024

    private let output: Output
    private var setup: GatewaySetup
    private var user: GatewayUser
    private var machine = GatewayMachine()
    private var sockets: [BoundSocket] = []
    /// Servers of the setup that could be opened, in the order of `sockets`.
    private var servers: [ServerSettings] = []
    private var watches: [Watch] = []
    private var launcher = GatewayLauncher()
    private var lines: GatewayLines?
    /// Serves its connection; nil between two engines.
    private var control: ControlServer?
    private var connection: ControlClientConnection?
    /// The sockets whose replacements the process waits for, with the requests that ask for them.
    private var takers: [(index: Int, request: RequestID)] = []
    /// Sockets that were recreated since the process started, and not passed to it yet.
    private var replaced: [Int] = []
    private var remoteEvent = RemoteEventParts()
    /// The process on its way to its program.
    private var start: GatewayStart?
    /// Processes whose starts failed, and which are not reaped yet.
    private var dying: [GatewayStart] = []

    struct ListenError: Error {
        /// supervisord's.
        var sentence: String
    }

    /// The gateway that a configuration asks for.
    ///
    /// - Parameters:
    ///   - old: of the previous configuration; its sockets stay open if the servers are the same.
    ///   - isFirst: a socket that can't be opened is an error. Later it is left out: programs that ran before a restart
    ///     come back.
    /// - Returns: nil without servers, and without an executable, which is logged.
    static func prepare(
        _ configuration: Configuration, after old: GatewayHost?, isFirst: Bool, output: Output
    ) throws(ListenError) -> GatewayHost? {
        let setup = GatewaySetup(configuration)
        if let setup, !setup.isPossible { output.log.warn(Missing.gateway(at: setup.executable)) }
        guard let setup, setup.isPossible else {
            old?.close()
            return nil
        }
        let gateway: GatewayHost
        if let old, old.setup.servers == setup.servers {
            gateway = old
            gateway.setup = setup
            gateway.restoreNames()
            gateway.user = GatewayUser(configuration)
        } else {
            old?.close()
            gateway = GatewayHost(setup, GatewayUser(configuration), output)
            try gateway.open(isFirst: isFirst)
        }
        for server in gateway.servers {
            output.log.info("RPC interface 'supervisor' initialized")
            guard !server.isAuthenticated else { continue }
            output.log.critical(
                "Server \(server.section.pythonQuoted) running without any HTTP authentication checking")
        }
        gateway.tell(.opened)
        return gateway
    }

    private init(_ setup: GatewaySetup, _ user: GatewayUser, _ output: Output) {
        self.setup = setup
        self.user = user
        self.output = output
    }

    private static func bind(_ server: ServerSettings) throws(BoundSocket.BindError) -> BoundSocket {
        switch server.address {
        case .inet(let host, let port): try BoundSocket(host: host, port: port, backlog: backlog)
        case .unix(let path, let mode, let owner):
            try BoundSocket(path: path, mode: mode, owner: owner, backlog: backlog, isExclusive: true)
        }
    }

    private func open(isFirst: Bool) throws(ListenError) {
        for server in setup.servers {
            do throws(BoundSocket.BindError) {
                sockets.append(try Self.bind(server))
                servers.append(server)
            } catch {
                let sentence = GatewaySetup.sentence(error, server)
                guard !isFirst else {
                    close()
                    throw ListenError(sentence: sentence)
                }
                output.log.critical("[\(server.section)]: \(sentence)")
            }
        }
    }

    /// Recreates the sockets whose names were removed or replaced. A running process takes over the new ones, and
    /// continues with everything else.
    private func restoreNames() {
        for index in sockets.indices where !sockets[index].isNamed {
            let server = servers[index]
            do throws(BoundSocket.BindError) {
                let socket = try Self.bind(server)
                let old = sockets[index]
                unwatch()
                sockets[index] = socket
                old.close()
                if machine.state == .idle { watch() }
                replaced.removeAll { $0 == index }
                replaced.append(index)
                output.log.info("[\(server.section)]: recreated the socket, whose name was lost")
            } catch {
                output.log.critical("[\(server.section)]: \(GatewaySetup.sentence(error, server))")
            }
        }
        handOver()
    }

    /// The servers, for clients that look for this init.
    func address(of server: ServerSettings) -> SupervisorIdentity.Server.Address? {
        for (index, open) in servers.enumerated() where open.section == server.section { return sockets[index].address }
        return nil
    }

    // MARK: The machine

    /// When `tick` matters next.
    var deadline: Instant? {
        guard let start else { return machine.deadline }
        return min(machine.deadline ?? start.lookAt, start.lookAt)
    }

    func tick() {
        tell(.tick)
        guard let start, Engine.now.instant >= start.lookAt else { return }
        look(at: start)
        if self.start === start, start.urge() == .abandon { failed(start, start.spawning.late) }
    }

    /// No process runs, and none will be started.
    var isOver: Bool { machine.state == .closed }

    /// - Parameter limit: when it is killed at the latest; nil: when its own time is over.
    func end(by limit: Instant?) {
        machine.leaveBy = limit
        tell(.end)
    }

    /// 0: none runs.
    var pid: Int32 { start?.spawning.pid ?? machine.pid }

    func tell(_ event: GatewayMachine.Event) {
        if event == .disconnected {
            connection = nil
            takers = []
        }
        var actions: [GatewayMachine.Action] = []
        machine.handle(event, now: Instant(nanoseconds: SystemClock.boottime), into: &actions)
        for action in actions { perform(action) }
    }

    private func perform(_ action: GatewayMachine.Action) {
        switch action {
        case .watch: watch()
        case .unwatch: unwatch()
        case .spawn: spawn()
        case .signal(let pid, let signal): try? SystemProcess.signal(pid, signal.number)
        case .log(let level, let text): output.log.log(level, text)
        }
    }

    private func watch() {
        for socket in sockets {
            do throws(Errno) {
                watches.append(try output.loop.watch(socket.number, for: .read, self))
            } catch {
                return tell(.watchFailed(reason: "a socket can't be watched: \(error.description)"))
            }
        }
    }

    private func unwatch() {
        for watch in watches { output.loop.cancel(watch) }
        watches = []
    }

    /// A client waits.
    func ready(_ readiness: Readiness, on watch: Watch) { tell(.connected) }

    // MARK: The process

    private func spawn() {
        guard let control else { return tell(.spawnFailed(reason: "init is between two configurations")) }
        do throws(GatewayLauncher.LaunchError) {
            let started = try launcher.begin(setup.executable, servers, sockets, as: user, output)
            lines = started.lines
            replaced = []
            takers = []
            remoteEvent = RemoteEventParts()
            connection = control.adopt(started.connection)
            start = GatewayStart(started.spawning, self, loop: output.loop)
        } catch {
            tell(.spawnFailed(reason: error.sentence))
        }
    }

    /// The process has reported, or is dead.
    func look(at start: GatewayStart, isDead: Bool = false) {
        switch start.spawning.look() {
        case .underway where !isDead: return
        case .underway, .executed:
            self.start = nil
            start.end()
            launcher.executed(output.log)
            tell(.spawned(pid: start.spawning.pid))
            if connection == nil { tell(.disconnected) }
        case .failed(let failure):
            failed(start, failure)
        }
    }

    private func failed(_ start: GatewayStart, _ failure: SpawnError) {
        self.start = nil
        start.unwatch()
        // Its death follows, and has no further meaning.
        dying.append(start)
        lines?.finish()
        lines = nil
        if let connection { control?.close(connection) }
        connection = nil
        if launcher.adapts(to: failure) {
            spawn()
        } else {
            tell(.spawnFailed(reason: failure.sentence(for: "gateway")))
        }
    }

    /// nil: it is another owner's child.
    func owner(of pid: Int32) -> ChildOwner? {
        if pid == self.pid { return .gateway }
        return dying.contains { $0.spawning.pid == pid } ? .failedStart : nil
    }

    /// A process whose start failed is dead.
    func buried(_ pid: Int32) {
        if let index = dying.firstIndex(where: { $0.spawning.pid == pid }) { dying.remove(at: index).end() }
    }

    /// The gateway's process is dead.
    func reaped(_ pid: Int32, _ status: ExitStatus) {
        if let start, start.spawning.pid == pid { look(at: start, isDead: true) }
        buried(pid)
        guard pid == machine.pid else { return }
        lines?.finish()
        lines = nil
        tell(.exited(pid: pid, status))
        if let connection { control?.close(connection) }
        connection = nil
        takers = []
    }

    // MARK: Engines come and go

    /// Whether the running process can continue under a new configuration.
    func suits(_ configuration: Configuration) -> Bool {
        guard let other = GatewaySetup(configuration) else { return false }
        return setup.isSame(as: other) && other.isPossible && user == GatewayUser(configuration)
    }

    func attach(_ control: ControlServer) {
        self.control = control
        if let connection { control.adopt(released: connection) }
    }

    func detach() {
        takers = []
        if let connection { control?.release(connection) }
        control = nil
    }

    /// Closes the sockets and removes their names; no process runs any more.
    func close() {
        unwatch()
        for socket in sockets { socket.close() }
        sockets = []
        servers = []
    }

    // MARK: Requests of the gateway

    /// The gateway wants a replacement for one of its sockets; it is answered when there is one.
    func take(_ descriptor: Int, as request: RequestID) {
        let index = descriptor - GatewayLauncher.firstSocket
        guard sockets.indices.contains(index) else {
            control?.reply(request, .fault(.badArguments, ""))
            return
        }
        takers.append((index, request))
        handOver()
    }

    private func handOver() {
        for index in replaced {
            guard let control, let position = takers.firstIndex(where: { $0.index == index }) else { continue }
            // Out of descriptors: keep it for the next request.
            guard let copy = try? File.duplicate(sockets[index].number) else { continue }
            replaced.removeAll { $0 == index }
            var encoder = WireEncoder()
            encoder.bool(true)
            control.reply(
                takers.remove(at: position).request, encoder.bytes, handingOver: Descriptor(owning: copy))
        }
    }

    func answer(_ call: Call) -> RequestAnswer {
        var encoder = WireEncoder()
        if case .servers = call {
            tell(.asked)
            encoder.array(count: sockets.count)
            for index in servers.indices {
                encode(servers[index], descriptor: GatewayLauncher.firstSocket + index, into: &encoder)
            }
        } else {
            encoder.structure(count: 2)
            encoder.key("idle_timeout")
            encoder.int(setup.idleTimeout)
            encoder.key("identifier")
            encoder.string(setup.identifier)
        }
        return .value(encoder.bytes)
    }

    /// The next bytes of an event that a client sends.
    func took(_ bytes: [UInt8], typeLength: Int) -> RequestAnswer {
        guard output.events.wants(.remoteCommunication) else {
            // No listener would get it.
            remoteEvent = RemoteEventParts()
            return .true
        }
        guard remoteEvent.add(bytes) else { return .fault(.failed, "the event is too long") }
        if typeLength >= 0 {
            let payload = remoteEvent.payload(typeLength: typeLength)
            remoteEvent = RemoteEventParts()
            output.events.publish(.remoteCommunication) { payload }
        }
        return .true
    }

    private func encode(_ server: ServerSettings, descriptor: Int, into encoder: inout WireEncoder) {
        encoder.structure(count: 11)
        encoder.key("name")
        encoder.string(server.section)
        encoder.key("kind")
        switch server.address {
        case .inet(let host, let port):
            encoder.string("inet")
            encoder.key("address")
            encoder.string("\(host.isEmpty ? "*" : host):\(port)")
        case .unix(let path, _, _):
            encoder.string("unix")
            encoder.key("address")
            encoder.string(path)
        }
        encoder.key("descriptor")
        encoder.int(descriptor)
        encoder.key("username")
        encoder.string(server.username ?? "")
        encoder.key("password")
        encoder.string(server.password ?? "")
        encoder.key("authenticated")
        encoder.bool(server.isAuthenticated)
        encoder.key("web_get_actions")
        encoder.bool(server.webGetActions)
        encoder.key("health_public")
        encoder.bool(server.healthPublic)
        encoder.key("base_path")
        encoder.string(server.basePath ?? "")
        encoder.key("allowed_hosts")
        encoder.strings(server.allowedHosts)
    }
}
