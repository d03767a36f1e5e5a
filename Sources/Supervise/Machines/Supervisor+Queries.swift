// The structs that supervisord's RPC returns, encoded directly.

/// What the answers to queries need besides the state of the machines.
public struct View {
    /// Seconds since 1970.
    public var now: Int
    public var instant: Instant
    public var calendar: (Int) -> CalendarTime
    /// The path of a channel's log as RPC shows it: empty if there is none, the real one for AUTO.
    public var logPath: (ProcessID, ChannelSettings, _ isStderr: Bool) -> String

    public init(
        now: Moment, calendar: @escaping (Int) -> CalendarTime,
        logPath: @escaping (ProcessID, ChannelSettings, _ isStderr: Bool) -> String
    ) {
        self.now = now.wall
        instant = now.instant
        self.calendar = calendar
        self.logPath = logPath
    }
}

/// How much an answer says about a process.
public enum ProcessDetail: Sendable {
    /// What `ctl status` shows. A third of the bytes: it is the most frequent question.
    case state
    /// supervisord's struct.
    case supervisord
    /// That, and what else is known of a process, but of its earlier runs only the last.
    case history
    /// That, and how its last runs have ended.
    case endings
}

extension Supervisor {
    /// supervisord's `getProcessInfo`, or `reeve.processInfo`.
    public func info(named text: String, _ detail: ProcessDetail, _ view: View) -> RequestAnswer {
        guard let id = process(named: text) else { return .fault(.badName, text) }
        var encoder = WireEncoder()
        encodeInfo(id.slot, view, detail, into: &encoder)
        return .value(encoder.bytes)
    }

    public var processCount: Int { groups.reduce(0) { $0 + $1.members.count } }

    /// supervisord's `getAllProcessInfo`, or `reeve.allProcessInfo` or `reeve.allStates`: by name of group, then of process.
    public func encodeAllInfo(_ detail: ProcessDetail, _ view: View, into encoder: inout WireEncoder) {
        encoder.array(count: processCount)
        let sorted = Order.sorted(groups.map { Order.Rank(0, $0.settings.name) })
        for group in sorted {
            let settings = groups[group].settings.processes
            let order = Order.sorted(settings.map { Order.Rank(0, $0.name) })
            for index in order { encodeInfo(groups[group].members[index], view, detail, into: &encoder) }
        }
    }

    private func encodeInfo(_ slot: Int, _ view: View, _ detail: ProcessDetail, into encoder: inout WireEncoder) {
        switch detail {
        case .state: encodeState(slot, view, into: &encoder)
        case .supervisord, .history, .endings: encodeLongInfo(slot, view, detail, into: &encoder)
        }
    }

    private func encodeState(_ slot: Int, _ view: View, into encoder: inout WireEncoder) {
        let machine = members[slot].machine
        let settings = settings(slot: slot)
        let awaited = awaited(slot)
        let substate = substate(slot)
        encoder.structure(
            count: 5 + (awaited == nil ? 0 : 1) + (substate == nil ? 0 : 1) + readinessMemberCount(slot, .state))
        encoder.pair("name", settings.name)
        encoder.pair("group", groups[members[slot].group].settings.name)
        encoder.pair("state", machine.state.rawValue)
        encoder.pair("statename", machine.state.name)
        encoder.pair("description", description(slot, settings, view))
        if let awaited { encoder.pair("waiting_for", awaited) }
        if let substate { encoder.pair("substate", "\(substate.name)") }
        encodeReadiness(slot, .state, into: &encoder)
    }

