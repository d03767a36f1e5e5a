extension KeyTable {
    /// Servers, and who commands them.
    static let servers: InlineArray<_, KeyRow> = [
        KeyRow(
            .file, "file", in: .unixServer, .socketPath, default: .required, read: .byHand, of: .address,
            "the Unix socket of the HTTP interface"),
        KeyRow(
            .port, "port", in: .inetServer, .address, default: .required, read: .byHand, of: .address,
            """
            where HTTP is served over TCP; the host is an address (`[::1]` for IPv6), `localhost` or in `/etc/hosts`
            """),
        KeyRow(
            .username, "username", in: .servers, .text,
            "asks clients for it"),
        KeyRow(
            .password, "password", in: .servers, .password, read: .byHand, isSecret: true,
            "and for this; `{SHA}` with a SHA-1 in hex behind it works, too"),
        KeyRow(
            .passwordFile, "password_file", in: .servers, .passwordFile, read: .byHand, since: .v010,
            """
            a file that holds it, in place of `password`: one line, `{SHA}` works, too; read with the configuration
            """),
        KeyRow(
            .chown, "chown", in: .unixServer, .ownership, read: .ofSocket, of: .address,
            "its owner"),
        KeyRow(
            .chmod, "chmod", in: .unixServer, .socketMode, default: .value("0700"), read: .ofSocket, of: .address,
            "its mode"),
        KeyRow(
            .webGetActions, "web_get_actions", in: .servers, .boolean, default: .value("false"), since: .v010,
            """
            the links of the web page act, as supervisord's do; any page that a browser shows can then stop programs
            """),
        KeyRow(
            .healthPublic, "health_public", in: .servers, .boolean, default: .value("false"), since: .v010,
            "`/livez`, `/readyz` and `/healthz` need no password"),
        KeyRow(
            .basePath, "base_path", in: .servers, .text, since: .v010,
            "the path below which a reverse proxy serves this, as `/ops/reeve`"),
        KeyRow(
            .allowUnauthenticated, "allow_unauthenticated", in: .inetServer, .boolean, default: .value("false"),
            since: .v010,
            """
            without it a server that has no password and isn't bound to loopback is an error that says what to write \
            (under the name `supervisord` a warning)
            """),
        KeyRow(
            .allowedHosts, "allowed_hosts", in: .inetServer, .hosts, default: .value(""), since: .v010,
            """
            names, without ports, that `Host` may have at a server without a password, beside `localhost`, addresses \
            of this machine and what `port` is bound to; `*` allows any. See \
            [http.md](http.md#whom-a-request-is-for)
            """),
        KeyRow(
            .serverurl, "serverurl", in: .supervisorctl, .clientURL, default: .value("http://localhost:9001"),
            """
            the supervisor to command: `unix:///path` or `http://host:port`; no other one is ever asked. An `init` \
            that says that it serves this URL is asked over its control socket, every other server by the `gateway` \
            executable
            """),
        KeyRow(
            .prompt, "prompt", in: .supervisorctl, .text, default: .value("supervisor"),
            "the interactive shell's; `> ` follows it"),
        KeyRow(
            .username, "username", in: .supervisorctl, .text,
            "for a server that is asked over HTTP; only together with `password`"),
        KeyRow(
            .password, "password", in: .supervisorctl, .password, read: .byHand, isSecret: true,
            "for a server that is asked over HTTP"),
        KeyRow(
            .passwordFile, "password_file", in: .supervisorctl, .passwordFile, read: .byHand, since: .v010,
            "a file that holds it, in place of `password`"),
        KeyRow(
            .historyFile, "history_file", in: .supervisorctl, .optionalPath,
            """
            the shell's history: read at its start, written at its end with the last 1000 lines, for the owner \
            alone; `ctl -r FILE` overrides it
            """),
        KeyRow(
            .files, "files", in: .include, .patterns, default: .required, read: .byHand,
            "more configuration; seen from the main file's folder; included files include nothing"),
        KeyRow(
            .rpcFactory, "supervisor.rpcinterface_factory", in: .rpcInterface, .factory, default: .required,
            read: .byHand,
            """
            the Python name of a factory; `supervisor.rpcinterface:make_main_rpcinterface`, which ships with \
            supervisord, is built in
            """),
        KeyRow(
            .ctlFactory, "supervisor.ctl_factory", in: .ctlPlugin, .factory, read: .byHand,
            "the Python name of a plugin of supervisorctl: it has no effect"),
    ]
}
