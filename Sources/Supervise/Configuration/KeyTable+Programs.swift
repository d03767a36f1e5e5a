extension KeyTable {
    /// The life of a program, in the order in which supervisord reads it.
    static let life: InlineArray<_, KeyRow> = [
        KeyRow(
            .command, "command", in: .programs, .command, default: .required, read: .byHand,
            "program and arguments, with a shell's quotes but without a shell"),
        KeyRow(
            .processName, "process_name", in: .programs, .nameFormat, default: .value("%(program_name)s"),
            read: .byHand, of: .nothing,
            "a process's name; with several, it needs `%(process_num)`"),
        KeyRow(
            .priority, "priority", in: .programs, .integer(.none), default: .value("999"),
            isInPlace: true, "low ones start first and stop last"),
        KeyRow(
            .autostart, "autostart", in: .programs, .boolean, default: .value("true"),
            isInPlace: true, "starts with the supervisor"),
        KeyRow(
            .dependsOn, "depends_on", in: .programs, .dependencies, read: .byHand, since: .v010,
            isInPlace: true,
            """
            whom it waits for before it starts: `NAME[:CONDITION][:optional][:restart]`; see the guide to dependencies
            """),
        KeyRow(
            .type, "type", in: .program, .programType, default: .value("service"), since: .v010,
            "`oneshot`: a job that has succeeded when it exits with one of its `exitcodes`; any other exit is a failed start"
        ),
        KeyRow(
            .enabled, "enabled", in: .programs, .boolean, default: .value("true"), since: .v010,
            isInPlace: true, "`false`: DISABLED; it starts only if somebody asks for it by name"),
        KeyRow(
            .profiles, "profiles", in: .programs, .profiles, since: .v010,
            isInPlace: true, "it is disabled unless one of these is in `INIT_PROFILES`, in the environment of `init`"),
        KeyRow(
            .autorestart, "autorestart", in: .programs, .autoRestart, default: .value("unexpected"),
            isInPlace: true, "`true` always, `false` never, `unexpected` after exit codes that are not in `exitcodes`"),
        KeyRow(
            .startsecs, "startsecs", in: .programs, .integer(.seconds), default: .value("1"),
            isInPlace: true, "how long it has to stay up to count as started"),
        KeyRow(
            .startretries, "startretries", in: .programs, .integer(.count), default: .value("3"),
            isInPlace: true,
            "further attempts before FATAL, each a second later than the one before; `-1`: it never becomes FATAL"),
        KeyRow(
            .fatalRetrySecs, "fatal_retry_secs", in: .programs, .bounded(0, 86_400, .seconds), default: .value("0"),
            since: .v010, isInPlace: true, "starts it again this long after it became FATAL; `0`: only on request"),
        KeyRow(
            .backoffDelay, "backoff_delay", in: .programs, .decimal(1, 86_400_000, .seconds),
            default: .prose("`1` if another `backoff_` key is there"), since: .v010,
            isInPlace: true, "pause before the first restart in a row, after failed starts and after exits; see below"),
        KeyRow(
            .backoffFactor, "backoff_factor", in: .programs, .decimal(1000, 100_000, .none), default: .prose("`2`"),
            since: .v010, isInPlace: true, "makes each pause longer than the one before"),
        KeyRow(
            .backoffLimit, "backoff_limit", in: .programs, .decimal(1, 86_400_000, .seconds), default: .prose("`30`"),
            since: .v010, isInPlace: true,
            "the longest pause; after it has stayed up for this long, pauses start over"),
        KeyRow(
            .backoffJitter, "backoff_jitter", in: .programs, .decimal(0, 1000, .none), default: .prose("`0.1`"),
            since: .v010, isInPlace: true, "makes each pause longer by a random share, up to this one"),
        KeyRow(
            .noRestartExitcodes, "no_restart_exitcodes", in: .programs, .exitCodes, default: .value(""),
            since: .v010, isInPlace: true, "after these codes it isn't started again: EXITED, or FATAL at a start"),
        KeyRow(
            .onSuccess, "on_success", in: .programs, .endPolicy, default: .value("restart"), since: .v010,
            isInPlace: true, "what follows when it exits from RUNNING by itself with one of its `exitcodes`; see below"),
        KeyRow(
            .onFailure, "on_failure", in: .programs, .endPolicy, default: .value("restart"), since: .v010,
            isInPlace: true, "what follows when it exits from RUNNING by itself in any other way; see below"),
        KeyRow(
            .onFatal, "on_fatal", in: .programs, .endPolicy, default: .value("restart"), since: .v010,
            isInPlace: true, "what follows when it becomes FATAL for good; see below"),
        KeyRow(
            .stopsignal, "stopsignal", in: .programs, .signals, default: .value("TERM"),
            isInPlace: true,
            """
            `TERM`, `HUP`, `INT`, `QUIT`, `KILL`, `USR1` or `USR2`; or several, as in `TERM INT QUIT`: each is sent \
            `stopwaitsecs` after the one before
            """),
        KeyRow(
            .stopCommand, "stop_command", in: .programs, .hook, read: .perProcess, since: .v010,
            isInPlace: true,
            """
            runs instead of the first signal; signals follow if it fails, or if the program hasn't ended within \
            `stopwaitsecs`. See the guide to stopping
            """),
        KeyRow(
            .stopwaitsecs, "stopwaitsecs", in: .programs, .integer(.seconds), default: .value("10"),
            isInPlace: true, "after the last stop signal, SIGKILL follows in this time, again and again"),
        KeyRow(
            .stopasgroup, "stopasgroup", in: .programs, .boolean, default: .value("false"),
            isInPlace: true, "the stop signal goes to the process group; implies `killasgroup`"),
        KeyRow(
            .killasgroup, "killasgroup", in: .programs, .boolean, default: .value("false"),
            isInPlace: true, "SIGKILL goes to the process group"),
        KeyRow(
            .exitcodes, "exitcodes", in: .programs, .exitCodes, default: .value("0"),
            isInPlace: true, "codes that are expected"),
        KeyRow(
            .startCondition, "start_condition", in: .programs, .hook, read: .perProcess, since: .v010,
            isInPlace: true,
            "a command that decides before each start: exit code 0 starts it, 1 to 254 skip it, and anything else is a failed start"
        ),
        KeyRow(
            .startConditionTimeout, "start_condition_timeout", in: .programs, .bounded(1, 86_400, .seconds),
            default: .value("30"), since: .v010, isInPlace: true, "after this it is ended, and the start has failed"),
        KeyRow(
            .preStartHook, "pre_start_hook", in: .programs, .hook, read: .perProcess, since: .v010,
            isInPlace: true, "runs before each start; if it fails, the start has failed. See the guide to hooks"),
        KeyRow(
            .preStartHookTimeout, "pre_start_hook_timeout", in: .programs, .bounded(1, 86_400, .seconds),
            default: .value("30"), since: .v010, isInPlace: true, "after this it is ended, and has failed"),
        KeyRow(
            .postStartHook, "post_start_hook", in: .programs, .hook, read: .perProcess, since: .v010,
            isInPlace: true, "runs each time that the program has become RUNNING"),
        KeyRow(
            .postStartHookTimeout, "post_start_hook_timeout", in: .programs, .bounded(1, 86_400, .seconds),
            default: .value("30"), since: .v010, isInPlace: true, "after this it is ended, and has failed"),
        KeyRow(
            .preStopHook, "pre_stop_hook", in: .programs, .hook, read: .perProcess, since: .v010,
            isInPlace: true, "runs when it is to stop; the stop signal follows"),
        KeyRow(
            .preStopHookTimeout, "pre_stop_hook_timeout", in: .programs, .bounded(1, 86_400, .seconds),
            default: .value("30"), since: .v010, isInPlace: true, "after this it is ended, and has failed"),
        KeyRow(
            .postStopHook, "post_stop_hook", in: .programs, .hook, read: .perProcess, since: .v010,
            isInPlace: true, "runs after each end of the program, failed starts included, before it may start again"),
        KeyRow(
            .postStopHookTimeout, "post_stop_hook_timeout", in: .programs, .bounded(1, 86_400, .seconds),
            default: .value("30"), since: .v010, isInPlace: true, "after this it is ended, and has failed"),
        KeyRow(
            .reloadsignal, "reloadsignal", in: .programs, .signal, since: .v010, isInPlace: true,
            "makes it read its configuration again: what `ctl reload-program` sends it. See the guide to changes"),
        KeyRow(
            .reloadCommand, "reload_command", in: .programs, .hook, read: .perProcess, since: .v010,
            isInPlace: true, "runs instead of a `reloadsignal`"),
        KeyRow(
            .reloadCommandTimeout, "reload_command_timeout", in: .programs, .bounded(1, 86_400, .seconds),
            default: .value("30"), since: .v010, isInPlace: true, "after this it is ended, and has failed"),
        KeyRow(
            .watch, "watch", in: .programs, .places, read: .perProcess, since: .v010, isInPlace: true,
            """
            files and folders: when one has changed, `watch_action` follows; `-` before a path: it may be missing. \
            See the guide to changes
            """),
        KeyRow(
            .watchAction, "watch_action", in: .programs, .oneOf(.watchAction),
            default: .prose("`reload` if it can, else `restart`"), since: .v010, isInPlace: true,
            "`reload`: by `reloadsignal` or `reload_command`; `restart`: it is stopped and started"),
        KeyRow(
            .watchDebounce, "watch_debounce", in: .programs, .decimal(0, 3_600_000, .seconds),
            default: .prose("`300ms`"), since: .v010, isInPlace: true,
            "how long nothing more must have changed; changes that never end are waited for ten times as long"),
        KeyRow(
            .redirectStderr, "redirect_stderr", in: .programs, .boolean, default: .value("false"),
            "stderr goes where stdout goes"),
        KeyRow(
            .numprocs, "numprocs", in: .programs, .processCount, default: .value("1"), of: .nothing,
            "how many processes; `auto`: as many as `%(cpu_count)d`"),
        KeyRow(
            .numprocsStart, "numprocs_start", in: .programs, .integer(.count), default: .value("0"), of: .nothing,
            "the first one's `process_num`"),
    ]
}