    private func encodeLongInfo(
        _ slot: Int, _ view: View, _ detail: ProcessDetail, into encoder: inout WireEncoder
    ) {
        let withHistory = detail != .supervisord
        let machine = members[slot].machine
        let history = members[slot].history
        let settings = settings(slot: slot)
        let id = id(slot: slot)
        let stdout = view.logPath(id, settings.stdout, false)
        let awaited = withHistory ? awaited(slot) : nil
        let substate = withHistory ? substate(slot) : nil
        encoder.structure(
            count: 14 + (withHistory ? 1 + history.memberCount(withEndings: detail == .endings) : 0)
                + (awaited == nil ? 0 : 1)
                + (substate == nil ? 0 : 1) + readinessMemberCount(slot, detail))
        encoder.pair("name", settings.name)
        encoder.pair("group", groups[members[slot].group].settings.name)
        encoder.pair("start", Self.capped(machine.started?.wall ?? 0))
        encoder.pair("stop", Self.capped(machine.ended?.wall ?? 0))
        encoder.pair("now", Self.capped(view.now))
        encoder.pair("state", machine.state.rawValue)
        encoder.pair("statename", machine.state.name)
        encoder.pair("spawnerr", machine.spawnError)
        encoder.pair("exitstatus", machine.exitStatus?.supervisordCode ?? 0)
        encoder.pair("logfile", stdout)
        encoder.pair("stdout_logfile", stdout)
        encoder.pair("stderr_logfile", view.logPath(id, settings.stderr, true))
        encoder.pair("pid", Int(machine.pid))
        encoder.pair("description", description(slot, settings, view))
        if let awaited { encoder.pair("waiting_for", awaited) }
        if let substate { encoder.pair("substate", "\(substate.name)") }
        encodeReadiness(slot, detail, into: &encoder)
        guard withHistory else { return }
        encoder.key("depends_on")
        encoder.array(count: settings.dependencies.count)
        for dependency in settings.dependencies { encoder.string(dependency.text) }
        history.encode(
            restarts: Int(members[slot].restarts), withEndings: detail == .endings, at: view.instant, into: &encoder)
    }

    private func description(_ slot: Int, _ settings: ProcessSettings, _ view: View) -> [UInt8] {
        let machine = members[slot].machine
        if machine.state == .running {
            var text = Self.running(pid: machine.pid, seconds: view.now - (machine.started?.wall ?? view.now))
            if let remark = remark(slot) { text += ", \(remark)".bytes }
            return text
        }
        let text: String =
            switch machine.state {
            case .fatal, .backoff:
                (machine.trouble?.sentence ?? "unknown error (try \"tail \(settings.name)\")") + lastWords(slot)
            case .stopped where !settings.isEnabled: "\(settings.whyDisabled)"
            case .exited where machine.isSkipped: "its start_condition doesn't hold"
            case .stopped, .exited:
                machine.started == nil ? "Not started" : view.calendar(machine.ended?.wall ?? 0).text
            case .starting: awaited(slot).map { "waiting for \($0)" } ?? remark(slot) ?? machine.activity
            case .stopping: machine.activity
            case .running, .unknown: ""
            }
        return text.bytes
    }

    /// `reeve.processSettings`: what a process runs with, as JSON. Every key of supervisord's, and those of Reeve's own that
    /// are set; of the environment only the names.
    public func settings(named text: String) -> RequestAnswer {
        guard let id = process(named: text) else { return .fault(.badName, text) }
        var encoder = WireEncoder()
        encoder.string(bytes: groups[members[id.slot].group].settings.json(of: settings(slot: id.slot)))
        return .value(encoder.bytes)
    }

    /// supervisord's `getAllConfigInfo`: every process of the most recently read configuration.
    public func encodeAllConfig(_ view: View, uid: (Account) -> Int, into encoder: inout WireEncoder) {
        var rows: [(group: Int, process: Int)] = []
        for group in available.indices {
            for process in available[group].processes.indices { rows.append((group, process)) }
        }
        let sorted = Order.sorted(rows.map { Order.Rank(0, available[$0.group].processes[$0.process].name) })
        encoder.array(count: rows.count)
        for index in sorted {
            let group = available[rows[index].group]
            encodeConfig(group.processes[rows[index].process], of: group, view, uid, into: &encoder)
        }
    }

