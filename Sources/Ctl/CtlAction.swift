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
            usages: [("add GROUP...", "take programs or groups of the configuration that was reread into service")],
            run: add),
        CtlAction(
            "avail",
            usages: [("avail", "list the programs of the configuration, in use or not")],
            run: avail),
        CtlAction(
            "clear", on: .programs,
            usages: [
                ("clear NAME...", "empty the log files of these programs"),
                ("clear all", "empty the log files of all programs"),
            ],
            run: clear),
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
                ("health", "for probes: exit code 0 when every program that starts by itself is running or done"),
                ("health NAME|GROUP:*...", "the same for these"),
                ("health --level=live", "0 when init answers, whatever its programs do"),
            ],
            run: health),
        CtlAction(
            "logs", on: .programs, own: true,
            usages: [
                (
                    "logs [-n LINES] [NAME|GROUP:*...]",
                    "the last 10 lines (-n all: all) of programs, behind \"name | \", for stderr \"name ! \""
                ),
                ("logs -f [NAME|GROUP:*...]", "and whatever they write from now on; Ctrl-C to stop"),
            ],
            run: logs),
        CtlAction(
            "maintail",
            usages: [
                ("maintail", "the last 1600 bytes of the supervisor's own log"),
                ("maintail -BYTES", "that many bytes of it; -0 is all"),
                ("maintail -f", "follow it; Ctrl-C to stop"),
            ],
            run: maintail),
        CtlAction(
            "open",
            usages: [("open URL", "command another supervisor from now on: unix:///path/of/socket, http://host:port")],
            run: open),
        CtlAction(
            "pid", on: .programs,
            usages: [
                ("pid", "the supervisor's process id"),
                ("pid NAME...", "the process ids of these programs; 0 for one that does not run"),
                ("pid all", "the process ids of all programs, one per line"),
            ],
            run: pid),
        CtlAction(
            "quit", ends: true,
            usages: [("quit", "leave the shell")],
            run: leave),
        CtlAction(
            "reload",
            usages: [("reload", "stop everything, read the configuration, start again")],
            run: reload),
        CtlAction(
            "remove", on: .groups,
            usages: [("remove GROUP...", "take stopped programs or groups out of service")],
            run: remove),
        CtlAction(
            "reread",
            usages: [("reread", "read the configuration and say what is different; nothing starts or stops")],
            run: reread),
        CtlAction(
            "restart", on: .programs,
            usages: [
                ("restart NAME...", "stop and start these programs"),
                ("restart GROUP:*", "stop and start all programs of a group"),
                ("restart all", "stop and start all programs; their configuration is not read again"),
            ],
            run: restart),
        CtlAction(
            "shutdown",
            usages: [("shutdown", "stop everything and end the supervisor")],
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
            ],
            run: start),
        CtlAction(
            "status", on: .programs,
            usages: [
                ("status", "how all programs are"),
                ("status NAME...", "how these programs are"),
                ("status GROUP:*", "how the programs of a group are"),
                ("status --json [NAME|GROUP:*...]", "the same as JSON: all that the supervisor knows of each"),
            ],
            run: status),
        CtlAction(
            "stop", on: .programs,
            usages: [
                ("stop NAME...", "stop these programs, and wait until they have ended"),
                ("stop GROUP:*", "stop all programs of a group"),
                ("stop all", "stop all programs"),
            ],
            run: stop),
        CtlAction(
            "tail", on: .programs,
            usages: [
                ("tail NAME [stdout|stderr]", "the last 1600 bytes of a program's log (stdout when not said)"),
                ("tail -BYTES NAME [stdout|stderr]", "that many bytes of it; -0 is all"),
                ("tail -f NAME [stdout|stderr]", "follow it; Ctrl-C to stop"),
            ],
            run: tail),
        CtlAction(
            "tree", on: .programs, own: true,
            usages: [
                (
                    "tree [NAME|GROUP:*...]",
                    "the processes of all programs or of these, and the orphans that init adopted"
                )
            ],
            run: tree),
        CtlAction(
            "update", on: .groups,
            usages: [
                ("update", "read the configuration, then stop, start and restart what it changes"),
                ("update all", "the same"),
                ("update GROUP...", "the same for these groups only"),
            ],
            run: update),
        CtlAction(
            "version",
            usages: [("version", "the version of supervisord that the supervisor speaks")],
            run: version),
        CtlAction(
            "wait", on: .programs, own: true,
            usages: [
                ("wait NAME|GROUP:*|all...", "until all of these are ready at the same time: running, or done"),
                (
                    "wait NAME... --for=STATE[,STATE]",
                    "stopped, starting, running, backoff, stopping, exited, fatal; ready; down: none runs"
                ),
                ("wait NAME... --timeout=SECONDS", "at most so long; then the exit code is 124"),
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
