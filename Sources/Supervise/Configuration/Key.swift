/// The keys that this configuration knows; raw values are their numbers in a `Document`.
enum Key: Int32, CaseIterable {
    // Everywhere.
    case priority, directory, user, umask, environment, serverurl, username, password
    // [supervisord]
    case minfds, minprocs, logfile, logfileMaxbytes, logfileBackups, loglevel, pidfile, identifier, nodaemon, silent,
        childlogdir, nocleanup, stripANSI, controlSocket, gateway, gatewayIdleTimeout,
        killOrphans
    // [program:x] and what is made of it
    case command, processName, numprocs, numprocsStart, autostart, autorestart, startsecs, startretries, stopsignal,
        stopwaitsecs, stopasgroup, killasgroup, exitcodes, redirectStderr
    case stdoutLogfile, stdoutLogfileMaxbytes, stdoutLogfileBackups, stdoutCaptureMaxbytes, stdoutEventsEnabled,
        stdoutSyslog
    case memoryMax, memoryHigh, cpuMax, pidsMax, cgroupRequired
    case stderrLogfile, stderrLogfileMaxbytes, stderrLogfileBackups, stderrCaptureMaxbytes, stderrEventsEnabled,
        stderrSyslog
    // [group:x], [eventlistener:x], [fcgi-program:x]
    case programs, bufferSize, events, resultHandler, socket, socketBacklog, socketOwner, socketMode
    // [inet_http_server], [unix_http_server], [include], [supervisorctl], [rpcinterface:x], [ctlplugin:x]
    case port, file, chown, chmod, allowUnauthenticated, webGetActions, healthPublic, files, prompt, historyFile,
        rpcFactory, ctlFactory

    var text: Text {
        switch self {
        case .priority: "priority"
        case .directory: "directory"
        case .user: "user"
        case .umask: "umask"
        case .environment: "environment"
        case .serverurl: "serverurl"
        case .username: "username"
        case .password: "password"
        case .minfds: "minfds"
        case .minprocs: "minprocs"
        case .logfile: "logfile"
        case .logfileMaxbytes: "logfile_maxbytes"
        case .logfileBackups: "logfile_backups"
        case .loglevel: "loglevel"
        case .pidfile: "pidfile"
        case .identifier: "identifier"
        case .nodaemon: "nodaemon"
        case .silent: "silent"
        case .childlogdir: "childlogdir"
        case .nocleanup: "nocleanup"
        case .stripANSI: "strip_ansi"
        case .controlSocket: "control_socket"
        case .gateway: "gateway"
        case .gatewayIdleTimeout: "gateway_idle_timeout"
        case .killOrphans: "kill_orphans"
        case .command: "command"
        case .processName: "process_name"
        case .numprocs: "numprocs"
        case .numprocsStart: "numprocs_start"
        case .autostart: "autostart"
        case .autorestart: "autorestart"
        case .startsecs: "startsecs"
        case .startretries: "startretries"
        case .stopsignal: "stopsignal"
        case .stopwaitsecs: "stopwaitsecs"
        case .stopasgroup: "stopasgroup"
        case .killasgroup: "killasgroup"
        case .exitcodes: "exitcodes"
        case .redirectStderr: "redirect_stderr"
        case .stdoutLogfile: "stdout_logfile"
        case .stdoutLogfileMaxbytes: "stdout_logfile_maxbytes"
        case .stdoutLogfileBackups: "stdout_logfile_backups"
        case .stdoutCaptureMaxbytes: "stdout_capture_maxbytes"
        case .stdoutEventsEnabled: "stdout_events_enabled"
        case .stdoutSyslog: "stdout_syslog"
        case .stderrLogfile: "stderr_logfile"
        case .stderrLogfileMaxbytes: "stderr_logfile_maxbytes"
        case .stderrLogfileBackups: "stderr_logfile_backups"
        case .stderrCaptureMaxbytes: "stderr_capture_maxbytes"
        case .stderrEventsEnabled: "stderr_events_enabled"
        case .stderrSyslog: "stderr_syslog"
        case .memoryMax: "memory_max"
        case .memoryHigh: "memory_high"
        case .cpuMax: "cpu_max"
        case .pidsMax: "pids_max"
        case .cgroupRequired: "cgroup_required"
        case .programs: "programs"
        case .bufferSize: "buffer_size"
        case .events: "events"
        case .resultHandler: "result_handler"
        case .socket: "socket"
        case .socketBacklog: "socket_backlog"
        case .socketOwner: "socket_owner"
        case .socketMode: "socket_mode"
        case .port: "port"
        case .file: "file"
        case .chown: "chown"
        case .chmod: "chmod"
        case .allowUnauthenticated: "allow_unauthenticated"
        case .webGetActions: "web_get_actions"
        case .healthPublic: "health_public"
        case .files: "files"
        case .prompt: "prompt"
        case .historyFile: "history_file"
        case .rpcFactory: "supervisor.rpcinterface_factory"
        case .ctlFactory: "supervisor.ctl_factory"
        }
    }
}

