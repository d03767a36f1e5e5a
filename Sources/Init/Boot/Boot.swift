import Kernel
import Supervise

/// The steps between the command line and the loop: limits, the supervisor's own user, the background, the pidfile.
///
/// - Source: `Supervisor.main` and `run` of supervisord 4.3.0. Here limits are raised before the user changes, not
///   after, which works for every user.
final class Boot {
    /// supervisord's sentence; the exit code is 2.
    struct BootError: Error {
        var sentence: String
    }

    private let options: SupervisorOptions
    private var criticals: [String] = []
    private var warnings: [String] = []
    private var infos: [String] = []
    private var daemon: Daemon?
    private var pidfile: Pidfile?

    init(_ options: SupervisorOptions) {
        self.options = options
    }

    /// Everything that precedes the first descriptor of the loop. In the background it returns in the child only.
    func prepare(_ configuration: Configuration) throws(BootError) {
        warnings += configuration.warnings
        infos += configuration.infos
        let settings = configuration.supervisord
        try raise(ProcessLimit.openFiles, to: settings.minFDs)
        try raise(ProcessLimit.processes, to: settings.minProcs)
        try become(settings.user)
        guard !settings.nodaemon else { return }
        do throws(Errno) {
            daemon = try Daemon.start()
        } catch {
            throw BootError(sentence: "could not daemonize: \(error.description)")
        }
    }

    /// Logs what there is to report, in supervisord's order. Call it before the log is open: it keeps lines until then.
    func report(to log: SupervisorLog) {
        for text in criticals { log.critical(text) }
        for text in warnings { log.warn(text) }
        for text in infos { log.info(text) }
        criticals = []
        warnings = []
        infos = []
    }

    /// A restart in this process: reports about the new configuration.
    func report(restart configuration: Configuration, to log: SupervisorLog) {
        warnings += configuration.warnings
        infos += configuration.infos
        if configuration.supervisord.user == nil { warnOfRoot() }
        report(to: log)
    }

    /// The new configuration may name another pidfile.
    func renewPidfile(_ settings: SupervisorSettings, _ log: SupervisorLog) {
        end()
        writePidfile(settings, log)
    }

    /// Sockets and logs are open: detaches from the terminal and writes the pidfile.
    func complete(_ settings: SupervisorSettings, _ log: SupervisorLog) {
        guard let daemon = daemon.take() else {
            writePidfile(settings, log)
            return
        }
        log.info("daemonizing the supervisord process")
        enter(settings.directory, log)
        SystemProcess.setUmask(settings.umask)
        daemon.detach()
        writePidfile(settings, log)
        // Whoever started it finds these lines when the first process has left.
        log.flush()
        daemon.announce()
    }

    private func writePidfile(_ settings: SupervisorSettings, _ log: SupervisorLog) {
        guard !settings.pidfile.isEmpty else { return }
        do throws(Pidfile.PidfileError) {
            pidfile = try Pidfile(at: settings.pidfile)
            log.info("supervisord started with pid \(SystemProcess.id)")
        } catch {
            log.critical("could not write pidfile \(settings.pidfile): \(error.sentence)")
        }
    }

    /// Removes the pidfile, if it is this process's.
    func end() {
        if let pidfile = pidfile.take() { pidfile.remove() }
    }

    private func enter(_ directory: String?, _ log: SupervisorLog) {
        guard let directory else { return }
        do throws(Errno) {
            try SystemProcess.changeDirectory(to: directory)
            log.info("set current directory: \(directory.pythonQuoted)")
        } catch {
            log.critical("can't chdir into \(directory.pythonQuoted): \(error.description)")
        }
    }

    // MARK: Limits

    /// Raises the soft limit, which a container may not allow: then init continues with the limit it has. Under the
    /// name `supervisord` it exits with an error, as supervisord does.
    private func raise(_ resource: Int32, to minimum: Int) throws(BootError) {
        let wanted = UInt64(clamping: minimum)
        guard let (soft, hard) = try? SystemProcess.limit(resource), soft < wanted else { return }
        do throws(Errno) {
            try SystemProcess.setLimit(resource, soft: wanted, hard: max(hard, wanted))
            infos.append("Increased \(Self.name(resource)) limit to \(minimum)")
        } catch {
            guard options.isSupervisord else {
                warnings.append(
                    "can't raise \(Self.name(resource)) from \(soft) to \(minimum) (\(error.name)): going on with \(soft)"
                )
                return
            }
            throw BootError(sentence: Self.sentence(resource, minimum, max(hard, wanted)))
        }
    }

    private static func name(_ resource: Int32) -> String {
        resource == ProcessLimit.processes ? "RLIMIT_NPROC" : "RLIMIT_NOFILE"
    }

    /// supervisord shows the hard limit that it tried to set.
    private static func sentence(_ resource: Int32, _ minimum: Int, _ hard: UInt64) -> String {
        let isProcesses = resource == ProcessLimit.processes
        let key = isProcesses ? "minprocs" : "minfds"
        let what = isProcesses ? "available processes" : "file descriptors"
        let program = isProcesses ? "program" : "process"
        return "The minimum number of \(what) required to run this \(program) is \(minimum) as per the \"\(key)\" "
            + "command-line argument or config file setting. The current environment will only allow you to open "
            + "\(hard) \(isProcesses ? "processes" : "file descriptors").  Either raise the number of usable "
            + "\(isProcesses ? "processes" : "file descriptors") in your environment (see README.rst) or lower the "
            + "\(key) setting in the config file to allow the \(program) to start."
    }

    // MARK: The supervisor's own user

    private func become(_ user: Account?) throws(BootError) {
        guard let user else {
            warnOfRoot()
            return
        }
        guard let identity = UserIdentity(user) else {
            switch user {
            case .name(let name): throw BootError(sentence: "Can't find username \(name.pythonQuoted)")
            case .id(let id): throw BootError(sentence: "Can't find uid \(id)")
            }
        }
        if identity.uid != SystemProcess.uid {
            // This requires CAP_SETUID, not uid 0. supervisord's sentence for a process without it.
            guard Capabilities.permitted & Capability.setuid.bit != 0 else {
                throw BootError(sentence: "Can't drop privilege as nonroot user")
            }
            try change("Could not set groups of effective user") { () throws(Errno) in
                try SystemProcess.setGroups(identity.groups)
            }
            try change("Could not set group id of effective user") { () throws(Errno) in
                try SystemProcess.setGID(identity.gid)
            }
            try change("Could not set user id of effective user") { () throws(Errno) in
                try SystemProcess.setUID(identity.uid)
                // For root, the kernel drops them. A process that had them without being root must not keep them as
                // another user, either.
                if identity.uid != 0 { try Capabilities.keep(0) }
            }
        }
        infos.append("Set uid to user \(identity.uid) succeeded")
    }

    private func warnOfRoot() {
        guard SystemProcess.uid == 0, !options.isCheck else { return }
        criticals.append(
            "Supervisor is running as root.  Privileges were not dropped because no user is specified in the "
                + "config file.  If you intend to run as root, you can set user=root in the config file to "
                + "avoid this message.")
    }

    private func change(_ sentence: String, _ step: () throws(Errno) -> Void) throws(BootError) {
        do throws(Errno) {
            try step()
        } catch {
            throw BootError(sentence: "\(sentence) (\(error.name))")
        }
    }
}
