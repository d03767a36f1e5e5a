/// An action of `ctl`.
///
/// The table of actions is data: the dispatcher, the help, and everything else that describes the command line use it.
struct CtlAction: Sendable {
    /// What its arguments name, for completion.
    enum Subject: Sendable {
        case nothing
        case programs
        case groups
    }

    typealias UsageText = (form: StaticString, text: StaticString)

    let name: StaticString
    let subject: Subject
    /// The ways to write it, and what each does.
    let usages: [UsageText]
    /// True when the shell ends after it.
    let ends: Bool
    /// True for what supervisorctl doesn't have: unknown under that name, and listed separately.
    let isOwn: Bool
    let run: @Sendable (Session, [[UInt8]]) throws(CtlError) -> Void

    init(
        _ name: StaticString, on subject: Subject = .nothing, ends: Bool = false, own isOwn: Bool = false,
        usages: [UsageText],
        run: @escaping @Sendable (Session, [[UInt8]]) throws(CtlError) -> Void
    ) {
        self.name = name
        self.usages = usages
        self.subject = subject
        self.ends = ends
        self.isOwn = isOwn
        self.run = run
    }

    static func named(_ name: [UInt8]) -> CtlAction? {
        for action in all where name.equals(action.name) { return action }
        return nil
    }

    /// Every action, by name.
    static let all: [CtlAction] = [
        CtlAction(
            "add", on: .groups,
            usages: [("add GROUP...", "activate programs or groups of the configuration that was read last")],
            run: add),
        CtlAction(
            "avail",
            usages: [("avail", "list the configured programs, and whether they are in use")],
            run: avail),
        CtlAction(
            "clear", on: .programs,
            usages: [
                ("clear NAME...", "clear the log files of these programs"),
                ("clear all", "clear the log files of all programs"),
            ],
            run: clear),
        CtlAction(
            "drain", own: true,
            usages: [
                ("drain", "let readiness probes fail while programs run on, until everything ends"),
                ("drain --for=SECONDS", "for that long, and wait until it is over: for a preStop hook"),
                ("drain --off", "end it"),
            ],
            run: drain),
        CtlAction(
            "exit", ends: true,
            usages: [("exit", "leave the shell")],
            run: leave),
        CtlAction(
            "fg", on: .programs,
            usages: [("fg NAME", "show a program's output and type into its stdin; Ctrl-C to leave")],
            run: foreground),
        CtlAction(
            "health", on: .programs, own: true,
            usages: [
                ("health", "for probes: exit code 0 if every program with autostart is running or completed"),
                ("health NAME|GROUP:*...", "the same for these programs"),
                ("health --level=live", "0 if init answers, whatever the state of its programs"),
            ],
            run: health),
        CtlAction(
            "logs", on: .programs, own: true,
            usages: [
                (
                    "logs [-n LINES] [NAME|GROUP:*...]",
                    "the last 10 lines (-n all: all) of programs, after \"name | \", for stderr \"name ! \""
                ),
                ("logs -f [NAME|GROUP:*...]", "and everything they write from now on; Ctrl-C to stop"),
            ],
            run: logs),
        CtlAction(
            "maintail",
            usages: [
                ("maintail", "the last 1600 bytes of the supervisor's own log"),
                ("maintail -BYTES", "the last BYTES bytes; -0: all"),
                ("maintail -f", "follow it; Ctrl-C to stop"),
            ],
            run: maintail),
        CtlAction(
            "migrate", own: true,
            usages: [
                ("migrate FILE...", "print what to change in files made for supervisord, as a diff: Dockerfiles, too")
            ],
            run: migrate),
        CtlAction(
            "open",
            usages: [("open URL", "control another supervisor from now on: unix:///path/of/socket, http://host:port")],
            run: open),
        CtlAction(
            "pid", on: .programs,
            usages: [
                ("pid", "the supervisor's process id"),
                ("pid NAME...", "the process ids of these programs; 0 for one that isn't running"),
                ("pid all", "the process ids of all programs, one per line"),
            ],
            run: pid),
        CtlAction(
            "probe", own: true,
            usages: [
                ("probe http://HOST:PORT/PATH", "ask a server once: exit code 0 if its status is 200 to 399, else 1"),
                ("probe unix:/SOCKET:/PATH", "the same over a Unix socket"),
                ("probe HOST:PORT", "0 if a connection is accepted; also unix:/SOCKET"),
                ("probe TARGET -t SECONDS", "wait at most this long (default: 5)"),
                ("probe TARGET --expect=200,300-399", "which statuses are good"),
                ("probe TARGET --body=TEXT", "and what the answer has to contain"),
            ],
            run: probe),
        CtlAction(
            "quit", ends: true,
            usages: [("quit", "leave the shell")],
            run: leave),
        CtlAction(
            "reload",
            usages: [("reload", "stop everything, read the configuration, start again")],
            run: reload),
        CtlAction(
            "reload-program", on: .programs, own: true,
            usages: [
                ("reload-program NAME...", "let these read their configuration: reloadsignal, reload_command"),
                ("reload-program GROUP:*", "the same for those of a group that can"),
                ("reload-program all", "the same for all that can"),
            ],
            run: reloadProgram),
        CtlAction(
            "remove", on: .groups,
            usages: [("remove GROUP...", "deactivate stopped programs or groups")],
            run: remove),
        CtlAction(
            "reread",
            usages: [("reread", "read the configuration and show what has changed; starts and stops nothing")],
            run: reread),
        CtlAction(
            "restart", on: .programs,
            usages: [
                ("restart NAME...", "stop and start these programs"),
                ("restart GROUP:*", "stop and start all programs of a group"),
                ("restart all", "stop and start all programs; does not read the configuration again"),
                ("restart --with-dependents NAME...", "these, and all that depend on them"),
                ("restart --rolling GROUP:*", "one at a time: the next one when the one before is ready"),
                ("restart --rolling --timeout=N NAME", "give up if one isn't ready after N seconds"),
            ],
            run: restart),
        CtlAction(
            "scale", on: .groups, own: true,
            usages: [("scale PROGRAM=COUNT...", "run so many processes of a program, until init starts again")],
            run: scale),
        CtlAction(
            "shutdown",
            usages: [("shutdown", "stop everything and exit")],
            run: shutdown),
        CtlAction(
            "signal", on: .programs,
            usages: [
                ("signal SIGNAL NAME...", "send a signal (HUP, SIGHUP, 1) to these programs"),
                ("signal SIGNAL GROUP:*", "send it to all programs of a group"),
                ("signal SIGNAL all", "send it to all programs"),
            ],
            run: signal),
        CtlAction(
            "start", on: .programs,
            usages: [
                ("start NAME...", "start these programs, and wait until they run"),
                ("start GROUP:*", "start all programs of a group"),
                ("start all", "start all programs"),
                ("start --no-deps NAME...", "without what they depend on, and without waiting for it"),
            ],
            run: start),
        CtlAction(
            "status", on: .programs,
            usages: [
                ("status", "show the state of all programs"),
                ("status NAME...", "show the state of these programs; on a terminal with all that is known"),
                ("status GROUP:*", "the same for the programs of a group"),
                ("status -l|--long [NAME|GROUP:*...]", "with all that is known, into a pipe, too"),
                ("status --short NAME...", "a line for each, on a terminal, too"),
                ("status --watch[=SECONDS] [NAME...]", "again at changes, or every SECONDS"),
                (
                    "status --json [NAME|GROUP:*...]",
                    "the same as JSON, with everything the supervisor knows about each"
                ),
            ],
            run: status),
        CtlAction(
            "stop", on: .programs,
            usages: [
                ("stop NAME...", "stop these programs, and wait until they have exited"),
                ("stop GROUP:*", "stop all programs of a group"),
                ("stop all", "stop all programs"),
                ("stop --with-dependents NAME...", "these, after all that depend on them"),
            ],
            run: stop),
        CtlAction(
            "tail", on: .programs,
            usages: [
                ("tail NAME [stdout|stderr]", "the last 1600 bytes of a program's log (default: stdout)"),
                ("tail -BYTES NAME [stdout|stderr]", "the last BYTES bytes; -0: all"),
                ("tail -f NAME [stdout|stderr]", "follow it; Ctrl-C to stop"),
            ],
            run: tail),
        CtlAction(
            "top", on: .programs, own: true,
            usages: [
                ("top [NAME|GROUP:*...]", "all programs on a screen that stays current; ? explains its keys"),
                ("top --sort=ORDER", "by name, state, cpu, mem, restarts or up"),
                ("top --filter=PATTERN", "only names that match; !PATTERN: those that don't"),
                ("top --read-only", "start, stop and signal nothing"),
                ("top --once", "the table, once: for scripts and for terminals that can't do more"),
                ("top --json [--once]", "a line of JSON a second, with what each program uses"),
            ],
            run: top),
        CtlAction(
            "tree", on: .programs, own: true,
            usages: [
                (
                    "tree [NAME|GROUP:*...]",
                    "show the processes of all programs or of these, and the orphans that init has adopted"
                )
            ],
            run: tree),
        CtlAction(
            "update", on: .groups,
            usages: [
                ("update", "read the configuration, then stop, start and restart what has changed"),
                ("update all", "the same"),
                ("update GROUP...", "the same, only for these groups"),
            ],
            run: update),
        CtlAction(
            "version",
            usages: [
                ("version", "the version of supervisord that the supervisor speaks"),
                ("version --json", "the versions, commits and features of this ctl and of the supervisor"),
            ],
            run: version),
        CtlAction(
            "wait", on: .programs, own: true,
            usages: [
                (
                    "wait NAME|GROUP:*|all...",
                    "wait until all of these are ready at the same time: running or completed"
                ),
                (
                    "wait NAME... --for=STATE[,STATE]",
                    "stopped, starting, running, backoff, stopping, exited, fatal; ready; healthy; down: none runs"
                ),
                ("wait NAME... --timeout=SECONDS", "wait at most this long; then exit with code 124"),
            ],
            run: wait),
    ]
}

extension Session {
    /// Prints the usage of an action: after a mistake in its arguments, and for `help`.
    func usage(of name: StaticString) {
        let name: OutputText = "\(name)"
        guard let action = CtlAction.named(name.bytes) else { return }
        var width = 0
        for usage in action.usages { width = max(width, usage.form.utf8CodeUnitCount) }
        for usage in action.usages {
            let form: OutputText = "\(usage.form)"
            output("\(form.padded(width + 2))\(usage.text)")
        }
    }

    /// supervisorctl's reaction to an invalid command line: the error, then the usage.
    func mistake(_ sentence: OutputText, in action: StaticString, status: Int32 = ExitCode.generic) {
        output(sentence)
        exitStatus = status
        usage(of: action)
    }
}
