/// `supervisor_stdout`, the event listener that copies the output of programs to stdout: a log file does that.
extension Migration {
    private struct Channel {
        let name: String
        let events: StaticString
        let log: StaticString
        let limit: StaticString
    }

    private static let channels = [
        Channel(
            name: "stdout", events: "stdout_events_enabled", log: "stdout_logfile", limit: "stdout_logfile_maxbytes"),
        Channel(
            name: "stderr", events: "stderr_events_enabled", log: "stderr_logfile", limit: "stderr_logfile_maxbytes"),
    ]

    func changePrefixer() {
        let prefixers = listeners.filter { Self.isPrefixer($0.value("command")) }
        guard let first = prefixers.first else { return }
        var isNeeded = false
        for listener in listeners where !Self.isPrefixer(listener.value("command")) {
            let events = listener.value("events")
            if events.hasText("PROCESS_LOG") || events.hasText("EVENT") { isNeeded = true }
        }
        if let reason = whyPrefixerStays() {
            return remark(
                first, first.line,
                "[\(first.name.sentence)] stays: init has it built in and needs no Python for it; \(reason)")
        }
        for part in programs {
            for channel in Self.channels {
                guard let events = part[channel.events] else { continue }
                let isRedirected = channel.name == "stderr" && part.value("redirect_stderr").isTrue
                if events.value.isTrue, !isRedirected { sendOutput(part, channel, events.lastLine) }
                if !isNeeded { remove(events, part) }
            }
        }
        for part in prefixers {
            remove(part)
            remark(
                part, part.line,
                "[\(part.name.sentence)] goes, and with it the Python package supervisor-stdout: programs write to the container's output themselves. Their lines lose \"name stdout | \" at the front; to keep it, leave the section, since init has it built in"
            )
        }
    }

    /// - Parameter command: `supervisor_stdout`, `python3 -m supervisor_stdout`, and nothing else.
    static func isPrefixer(_ command: [UInt8]) -> Bool {
        let words = ShellWord.texts(command)
        if words.count == 1 { return words[0].fileName.isSame("supervisor_stdout") }
        return words.count == 3 && words[0].fileName.hasStart("python") && words[1].isSame("-m")
            && words[2].isSame("supervisor_stdout")
    }

    /// nil: it can go.
    private func whyPrefixerStays() -> String? {
        if incompleteInclude != nil { return "[include] names other files, so give those to ctl migrate, too" }
        for part in programs {
            for channel in Self.channels where part.value(channel.events).isTrue {
                let log = part.value(channel.log)
                if log.isEmpty || log.lowercased.isOne(of: "auto none off /dev/null") || Self.isOutput(log) { continue }
                return "\(part.title.sentence) writes to \(log.sentence) beside it"
            }
        }
        return nil
    }

    private static func isOutput(_ path: [UInt8]) -> Bool {
        path.isOne(of: "/dev/stdout /dev/fd/1 /proc/self/fd/1 /dev/stderr /dev/fd/2 /proc/self/fd/2")
    }

    private func sendOutput(_ part: ConfigurationPart, _ channel: Channel, _ line: Int) {
        let target = "/dev/\(channel.name)".bytes
        if let option = part[channel.log] {
            if !Self.isOutput(option.value) { set(option, to: target, part) }
        } else {
            add("\(channel.log)", target, part, behind: line)
        }
        if let option = part[channel.limit] {
            set(option, to: "0".bytes, part)
        } else {
            add("\(channel.limit)", "0".bytes, part, behind: line)
        }
    }
}
