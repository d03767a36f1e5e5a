extension Interpreter {
    /// The processes of a `[program:x]`, `[eventlistener:x]` or `[fcgi-program:x]`, sorted.
    func processes(of section: Int, in group: Text) -> [ProcessSettings] {
        currentProgram = section
        let lackedNames = lacksNames
        defer {
            currentProgram = nil
            lacksNames = lackedNames
        }
        var scope = scope(here: true)
        scope.programName = checkedName(section)
        scope.hostName = hostName
        scope.groupName = group
        let before = savedProblems
        let program = program(section, scope)
        var processes: [ProcessSettings] = []
        guard let numbers = numbers(section, program) else { return [] }
        processes.reserveCapacity(numbers.count)
        scope.processCount = program.count
        var memory = Memory()
        for number in numbers {
            // What was made stays, and lists grow by becoming twice as large.
            let made = number - program.first
            processesMade += 1
            if processesMade % 16 == 1, !surroundings.canHave(Self.memoryPerLook + 128 * made) {
                complainOfMemory(at: document.sections[section].header)
                break
            }
            scope.processNumber = number
            processes.append(process(section, program, &scope, &memory))
            // The next one would be wrong in the same way.
            if hasProblems(since: before) { break }
        }
        return Self.sorted(processes)
    }

    /// All have the same priority; names need not come in their order.
    private static func sorted(_ processes: [ProcessSettings]) -> [ProcessSettings] {
        if processes.count < 2 { return processes }
        let order = Order.sorted(processes.count) { a, b in
            precedes(processes[a].priority, processes[a].name, processes[b].priority, processes[b].name)
        }
        var sorted: [ProcessSettings] = []
        sorted.reserveCapacity(processes.count)
        for position in order { sorted.append(processes[position]) }
        return sorted
    }

    /// What all processes of a section have in common.
    private struct Program {
        var settings = ProcessSettings()
        var count = 1
        var first = 0
        var nameFormat: Text = "%(program_name)s"
        var environment: DocumentEntry?
    }

    /// What the process before this one had, shared where it's equal.
    private struct Memory {
        var environment: [EnvironmentVariable]?
        var merged: [EnvironmentVariable] = []
        var sources: EnvironmentSources?
        var command: (text: Text, string: String)?
        var warnings: [String?] = [nil, nil, nil, nil, nil]
        var execution: ExecutionSettings?
    }

    private func program(_ section: Int, _ scope: Scope) -> Program {
        var program = Program()
        let settings = ProcessSettings()
        settings.priority = value(section, .priority, scope, 999, Conversion.integer)
        settings.autostart = value(section, .autostart, scope, true, Conversion.boolean)
        settings.autorestart = value(section, .autorestart, scope, .unexpected, Conversion.autoRestart)
        settings.startSeconds = value(section, .startsecs, scope, 1, Conversion.integer)
        settings.startRetries = value(section, .startretries, scope, 3, Conversion.integer)
        settings.stopSignal = value(section, .stopsignal, scope, .terminate, Conversion.signal)
        settings.stopWaitSeconds = value(section, .stopwaitsecs, scope, 10, Conversion.integer)
        settings.stopAsGroup = value(section, .stopasgroup, scope, false, Conversion.boolean)
        settings.killAsGroup = value(section, .killasgroup, scope, settings.stopAsGroup, Conversion.boolean)
        settings.exitCodes = value(section, .exitcodes, scope, [0], Conversion.exitCodes)
        settings.redirectStderr = value(section, .redirectStderr, scope, false, Conversion.boolean)
        program.count = value(section, .numprocs, scope, 1, Conversion.integer)
        program.first = value(section, .numprocsStart, scope, 0, Conversion.integer)
        program.environment = document.entry(section, .environment)
        settings.stdout.captureMaxBytes = value(section, .stdoutCaptureMaxbytes, scope, 0, Conversion.byteSize)
        settings.stdout.eventsEnabled = value(section, .stdoutEventsEnabled, scope, false, Conversion.boolean)
        settings.stderr.captureMaxBytes = value(section, .stderrCaptureMaxbytes, scope, 0, Conversion.byteSize)
        settings.stderr.eventsEnabled = value(section, .stderrEventsEnabled, scope, false, Conversion.boolean)
        settings.serverURL = value(section, .serverurl, scope, nil) { url in
            url.stripped.uppercased.is("AUTO") ? nil : url.string
        }
        settings.user = value(section, .user, scope, nil) { text throws(Complaint) in try self.user(text).account }
        settings.umask = value(section, .umask, scope, nil) { text throws(Complaint) in try Conversion.octal(text) }
        settings.cgroup = cgroup(section, scope)
        program.settings = settings
        readName(section, &program)
        if settings.stopAsGroup, !settings.killAsGroup {
            complain(
                "Cannot set stopasgroup=true and killasgroup=false",
                "Remove killasgroup=false: a group that is stopped as one is killed as one.",
                at: document.entry(section, .killasgroup)?.origin ?? document.sections[section].header)
        }
        return program
    }

    private func readName(_ section: Int, _ program: inout Program) {
        let entry = document.entry(section, .processName)
        if let entry {
            do throws(Complaint) {
                program.nameFormat = try Conversion.name(entry.value)
            } catch {
                complain(error, about: entry)
            }
        }
        if program.count > 1, !program.nameFormat.contains("%(process_num)") {
            complain(
                "%(process_num) must be present within process_name when numprocs > 1",
                "Add process_name=%(program_name)s_%(process_num)02d.",
                at: entry?.origin ?? document.entry(section, .numprocs)?.origin)
        }
    }

    /// The numbers of a section's processes; nil, with a complaint, where there are absurdly many.
    private func numbers(_ section: Int, _ program: Program) -> Range<Int>? {
        guard program.count > 0 else { return 0..<0 }
        let (end, overflow) = program.first.addingReportingOverflow(program.count)
        if overflow || program.count > processesLeft {
            complain(
                .joined(
                    "numprocs=", Text(program.count), " is refused: a configuration may have at most ",
                    Text(Self.mostProcesses), " processes"),
                "Write the number of processes that you want to run.",
                at: document.entry(section, .numprocs)?.origin ?? document.sections[section].header)
            return nil
        }
        processesLeft -= program.count
        return program.first..<end
    }

    private func process(
        _ section: Int, _ program: Program, _ scope: inout Scope, _ memory: inout Memory
    ) -> ProcessSettings {
        let settings = ProcessSettings(program.settings)
        settings.environment = environment(program, &scope, &memory)
        memory.sources = environmentSources(
            section, scope, own: memory.environment ?? [], previous: memory.sources)
        settings.environmentSources = memory.sources
        settings.directory = value(section, .directory, scope, nil) { $0.string }
        settings.execution = execution(section, scope, previous: memory.execution)
        memory.execution = settings.execution
        readLog(section, .stdout, scope, &settings.stdout, &memory)
        readLog(section, .stderr, scope, &settings.stderr, &memory)
        if settings.redirectStderr {
            if case .file = settings.stderr.logfile {
                warn(4, &memory) {
                    .joined(
                        "For [", self.document.sections[section].name,
                        "], redirect_stderr=true but stderr_logfile has ",
                        "also been set to a filename, the filename has been ignored")
                }
            }
            settings.stderr.logfile = .none
        }
        if document.entry(section, .command) == nil {
            complain(
                .joined("program section ", document.sections[section].name, " does not specify a command"),
                "Add command=.", at: document.sections[section].header)
        } else if let (command, _) = text(section, .command, scope) {
            if memory.command?.text != command { memory.command = (command, command.string) }
            settings.command = memory.command?.string ?? ""
        }
        if let entry = document.entry(section, .processName) {
            settings.name = expand(program.nameFormat, scope, { "process_name" }, entry)?.string ?? ""
        } else {
            settings.name = scope.programName?.string ?? ""
        }
        return settings
    }

    /// The supervisor's environment under the program's own, whose names become known to the keys after it.
    private func environment(
        _ program: Program, _ scope: inout Scope, _ memory: inout Memory
    ) -> [EnvironmentVariable] {
        let inherited = configuration.supervisord.environment
        // Names that an earlier process of the section has set stay known, unless the supervisor has them.
        if !scope.own.isEmpty {
            var known = NamedTexts()
            for (name, value) in scope.own.pairs where globals.texts[name] == nil { known.set(name, value) }
            scope.own = known
        }
        guard let entry = program.environment else { return inherited }
        guard let text = expand(entry.value, scope, { "environment" }, entry) else {
            lacksNames = true
            return inherited
        }
        do throws(Complaint) {
            let pairs = try Conversion.environment(text)
            var own: [EnvironmentVariable] = []
            own.reserveCapacity(pairs.count)
            for (name, value) in pairs {
                scope.own.set(Scope.environmentName(name), value)
                own.append(EnvironmentVariable(name.string, value.string))
            }
            if let previous = memory.environment, previous == own { return memory.merged }
            memory.environment = own
            memory.merged = Self.merge(own, over: inherited)
            return memory.merged
        } catch {
            complain(error, about: entry)
            lacksNames = true
            return inherited
        }
    }

    private static func merge(
        _ own: [EnvironmentVariable], over inherited: [EnvironmentVariable]
    ) -> [EnvironmentVariable] {
        if inherited.isEmpty { return own }
        if own.isEmpty { return inherited }
        var index = HashIndex()
        for (position, variable) in inherited.enumerated() { index.insert(Text(variable.name).hash, position) }
        var merged = inherited
        for variable in own {
            if let position = index.find(Text(variable.name).hash, where: { merged[$0].name == variable.name }) {
                merged[position] = variable
            } else {
                merged.append(variable)
            }
        }
        return merged
    }

    private enum Channel {
        case stdout, stderr

        var logfile: Key { self == .stdout ? .stdoutLogfile : .stderrLogfile }
        var backups: Key { self == .stdout ? .stdoutLogfileBackups : .stderrLogfileBackups }
        var maxBytes: Key { self == .stdout ? .stdoutLogfileMaxbytes : .stderrLogfileMaxbytes }
        var syslog: Key { self == .stdout ? .stdoutSyslog : .stderrSyslog }
    }

    private func readLog(
        _ section: Int, _ channel: Channel, _ scope: Scope, _ settings: inout ChannelSettings, _ memory: inout Memory
    ) {
        settings.logfile = logfile(section, channel, scope)
        settings.backups = value(section, channel.backups, scope, 10, Conversion.integer)
        settings.maxBytes = value(section, channel.maxBytes, scope, 50 << 20, Conversion.byteSize)
        settings.syslog = value(section, channel.syslog, scope, false, Conversion.boolean)
        let slot = channel == .stdout ? 0 : 2
        if settings.logfile == .syslog {
            warn(slot, &memory) {
                .joined(
                    "For [", self.document.sections[section].name, "], ", channel.logfile.text,
                    "=syslog but this is deprecated and will be removed.  Use ", channel.syslog.text,
                    "=true to enable syslog instead.")
            }
            settings.logfile = .none
            settings.syslog = true
        }
        if settings.logfile == .auto, settings.maxBytes == 0 {
            warn(slot + 1, &memory) {
                .joined(
                    "For [", self.document.sections[section].name, "], AUTO logging used for ", channel.logfile.text,
                    " without rollover, set maxbytes > 0 to avoid filling up filesystem unintentionally")
            }
        }
    }

    /// The value is expanded twice.
    private func logfile(_ section: Int, _ channel: Channel, _ scope: Scope) -> LogTarget {
        let key = channel.logfile
        guard let (once, entry) = text(section, key, scope),
            let path = expand(once, scope, { key.text }, entry)
        else { return .auto }
        let word = path.lowercased
        if word.is("none") || word.is("off") { return .none }
        if word.is("auto") { return .auto }
        if word.is("syslog") { return .syslog }
        do throws(Complaint) {
            return .file(try existingParent(path).string)
        } catch {
            complain(error, about: entry)
            return .auto
        }
    }

    /// supervisord warns once per process in the same words.
    private func warn(_ slot: Int, _ memory: inout Memory, _ text: () -> Text) {
        let warning = memory.warnings[slot] ?? text().string
        memory.warnings[slot] = warning
        configuration.warnings.append(warning)
    }
}
