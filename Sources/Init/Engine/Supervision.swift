import Host
import Kernel
import Supervise

/// Supervises until it is asked to exit. A restart is a new engine with a new configuration in the same process.
enum Supervision {
    /// - Parameters:
    ///   - path: the configuration's file, read again by SIGHUP and `reread`; nil when it was made from commands.
    ///   - signals: blocked since the first moment.
    ///   - options: from the command line; they also override any configuration that is read later.
    ///   - boot: its last steps come when everything is open.
    /// - Returns: the exit code.
    static func run(
        _ configuration: Configuration, path: String?, signals: SignalWatcher, options: SupervisorOptions, boot: Boot
    ) -> Int32 {
        var openLoop: EventLoop?
        defer {
            boot.end()
            openLoop?.flush()
        }
        var configuration = configuration
        do throws(Errno) {
            // PID 1 adopts orphans automatically; any other process only if it asks.
            try? SystemProcess.becomeSubreaper()
            let loop = try EventLoop()
            openLoop = loop
            try signals.start(in: loop)
            let log = SupervisorLog()
            log.level = configuration.supervisord.logLevel
            boot.report(to: log)
            let output = Output(loop: loop, log: log)
            let capabilities = OwnCapabilities()
            var isFirst = true
            var gateway: GatewayHost?
            // The path is relative to the folder in which init was started; init may change to another.
            let file = path.map { ConfigurationLoader.absolute($0, surroundings: SystemSurroundings()) }
            let cgroups = Cgroups(log: log)
            let starts = ProgramStarts(loop: loop)
            let tasks = TaskRunner(loop: loop)
            var parent: Parent?
            while true {
                output.configure(configuration.supervisord)
                let settings = configuration.supervisord
                log.level = settings.logLevel
                if !isFirst {
                    log.open(settings, toStdout: settings.nodaemon && !settings.silent, output: output)
                    boot.report(restart: configuration, to: log)
                }
                for remark in configuration.remarks { log.warn(remark.description) }
                if let text = Missing.isolation(configuration) { log.warn(text) }
                // Before the engine copies the environment for its programs.
                parent = Parent.next(after: parent, isWanted: settings.notifyParent, log)
                let engine = try Engine(
                    loop: loop, output: output, log: log, configuration: configuration,
                    path: path, options: options, cgroups: cgroups, starts: starts, tasks: tasks)
                engine.configurationFile = file
                engine.parent = parent
                do throws(Errno) {
                    try engine.listen()
                } catch {
                    if isFirst {
                        File.print("Error: \(GatewaySetup.occupied)\n", to: 2)
                        return 2
                    }
                    // Programs that ran before a restart come back, even if another process has taken the socket
                    // meanwhile.
                    log.critical("control socket: \(error.description); ctl cannot reach this init")
                }
                // This comes after the control socket, which reveals another init with the same files, whose gateway
                // may be asleep.
                do throws(GatewayHost.ListenError) {
                    gateway = try GatewayHost.prepare(configuration, after: gateway, isFirst: isFirst, output: output)
                    engine.serve(gateway)
                } catch {
                    engine.close()
                    // The log isn't open yet, since it may belong to another init.
                    if isFirst, settings.nodaemon, !settings.silent { log.writeEarly(to: 1) }
                    File.print("Error: \(error.sentence.oneLine)\n", to: 2)
                    return 2
                }
                engine.offerDefaultSocket()
                // Not earlier: if another init runs with this configuration, its logs must stay as they are.
                if isFirst { log.open(settings, toStdout: settings.nodaemon && !settings.silent, output: output) }
                if !settings.nocleanup { output.removeLeftOverLogs() }
                if isFirst { boot.complete(settings, log) } else { boot.renewPidfile(settings, log) }
                capabilities.shed(configuration, log)
                isFirst = false
                cgroups.announce(configuration.groups)
                Heap.serve()
                let ending = engine.run(signals)
                engine.finishTermination()
                engine.close()
                switch ending {
                case .shutdown(let cause):
                    gateway?.close()
                    cgroups.end()
                    if let cause { log.log(cause.level, cause.lastLine) }
                    output.settle(milliseconds: 1000)
                    return cause?.code ?? 0
                case .restart(let next): configuration = next
                }
            }
        } catch {
            File.print("init: cannot start: \(error.description)\n", to: 2)
            return 1
        }
    }
}

extension Engine {
    /// Answers the gateway's requests from now on.
    func serve(_ gateway: GatewayHost?) {
        self.gateway = gateway
        if let control { gateway?.attach(control) }
    }

    /// Opens the control socket. If it can't be created, the programs run all the same, and the gateway is served.
    ///
    /// - Throws: EADDRINUSE if another supervisor answers at the configured place: a second one with the same programs
    ///   would start them all again.
    func listen() throws(Errno) {
        var mode: UInt32 = 0o700
        var owner = Ownership(user: nil, group: nil)
        for settings in configuration.servers {
            if case .unix(_, let serverMode, let serverOwner) = settings.address {
                mode = serverMode
                owner = serverOwner
                break
            }
        }
        let user = owner.user.flatMap { UserIdentity($0)?.uid }
        let group = owner.group?.groupNumber
        let control = ControlServer(
            loop: loop, handler: self, access: ControlAccess(configuration.servers, owner: user))
        self.control = control
        let paths = ControlSocket.paths(of: configuration, user: Int(SystemProcess.uid))
        controlSockets = paths.count == 1 ? paths : []
        var failure: String?
        for path in paths {
            do throws(Errno) {
                try control.listen(at: path, mode: mode, user: user, group: group)
                if paths.count > 1 { controlSockets = [path] }
                return
            } catch {
                if error == .addressInUse, paths.count == 1 { throw error }
                // The first is where it should have been; the others are the fallbacks.
                failure = failure ?? "\(path): \(error.description)"
            }
        }
        if let failure {
            log.critical(
                "control socket \(failure); ctl cannot reach this init "
                    + "(control_socket= in [supervisord] names another place)")
        }
    }

    /// Also listens where `ctl` looks by default, if the configuration names another place and this one is free.
    ///
    /// Only for init's user: the folder of the other place may let in fewer users than its mode does.
    func offerDefaultSocket() {
        guard let control, controlSockets.count == 1 else { return }
        let places = ControlSocket.paths(configured: nil, server: nil, user: Int(SystemProcess.uid))
        guard !places.contains(where: { $0 == controlSockets[0] }) else { return }
        for place in places {
            do throws(Errno) {
                try control.listen(at: place, mode: 0o700, user: nil, group: nil)
                controlSockets.append(place)
                return
            } catch {
                // Another init listens there.
                if error == .addressInUse { return }
            }
        }
    }
}