extension KeyTable {
    /// What a program finds.
    static let environment: InlineArray<_, KeyRow> = [
        KeyRow(
            .environment, "environment", in: .programs, .variables, default: .value(""), read: .byHand,
            "added to the environment; its `PATH` finds the command"),
        KeyRow(
            .envFile, "env_file", in: .programs, .places, read: .perProcess, since: .v010,
            """
            variables from files, below `environment` and above `[supervisord]`'s; `-` before a path: the file may \
            be missing. See below
            """),
        KeyRow(
            .environmentFromFiles, "environment_from_files", in: .programs, .placesByName, read: .perProcess,
            since: .v010,
            """
            each variable is what the file holds, without the newlines at its end; above `environment`; `-` before a \
            path: the file may be missing. See below
            """),
        KeyRow(
            .directory, "directory", in: .programs, .plainPath, read: .perProcess,
            "goes there first"),
    ]
}

extension KeyTable {
    /// What it runs as. supervisord reads these behind the keys of its output.
    static let identity: InlineArray<_, KeyRow> = [
        KeyRow(
            .serverurl, "serverurl", in: .programs, .serverURL, default: .value("AUTO"),
            "what SUPERVISOR_SERVER_URL says"),
        KeyRow(
            .user, "user", in: .programs, .user,
            "runs as this user, with its groups"),
        KeyRow(
            .umask, "umask", in: .programs, .octal,
            "of the process"),
    ]
}
