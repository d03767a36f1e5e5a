/// `supervisor_stdout`, the Python event listener that nearly every image with supervisord had for want of logs on stdout:
/// it prints `name channel | line` for each line of the programs that have `*_events_enabled`.
extension Interpreter {
    /// The listener itself is not started: its effect is built in.
    func dropPrefixer(_ section: Int, _ listener: EventListenerSettings) {
        for event in listener.events {
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
        for group in configuration.groups.indices {
            // A listener's stdout carries the protocol and never makes log events.
            var hasStdout = prefixesStdout
            if case .eventListener = configuration.groups[group].kind { hasStdout = false }
            for process in configuration.groups[group].processes.indices {
                if hasStdout { Self.mark(&configuration.groups[group].processes[process].stdout, own: "1") }
                if prefixesStderr { Self.mark(&configuration.groups[group].processes[process].stderr, own: "2") }
            }
        }
    }

    private static func mark(_ channel: inout ChannelSettings, own: StaticString) {
        guard channel.eventsEnabled else { return }
        channel.prefixLines = true
        // Lines that go to stdout anyway go there once.
        if case .file(let path) = channel.logfile {
            let path = Text(path)
            if path.is("/dev/stdout") || path.is("/dev/fd/1") || path.is("/proc/self/fd/1") { return }
        }
        channel.copyToStdout = true
    }
}
