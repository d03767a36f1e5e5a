extension KeyTable {
    /// `[supervisord]`, in the order in which supervisord reads it.
    static let supervisord: InlineArray<_, KeyRow> = [
        KeyRow(
            .minfds, "minfds", in: .supervisord, .integer(.count), default: .value("1024"),
            "open files it asks the kernel for"),
        KeyRow(
            .minprocs, "minprocs", in: .supervisord, .integer(.count), default: .value("200"),
            "processes it asks the kernel for"),
        KeyRow(
            .directory, "directory", in: .supervisord, .folder,
            "goes there when it goes to the background"),
        KeyRow(
            .user, "user", in: .supervisord, .supervisorUser,
            "becomes this user at the start"),
        KeyRow(
            .umask, "umask", in: .supervisord, .octal, default: .value("022"),
            "of the supervisor, when it goes to the background"),
        KeyRow(
            .logfile, "logfile", in: .supervisord, .ownLog, default: .value("supervisord.log"),
            "the supervisor's own log; `syslog` sends it to `/dev/log`"),
        KeyRow(
            .logfileMaxbytes, "logfile_maxbytes", in: .supervisord, .size, default: .value("50MB"),
            "rotates that log at this size; `0` never"),
        KeyRow(
            .logfileBackups, "logfile_backups", in: .supervisord, .integer(.count), default: .value("10"),
            "how many rotated ones are kept"),
        KeyRow(
            .loglevel, "loglevel", in: .supervisord, .logLevel, default: .value("info"),
            "`critical`, `error`, `warn`, `info`, `debug`, `trace` or `blather`"),
        KeyRow(
            .pidfile, "pidfile", in: .supervisord, .pidfile, default: .value("supervisord.pid"),
            "holds the process number while it runs"),
        KeyRow(
            .identifier, "identifier", in: .supervisord, .text, default: .value("supervisor"),
            "the supervisor's name, in RPC and in names of automatic logs"),
        KeyRow(
            .nodaemon, "nodaemon", in: .supervisord, .boolean, default: .value("false"),
            "stays in the foreground; `init` always does"),
        KeyRow(
            .silent, "silent", in: .supervisord, .boolean, default: .value("false"),
            "no copy of its log on stdout in the foreground"),
        KeyRow(
            .childlogdir, "childlogdir", in: .supervisord, .folder, default: .prose("the temporary folder"),
            "where automatic logs are; where it does not exist the last output is kept in memory"),
        KeyRow(
            .nocleanup, "nocleanup", in: .supervisord, .boolean, default: .value("false"),
            "keeps automatic logs of an earlier run"),
        KeyRow(
            .stripANSI, "strip_ansi", in: .supervisord, .boolean, default: .value("false"),
            "removes terminal escapes from the logs of programs"),
        KeyRow(
            .environment, "environment", in: .supervisord, .supervisorVariables, default: .value(""),
            "added to every program's environment"),
        KeyRow(
            .controlSocket, "control_socket", in: .supervisord, .path, since: .v010,
            """
            where `ctl` reaches it; by default `file` of `[unix_http_server]` with `.ctl` appended, else \
            `/run/init.ctl`, `/tmp/init-UID.ctl` or `/dev/shm/init-UID.ctl`, where it listens as well, for its own \
            user, if nobody else does. Users other than root and the socket's owner need the password of a server \
            section, if one has any
            """),
        KeyRow(
            .gateway, "gateway", in: .supervisord, .path, default: .prose("`gateway` beside `init`'s executable"),
            since: .v010,
            "the executable that serves HTTP; the first connection starts it"),
        KeyRow(
            .gatewayIdleTimeout, "gateway_idle_timeout", in: .supervisord, .bounded(1, .max, .seconds),
            default: .value("60"), since: .v010,
            "it leaves after this time without a connection; at least 1"),
        KeyRow(
            .gatewayUser, "gateway_user", in: .supervisord, .unprivilegedUser,
            default: .prose("a uid that nobody has"), since: .v010,
            """
            who the gateway runs as where `init` is root, never root itself. Without it that is uid 65529, which no \
            distribution gives away (the next lower one where an account or a program's `user=` has it), with a \
            group of the same number. Where the container's user namespace has no such uid it is `nobody`, which the \
            log says
            """),
        KeyRow(
            .initCapabilities, "init_capabilities", in: .supervisord, .initCapabilities, default: .value("all"),
            since: .v010,
            """
            what `init` keeps of its own capabilities once everything is open: `all`, `needed`, or names \
            (`cap_sys_ptrace,cap_syslog`) of what it keeps beside the needed ones; `init --check` shows these
            """),
        KeyRow(
            .capabilities, "capabilities", in: .supervisord, .capabilities, since: .v010,
            "for programs that say nothing else"),
        KeyRow(
            .noNewPrivs, "no_new_privs", in: .supervisord, .boolean, default: .value("false"), since: .v010,
            "for programs that say nothing else"),
        KeyRow(
            .securebits, "securebits", in: .supervisord, .secureBits, since: .v010,
            "for programs that say nothing else"),
        KeyRow(
            .killOrphans, "kill_orphans", in: .supervisord, .boolean,
            default: .prose("`true` as PID 1, else `false`"), since: .v010,
            """
            at a shutdown (not at a restart), processes that programs have left behind get SIGTERM, SIGKILL 8 \
            seconds after the shutdown began (but no earlier than 1 second after SIGTERM; with `shutdown_timeout`, \
            within that), and `init` leaves when they are gone
            """),
        KeyRow(
            .shutdownMode, "shutdown_mode", in: .supervisord, .oneOf(.shutdownMode),
            default: .prose("`dependencies` with any `depends_on`, else `compat`"), since: .v010,
            """
            in which order a shutdown stops programs: `compat` by priority, `parallel` all at once, `dependencies` \
            dependents first; see below
            """),
        KeyRow(
            .shutdownTimeout, "shutdown_timeout", in: .supervisord,
            .bounded(Int32(ShutdownRules.leastTimeout), 86_400, .seconds), since: .v010,
            "a shutdown takes no longer than this: programs get less time than `stopwaitsecs` where needed; see below"),
        KeyRow(
            .shutdownDelay, "shutdown_delay", in: .supervisord, .bounded(0, 86_400, .seconds), default: .value("0"),
            since: .v010,
            """
            how long programs still run after the request to shut down, while readiness probes already fail; a second \
            request ends it
            """),
        KeyRow(
            .updateMode, "update_mode", in: .supervisord, .oneOf(.updateMode), default: .value("program"),
            since: .v010,
            """
            what `ctl update` stops of a changed group: `program` what has to be, `group` all of it, as supervisord does
            """),
        KeyRow(
            .onSuccess, "on_success", in: .supervisord, .endPolicy, default: .value("restart"), since: .v010,
            "for programs that say nothing else"),
        KeyRow(
            .onFailure, "on_failure", in: .supervisord, .endPolicy, default: .value("restart"), since: .v010,
            "for programs that say nothing else"),
        KeyRow(
            .onFatal, "on_fatal", in: .supervisord, .endPolicy, default: .value("restart"), since: .v010,
            "for programs that say nothing else"),
        KeyRow(
            .exitWhenDone, "exit_when_done", in: .supervisord, .boolean, default: .value("false"), since: .v010,
            "leaves when no program runs or will run again; event listeners don't count"),
        KeyRow(
            .successExitCodes, "success_exit_codes", in: .supervisord, .exitCodes, since: .v010,
            "where a program's end gives `init` one of these exit codes, it exits with 0 instead"),
        KeyRow(
            .terminationLog, "termination_log", in: .supervisord, .optionalPath, since: .v010,
            """
            when a program's end makes `init` exit with another code than 0, the reason and the program's last \
            output go to this file, at most 4 KB: `/dev/termination-log` in Kubernetes
            """),
        KeyRow(
            .notifyParent, "notify_parent", in: .supervisord, .boolean, default: .value("false"), since: .v010,
            """
            tells the process that has started `init` when all programs are ready: sd_notify(3) at the socket in \
            `NOTIFY_SOCKET`, a variable that programs don't inherit then; see the guide to readiness
            """),
    ]
}
