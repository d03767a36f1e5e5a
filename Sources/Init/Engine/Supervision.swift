import Host
import Kernel
import Supervise

/// Supervises until somebody ends it; a restart is a new engine with a new configuration in the same process.
enum Supervision {
    /// - Parameters:
    ///   - path: the configuration's file, read again by SIGHUP and `reread`; nil when it was made from commands.
    ///   - signals: blocked since the first moment.
    ///   - options: of the command line; they are stronger than any configuration that is read later, too.
    ///   - boot: its last steps come when everything is open.
    /// - Returns: the exit code.
    static func run(
        _ configuration: Configuration, path: String?, signals: SignalWatcher, options: SupervisorOptions, boot: Boot
    ) -> Int32 {
        defer { boot.end() }
        var configuration = configuration
        do throws(Errno) {
            // Orphans come to PID 1 by themselves; to anybody else only if it asks.
            try? Process.becomeSubreaper()
            let loop = try EventLoop()
            try signals.start(in: loop)
            let log = SupervisorLog()
            log.level = configuration.supervisord.logLevel
            boot.report(to: log)
            let output = Output(loop: loop, log: log)
            var isFirst = true
            while true {
                output.configure(configuration.supervisord)
                let settings = configuration.supervisord
                log.open(settings, toStdout: settings.nodaemon && !settings.silent, output: output)
                if !configuration.supervisord.nocleanup { output.removeLeftOverLogs() }
                let engine = try Engine(
                    loop: loop, output: output, log: log, configuration: configuration,
                    path: path, options: options)
                engine.listen()
                if isFirst { boot.complete(settings, log) }
                isFirst = false
                let ending = engine.run(signals)
                engine.close()
                switch ending {
                case .shutdown:
                    output.settle(milliseconds: 1000)
                    return 0
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
    /// Opens the control socket. Without it the programs run all the same.
    func listen() {
        let path = ControlSocket.path(of: configuration, surroundings: SystemSurroundings())
        var mode: UInt32 = 0o700
        var owner = Ownership(user: nil, group: nil)
        for server in configuration.servers {
            if case .unix(_, let serverMode, let serverOwner) = server.address {
                mode = serverMode
                owner = serverOwner
                break
            }
        }
        let user = owner.user.flatMap { UserIdentity($0)?.uid }
        let group = owner.group.flatMap { number(ofGroup: $0) }
        do throws(Errno) {
            control = try ControlServer(
                at: path, mode: mode, user: user, group: group, loop: loop, handler: self)
        } catch {
            log.critical(
                "control socket \(path): \(error.description); ctl cannot reach this init "
                    + "(control_socket= in [supervisord] names another place)")
        }
    }

    private func number(ofGroup group: Account) -> UInt32? {
        switch group {
        case .name(let name): SystemSurroundings().group(named: name).flatMap { UInt32(exactly: $0) }
        case .id(let id): UInt32(exactly: id)
        }
    }
}