/// What a section is for, told by its name.
enum SectionKind: CaseIterable {
    case supervisord, supervisorctl, include, inetServer, unixServer
    case program, group, eventListener, fcgiProgram, rpcInterface, ctlPlugin

    /// The section's name, or what it begins with.
    var prefix: StaticString {
        switch self {
        case .supervisord: "supervisord"
        case .supervisorctl: "supervisorctl"
        case .include: "include"
        case .inetServer: "inet_http_server"
        case .unixServer: "unix_http_server"
        case .program: "program:"
        case .group: "group:"
        case .eventListener: "eventlistener:"
        case .fcgiProgram: "fcgi-program:"
        case .rpcInterface: "rpcinterface:"
        case .ctlPlugin: "ctlplugin:"
        }
    }

    /// nil for a name that supervisord ignores.
    init?(name: Text) {
        for kind in SectionKind.allCases {
            switch kind {
            case .supervisord, .supervisorctl, .include:
                guard name.is(kind.prefix) else { continue }
            case .inetServer, .unixServer, .program, .group, .eventListener, .fcgiProgram, .rpcInterface, .ctlPlugin:
                guard name.hasPrefix(kind.prefix) else { continue }
            }
            self = kind
            return
        }
        return nil
    }

    /// The keys of such a section; nil where any key has a meaning.
    var keys: [Key]? {
        let process: [Key] = [
            .command, .processName, .numprocs, .numprocsStart, .priority, .autostart, .autorestart, .startsecs,
            .startretries, .exitcodes, .stopsignal, .stopwaitsecs, .stopasgroup, .killasgroup, .user, .redirectStderr,
            .stdoutLogfile, .stdoutLogfileMaxbytes, .stdoutLogfileBackups, .stdoutCaptureMaxbytes,
            .stdoutEventsEnabled, .stdoutSyslog, .stderrLogfile, .stderrLogfileMaxbytes, .stderrLogfileBackups,
            .stderrCaptureMaxbytes, .stderrEventsEnabled, .stderrSyslog, .environment, .directory, .umask, .serverurl,
            .memoryMax, .memoryHigh, .cpuMax, .pidsMax, .cgroupRequired,
        ]
        switch self {
        case .supervisord:
            return [
                .logfile, .logfileMaxbytes, .logfileBackups, .loglevel, .pidfile, .umask, .nodaemon, .silent, .minfds,
                .minprocs, .nocleanup, .childlogdir, .user, .directory, .stripANSI, .environment, .identifier,
                .controlSocket, .gateway, .gatewayIdleTimeout, .killOrphans,
            ]
        case .supervisorctl: return [.serverurl, .username, .password, .prompt, .historyFile]
        case .include: return [.files]
        case .inetServer: return [.port, .username, .password, .allowUnauthenticated, .webGetActions, .healthPublic]
        case .unixServer: return [.file, .chmod, .chown, .username, .password, .webGetActions, .healthPublic]
        case .program: return process
        case .group: return [.programs, .priority]
        case .eventListener: return process + [.bufferSize, .events, .resultHandler]
        case .fcgiProgram: return process + [.socket, .socketBacklog, .socketOwner, .socketMode]
        case .rpcInterface, .ctlPlugin: return nil
        }
    }
}
