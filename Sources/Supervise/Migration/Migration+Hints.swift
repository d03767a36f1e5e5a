/// Keys that are worth a look: changes that only a person can decide.
extension Migration {
    func hint() {
        for part in programs { hintAtProgram(part) }
        for part in listeners where !files[part.file].edits.isRemoved(part.line) { hintAtListener(part) }
        for part in parts {
            if part.name.isSame("inet_http_server") { hintAtServer(part) }
            guard part.name.hasStart("ctlplugin:") || part.name.hasStart("rpcinterface:"),
                !part.value("supervisor.rpcinterface_factory").isSame("supervisor.rpcinterface:make_main_rpcinterface")
            else { continue }
            remark(part, part.line, "[\(part.name.sentence)] is Python inside of supervisord: it has no effect on init")
        }
        if let include = incompleteInclude {
            remark(
                include, include.line,
                "[include] names other files: give them to ctl migrate, too, so that it sees all programs: \(include.value("files").sentence)"
            )
        }
    }

    private func hintAtProgram(_ part: ConfigurationPart) {
        let isOnce = part.value("autorestart").isFalse && part.value("startsecs").isSame("0")
        if isOnce, !part.value("autostart").isFalse, part["type"] == nil {
            let name = part.title.sentence
            remark(
                part, part["autorestart"]?.line ?? part.line,
                "\(name): if it runs once and ends, type=oneshot lets others wait for it (depends_on=\(name)) and retries a failure"
            )
        }
    }

    private func hintAtListener(_ part: ConfigurationPart) {
        let command = part.value("command")
        let name = part.name.sentence
        if let handler = part["result_handler"], !handler.value.isSame("supervisor.dispatchers:default_handler"),
            !Self.isPrefixer(command)
        {
            remark(
                part, handler.line,
                "result_handler \(handler.value.sentence) is Python inside of supervisord: init ignores it")
        }
        for word in ShellWord.texts(command) {
            if word.fileName.isSame("httpok") {
                remark(
                    part, part.line,
                    "[\(name)]: healthcheck_http= with healthcheck_action=restart, in the program itself, does what httpok does"
                )
            } else if word.fileName.isSame("memmon") {
                remark(
                    part, part.line,
                    "[\(name)]: memory_max= limits a program's memory in the kernel; memmon restarts it later")
            }
        }
        if part.value("events").hasText("PROCESS_STATE_FATAL"), command.hasText("kill") || command.hasText("stop-") {
            remark(
                part, part.line,
                "[\(name)] seems to end the container when a program is FATAL: on_fatal=shutdown in [supervisord] does that"
            )
        }
    }

    /// init refuses what anyone could use.
    private func hintAtServer(_ part: ConfigurationPart) {
        guard let port = part["port"] else { return }
        for key in ["password", "password_file", "allow_unauthenticated"] as [StaticString] where part[key] != nil {
            return
        }
        if port.value.hasStart("127.") || port.value.hasStart("localhost:") || port.value.hasStart("[::1]") { return }
        remark(
            part, port.line,
            "init refuses a server on \(port.value.sentence) without a password. Write port=127.0.0.1:9001 if only the container needs it, username= and password=, or allow_unauthenticated=true"
        )
    }
}
