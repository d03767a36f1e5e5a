/// `supervisor_stdout`, the Python event listener that nearly every image with supervisord had for want of logs on stdout:
/// it prints `name channel | line` for each line of the programs that have `*_events_enabled`.
extension Interpreter {
    /// The listener itself is not started: its effect is built in.
    func dropPrefixer(_ section: Int, _ events: [String]) {
        for event in events {
            let name = Text(event)
            let isBoth = name.is("EVENT") || name.is("PROCESS_LOG")
            prefixesStdout = prefixesStdout || isBoth || name.is("PROCESS_LOG_STDOUT")
            prefixesStderr = prefixesStderr || isBoth || name.is("PROCESS_LOG_STDERR")
        }
        remark(
            .joined(
                "[", document.sections[section].name, "] is built in and not started: lines of programs with ",
                "stdout_events_enabled or stderr_events_enabled go to standard output, prefixed"),
            at: document.sections[section].header)
    }

    /// Marks the channels whose lines such a listener would have got.
    func spreadPrefix() {
        guard prefixesStdout || prefixesStderr else { return }
        groups = groups.map { group in
            // A listener's stdout carries the protocol and never makes log events.
            let hasStdout = prefixesStdout && group.kind != .eventListener
            return group.with(
                group.processes.map { process in
                    var prefixes = ProcessSettings.Prefixes()
                    if hasStdout { prefixes.formUnion(Self.prefixes(process.stdout, .stdout, .stdoutCopy)) }
                    if prefixesStderr { prefixes.formUnion(Self.prefixes(process.stderr, .stderr, .stderrCopy)) }
                    return process.with(prefixes)
                })
        }
    }

    private static func prefixes(
        _ channel: ChannelSettings, _ prefix: ProcessSettings.Prefixes, _ copy: ProcessSettings.Prefixes
    ) -> ProcessSettings.Prefixes {
        guard channel.eventsEnabled else { return [] }
        // Lines that go to stdout anyway go there once.
        if case .file(let path) = channel.logfile {
            let path = Text(path)
            if path.is("/dev/stdout") || path.is("/dev/fd/1") || path.is("/proc/self/fd/1") { return prefix }
        }
        return prefix.union(copy)
    }
}
