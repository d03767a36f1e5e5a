extension KeyTable {
    /// Groups, event listeners and FastCGI programs.
    static let groups: InlineArray<_, KeyRow> = [
        KeyRow(
            .programs, "programs", in: .group, .programs, default: .required, read: .byHand,
            "programs that are commanded as one, in this order"),
        KeyRow(
            .priority, "priority", in: .group, .integer(.none), default: .value("999"), read: .byHand, of: .group,
            "of the group"),
        KeyRow(
            .dependsOn, "depends_on", in: .group, .dependencies, read: .byHand, of: .nothing, since: .v010,
            "whom each of its processes waits for"),
        KeyRow(
            .bufferSize, "buffer_size", in: .eventListener, .bufferSize, default: .value("10"), read: .byHand,
            of: .group,
            """
            events that wait for the listeners, and 16 MB of them at most; the oldest is dropped for one too many
            """),
        KeyRow(
            .resultHandler, "result_handler", in: .eventListener, .handler,
            default: .value("supervisor.dispatchers:default_handler"), read: .byHand, of: .group,
            "decides what a listener's answer means: `OK` is processed, anything else comes again"),
        KeyRow(
            .events, "events", in: .eventListener, .events, default: .required, read: .byHand, of: .group,
            "the types it wants; a type stands for those below it"),
        KeyRow(
            .socket, "socket", in: .fcgiProgram, .socketURL, default: .required, read: .byHand, of: .address,
            """
            `tcp://host:port` or `unix:///path`; opened once, descriptor 0 of every process. The host is an IPv4 \
            address or in `/etc/hosts`
            """),
        KeyRow(
            .socketBacklog, "socket_backlog", in: .fcgiProgram, .backlog,
            default: .prose("as many as the kernel takes"), read: .ofSocket, of: .address,
            "connections that may wait"),
        KeyRow(
            .socketOwner, "socket_owner", in: .fcgiProgram, .ownership, default: .prose("that of `user`"),
            read: .ofSocket, of: .address,
            "owner of a Unix socket"),
        KeyRow(
            .socketMode, "socket_mode", in: .fcgiProgram, .socketMode, default: .prose("`0700`"), read: .ofSocket,
            of: .address,
            "its mode"),
        KeyRow(
            .events, "events", in: .hook, .events, default: .required, read: .byHand, since: .v010,
            "the types of events at which it runs; a type stands for those below it"),
        KeyRow(
            .command, "command", in: .hook, .hook, default: .required, since: .v010,
            "program and arguments, with a shell's quotes but without a shell"),
        KeyRow(
            .timeout, "timeout", in: .hook, .bounded(1, 86_400, .seconds), default: .value("30"), since: .v010,
            "after this it is ended, and has failed"),
        KeyRow(.user, "user", in: .hook, .user, since: .v010, "runs as this user, with its groups"),
        KeyRow(.directory, "directory", in: .hook, .plainPath, since: .v010, "goes there first"),
    ]
}
