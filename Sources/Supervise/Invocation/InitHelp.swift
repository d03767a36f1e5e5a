/// The help texts of `init`.
enum InitHelp {
    static let version = "init: \(Version.name) \(Version.number), speaks supervisord \(Version.supervisord)\n"

    static let license = """
        Reeve is free software; the file LICENSE of its source tells the terms. It contains the Swift standard library
        (Apache License 2.0 with Runtime Library Exception), musl (MIT) and libcap (BSD).

        """

    /// Ten lines for a user who started it without arguments.
    static func nothingToDo(_ program: String) -> String {
        """
        \(program): nothing to do: no command was given, and no configuration was found.
        As the init of one command, like tini and dumb-init:
          \(program) -- nginx -g 'daemon off;'
        As the supervisor of several commands:
          \(program) 'nginx -g "daemon off;"' 'redis-server --save ""'
        As the supervisor of what a supervisord.conf names:
          \(program) -c /etc/supervisord.conf
        Without -c it looks for ../etc/supervisord.conf and ../supervisord.conf (beside its own folder), supervisord.conf,
        etc/supervisord.conf, /etc/supervisord.conf and /etc/supervisor/supervisord.conf. All options: \(program) --help

        """
    }

    static func supervise(_ program: String) -> String {
        """
        \(program): supervise programs, as supervisord does, or be the init of one command, as tini and dumb-init are.

        Usage: \(program) [options]                     programs of a supervisord.conf
               \(program) 'command one' 'command two'   programs named here
               \(program) [options] -- command args     one command; its options: \(program) -h -- command
               \(program) -c FILE -- command args       programs of FILE, and the command, with which all of it ends

        -c, --configuration FILE     the configuration (searched for when not given)
        -n, --nodaemon               stay in the foreground (only under the name supervisord does it leave it)
        -s, --silent                 no log lines on stdout
        -u, --user USER              run as this user, a name or a number
        -m, --umask MASK             umask of the daemon, octal, default 022
        -d, --directory FOLDER       folder of the daemon
        -l, --logfile FILE           the supervisor's own log
        -y, --logfile_maxbytes SIZE  rotate it at this size
        -z, --logfile_backups N      keep this many rotated logs
        -e, --loglevel LEVEL         critical, error, warn, info, debug, trace or blather
        -j, --pidfile FILE           where the pid is written
        -i, --identifier NAME        name of this supervisor
        -q, --childlogdir FOLDER     folder of automatic logs of programs
        -k, --nocleanup              keep automatic logs of an earlier run
        -a, --minfds N               open files that must be possible
        --minprocs N                 processes that must be possible
        -t, --strip_ansi             remove escape sequences from the output of programs
        --check                      read the configuration, say what is wrong with it, exit with 0 or 2
        --strict                     with --check: exit with 1 where there are warnings
        --graph[=text|mermaid|dot]   print which program waits for which
        --dump-config                print the effective configuration as JSON
        --schema                     print a JSON Schema of all keys
        --migrate FILE...            as ctl migrate
        -h, --help                   this text
        -v, --version                the version and the commit

        """
    }

    static func proxy(_ program: String) -> String {
        """
        \(program): start a command, and pass HUP, INT, QUIT, TERM, USR1 and USR2 on to the process whose number is in PIDFILE.

        Usage: \(program) PIDFILE COMMAND [ARGUMENT ...]

        """
    }

    static func single(_ program: String) -> String {
        """
        \(program): run one command as its init: pass signals on, reap orphans, exit as the command did.

        Usage: \(program) [options] -- command args

        -g             signals go to the command's process group, not to the command alone
        -e CODE        exit with 0 when the command exits with CODE; may be repeated
        -p SIGNAL      get SIGNAL when the parent dies
        -s             fail if orphans can't be adopted (without it: try)
        -w             a warning for each orphan that is reaped
        -v             say more; may be repeated
        -r FROM:TO     pass another signal on in place of FROM, or none (0); may be repeated
        -c             only the command itself gets signals, and it has no session of its own
        -h, --help     this text
        --version      the version and the commit
        -l             the license
        -r and -c are dumb-init's, and ask for its manner: a session for the command, signals to all of it.

        Environment: TINI_SUBREAPER (as -s), TINI_KILL_PROCESS_GROUP (as -g), TINI_VERBOSITY (0-3, default 1),
        DUMB_INIT_SETSID=0 (as -c), DUMB_INIT_DEBUG=1 (as -vv).
        Exit code: the command's, 128 + N when signal N killed it, 127 when it is not found, 126 when it can't be executed.

        """
    }
}