    private func encodeConfig(
        _ settings: ProcessSettings, of group: GroupSettings, _ view: View, _ uid: (Account) -> Int,
        into encoder: inout WireEncoder
    ) {
        let used = self.group(named: group.name)
        // The process of that name, if there is one: it knows the real path of AUTO.
        let slot = used.flatMap { used in
            groups[used].members.first { self.settings(slot: $0).name == settings.name }
        }
        func path(_ channel: ChannelSettings, _ isStderr: Bool) -> String {
            switch channel.logfile {
            case .auto:
                guard let slot else { return "auto" }
                let running = self.settings(slot: slot)
                guard (isStderr ? running.stderr : running.stdout).logfile == .auto else { return "auto" }
                return view.logPath(self.id(slot: slot), channel, isStderr)
            case .none: return "none"
            case .file(let file): return file
            case .syslog: return "syslog"
            }
        }
        encoder.structure(count: 29)
        encoder.pair("autostart", settings.autostart)
        encoder.pair("directory", settings.directory ?? "none")
        encoder.key("uid")
        if let user = settings.user { encoder.int(uid(user)) } else { encoder.string("none") }
        encoder.pair("command", settings.command)
        encoder.key("exitcodes")
        encoder.array(count: settings.exitCodes.count)
        for code in settings.exitCodes { encoder.int(code) }
        encoder.pair("group", group.name)
        encoder.pair("group_prio", group.priority)
        encoder.pair("inuse", used != nil)
        encoder.pair("killasgroup", settings.killAsGroup)
        encoder.pair("name", settings.name)
        encoder.pair("process_prio", settings.priority)
        encoder.pair("redirect_stderr", settings.redirectStderr)
        encoder.pair("startretries", settings.startRetries)
        encoder.pair("startsecs", settings.startSeconds)
        encodeChannel("stdout", settings.stdout, path(settings.stdout, false), into: &encoder)
        encoder.pair("stopsignal", Int(settings.stopSignal.number))
        encoder.pair("stopwaitsecs", settings.stopWaitSeconds)
        encodeChannel("stderr", settings.stderr, path(settings.stderr, true), into: &encoder)
        encoder.pair("serverurl", settings.serverURL ?? "none")
    }

    private func encodeChannel(
        _ prefix: String, _ channel: ChannelSettings, _ path: String, into encoder: inout WireEncoder
    ) {
        encoder.pair("\(prefix)_capture_maxbytes", channel.captureMaxBytes)
        encoder.pair("\(prefix)_events_enabled", channel.eventsEnabled)
        encoder.pair("\(prefix)_logfile", path)
        encoder.pair("\(prefix)_logfile_backups", channel.backups)
        encoder.pair("\(prefix)_logfile_maxbytes", channel.maxBytes)
        encoder.pair("\(prefix)_syslog", channel.syslog)
    }

    /// XML-RPC's integers end in 2038.
    static func capped(_ seconds: Int) -> Int { min(max(seconds, 0), 0x7fff_ffff) }

    /// `pid 12, uptime 0:00:05`, with the time as Python prints a timedelta: `1 day, 2:03:04`. A status has it for each
    /// program, so it is made of bytes: interpolation takes several times as long.
    static func running(pid: Int32, seconds: Int) -> [UInt8] {
        let seconds = max(seconds, 0)
        var text: [UInt8] = []
        text.reserveCapacity(48)
        text.append("pid ")
        text.append(decimal: max(Int(pid), 0))
        text.append(", uptime ")
        let days = seconds / 86_400
        if days > 0 {
            text.append(decimal: days)
            text.append(days == 1 ? " day, " : " days, ")
        }
        text.append(decimal: seconds % 86_400 / 3600)
        text.append(":")
        text.append(decimal: seconds % 3600 / 60, width: 2)
        text.append(":")
        text.append(decimal: seconds % 60, width: 2)
        return text
    }
}
