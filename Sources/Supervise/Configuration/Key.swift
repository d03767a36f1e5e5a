/// The keys that this configuration knows; raw values are their numbers in a `Document`.
enum Key: Int32, CaseIterable {
    // Everywhere.
    case priority, directory, user, umask, environment, serverurl, username, password
    // [supervisord]
    case minfds, minprocs, logfile, logfileMaxbytes, logfileBackups, loglevel, pidfile, identifier, nodaemon, silent,
        childlogdir, nocleanup, stripANSI, controlSocket, gateway, gatewayIdleTimeout, gatewayUser,
        initCapabilities, killOrphans
    // [program:x] and what is made of it
    case command, processName, numprocs, numprocsStart, autostart, autorestart, startsecs, startretries, stopsignal,
        stopwaitsecs, stopasgroup, killasgroup, exitcodes, redirectStderr, envFile, environmentFromFiles
    case stdoutLogfile, stdoutLogfileMaxbytes, stdoutLogfileBackups, stdoutCaptureMaxbytes, stdoutEventsEnabled,
        stdoutSyslog
    case memoryMax, memoryHigh, cpuMax, pidsMax, cgroupRequired
    case stderrLogfile, stderrLogfileMaxbytes, stderrLogfileBackups, stderrCaptureMaxbytes, stderrEventsEnabled,
        stderrSyslog
    // [program:x], how it is executed; the limits in the order of the kernel's numbers
    case group, supplementaryGroups, userEnv, capabilities, noNewPrivs, securebits, nice, ionice, oomScoreAdj,
        cpuAffinity, landlockRO, landlockRW, landlockRequired
    case rlimitCPU, rlimitFSize, rlimitData, rlimitStack, rlimitCore, rlimitRSS, rlimitNProc, rlimitNoFile,
        rlimitMemlock, rlimitAS, rlimitLocks, rlimitSigPending, rlimitMsgQueue, rlimitNice, rlimitRTPrio, rlimitRTTime
    // [group:x], [eventlistener:x], [fcgi-program:x]
    case programs, bufferSize, events, resultHandler, socket, socketBacklog, socketOwner, socketMode
    // [inet_http_server], [unix_http_server], [include], [supervisorctl], [rpcinterface:x], [ctlplugin:x]
    case port, file, chown, chmod, allowUnauthenticated, allowedHosts, webGetActions, healthPublic, files, prompt,
        historyFile, rpcFactory, ctlFactory, passwordFile

    /// The kernel's resource limits; the position is the resource's number.
    static let limits: [Key] = [
        .rlimitCPU, .rlimitFSize, .rlimitData, .rlimitStack, .rlimitCore, .rlimitRSS, .rlimitNProc, .rlimitNoFile,
        .rlimitMemlock, .rlimitAS, .rlimitLocks, .rlimitSigPending, .rlimitMsgQueue, .rlimitNice, .rlimitRTPrio,
        .rlimitRTTime,
    ]

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
        case .gatewayUser: "gateway_user"
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
        case .envFile: "env_file"
        case .environmentFromFiles: "environment_from_files"
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
        case .initCapabilities: "init_capabilities"
        case .group: "group"
        case .supplementaryGroups: "supplementary_groups"
        case .userEnv: "user_env"
        case .capabilities: "capabilities"
        case .noNewPrivs: "no_new_privs"
        case .securebits: "securebits"
        case .nice: "nice"
        case .ionice: "ionice"
        case .oomScoreAdj: "oom_score_adj"
        case .cpuAffinity: "cpu_affinity"
        case .landlockRO: "landlock_ro"
        case .landlockRW: "landlock_rw"
        case .landlockRequired: "landlock_required"
        case .rlimitCPU: "rlimit_cpu"
        case .rlimitFSize: "rlimit_fsize"
        case .rlimitData: "rlimit_data"
        case .rlimitStack: "rlimit_stack"
        case .rlimitCore: "rlimit_core"
        case .rlimitRSS: "rlimit_rss"
        case .rlimitNProc: "rlimit_nproc"
        case .rlimitNoFile: "rlimit_nofile"
        case .rlimitMemlock: "rlimit_memlock"
        case .rlimitAS: "rlimit_as"
        case .rlimitLocks: "rlimit_locks"
        case .rlimitSigPending: "rlimit_sigpending"
        case .rlimitMsgQueue: "rlimit_msgqueue"
        case .rlimitNice: "rlimit_nice"
        case .rlimitRTPrio: "rlimit_rtprio"
        case .rlimitRTTime: "rlimit_rttime"
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
        case .allowedHosts: "allowed_hosts"
        case .webGetActions: "web_get_actions"
        case .healthPublic: "health_public"
        case .files: "files"
        case .prompt: "prompt"
        case .historyFile: "history_file"
        case .rpcFactory: "supervisor.rpcinterface_factory"
        case .ctlFactory: "supervisor.ctl_factory"
        case .passwordFile: "password_file"
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

    /// How a program is executed, beyond what supervisord knows.
    static let execution: [Key] =
        [
            .group, .supplementaryGroups, .userEnv, .capabilities, .noNewPrivs, .securebits, .nice, .ionice,
            .oomScoreAdj, .cpuAffinity, .landlockRO, .landlockRW, .landlockRequired,
        ] + Key.limits

    /// The keys of such a section; nil where any key has a meaning.
    var keys: [Key]? {
        let process: [Key] =
            [
                .command, .processName, .numprocs, .numprocsStart, .priority, .autostart, .autorestart, .startsecs,
                .startretries, .exitcodes, .stopsignal, .stopwaitsecs, .stopasgroup, .killasgroup, .user,
                .redirectStderr,
                .stdoutLogfile, .stdoutLogfileMaxbytes, .stdoutLogfileBackups, .stdoutCaptureMaxbytes,
                .stdoutEventsEnabled, .stdoutSyslog, .stderrLogfile, .stderrLogfileMaxbytes, .stderrLogfileBackups,
                .stderrCaptureMaxbytes, .stderrEventsEnabled, .stderrSyslog, .environment, .directory, .umask,
                .serverurl, .envFile, .environmentFromFiles, .memoryMax, .memoryHigh, .cpuMax, .pidsMax,
                .cgroupRequired,
            ] + Self.execution
        switch self {
        case .supervisord:
            return [
                .logfile, .logfileMaxbytes, .logfileBackups, .loglevel, .pidfile, .umask, .nodaemon, .silent, .minfds,
                .minprocs, .nocleanup, .childlogdir, .user, .directory, .stripANSI, .environment, .identifier,
                .controlSocket, .gateway, .gatewayIdleTimeout, .gatewayUser, .initCapabilities, .capabilities,
                .noNewPrivs, .securebits, .killOrphans,
            ]
        case .supervisorctl: return [.serverurl, .username, .password, .passwordFile, .prompt, .historyFile]
        case .include: return [.files]
        case .inetServer:
            return [
                .port, .username, .password, .passwordFile, .allowUnauthenticated, .allowedHosts, .webGetActions,
                .healthPublic,
            ]
        case .unixServer:
            return [.file, .chmod, .chown, .username, .password, .passwordFile, .webGetActions, .healthPublic]
        case .program: return process
        case .group: return [.programs, .priority]
        case .eventListener: return process + [.bufferSize, .events, .resultHandler]
        case .fcgiProgram: return process + [.socket, .socketBacklog, .socketOwner, .socketMode]
        case .rpcInterface, .ctlPlugin: return nil
        }
    }
}
