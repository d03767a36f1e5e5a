extension Interpreter {
    /// The processes of a `[program:x]`, `[eventlistener:x]` or `[fcgi-program:x]`, sorted.
    func processes(of section: Int, in group: Text) -> [ProcessSettings] {
        guard let kind = SectionKind(name: document.sections[section].name) else { return [] }
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
        let program = program(section, kind, scope, group)
        var processes: [ProcessSettings] = []
        guard let numbers = numbers(section, program) else { return [] }
        // Twice: they are sorted into a second array. A few need no look, which takes two system calls.
        let needed = 2 * numbers.count * MemoryLayout<ProcessSettings>.stride
        guard needed < Self.memoryPerLook / 16 || surroundings.canHave(Self.memoryPerLook + needed) else {
            complainOfMemory(at: document.sections[section].header)
            return []
        }
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
        let order = Order.sorted(processes.map { Order.Rank($0.priority, $0.name) })
        var sorted: [ProcessSettings] = []
        sorted.reserveCapacity(processes.count)
        for position in order { sorted.append(processes[position]) }
        return sorted
    }

    /// What all processes of a section have in common.
    private struct Program {
        let written: [WrittenKey]
        var values = KeyValues()
        var count = 1
        var first = 0
        var nameFormat: Text = "%(program_name)s"
        let environment: DocumentEntry?
    }

    /// What the process before this one had, shared where it's equal.
    private struct Memory {
        var environment: [EnvironmentVariable]?
        var merged = VariableList([])
        var command: (text: Text, string: String)?
        var warnings: [String?] = [nil, nil, nil, nil, nil]
        var values = KeyValues()
    }

    private func program(_ section: Int, _ kind: SectionKind, _ scope: Scope, _ group: Text) -> Program {
        var program = Program(written: written(section, kind), environment: document.entry(section, .environment))
        var values = KeyValues()
        let clean = savedProblems
        for key in Self.endings { values[key] = supervisor[key] }
        isCountAutomatic = false
        read(program.written, .once, section, scope, into: &values)
        program.count = values.int(.numprocs) ?? 1
        program.first = values.int(.numprocsStart) ?? 0
        for wanted in counts where scope.programName == Text(wanted.program) {
            program.count = wanted.count
            scaled.append((wanted.program, group.string))
        }
        values[.numprocs] = nil
        values[.numprocsStart] = nil
        program.values = values
        disable(section, &program.values)
        readName(section, &program)
        remarkOnRestarts(section, values)
        remarkOnEndings(section, values)
        checkReadiness(section, values)
        remarkOnOneShots(section, values)
        checkReload(section, values)
        remarkOnStop(section, values)
        let stopsGroup = values.bool(.stopasgroup, or: .process)
        if stopsGroup, !values.bool(.killasgroup, or: .process) {
            if let entry = document.entry(section, .killasgroup), !hasProblems(since: clean) {
                complain(
                    "Cannot set stopasgroup=true and killasgroup=false",
                    "Remove killasgroup=false: a group that is stopped as one is killed as one.", at: entry.origin)
            }
            program.values[.killasgroup] = .bool(true)
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
        // An automatic number is right on every machine, or on none.
        if program.count > 1 || isCountAutomatic, !program.nameFormat.contains("%(process_num)") {
            complain(
                isCountAutomatic
                    ? "%(process_num) must be present within process_name when numprocs=auto"
                    : "%(process_num) must be present within process_name when numprocs > 1",
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
        var values = program.values
        let environment = environment(program, &scope, &memory)
        values.set(.environment, .variables(environment), unless: .process)
        for key in Self.inherited { values[key] = supervisor[key] }
        read(program.written, .perProcess, section, scope, into: &values)
        adjustLog(section, .stdout, &values, &memory)
        adjustLog(section, .stderr, &values, &memory)
        if values.bool(.redirectStderr, or: .process) {
            if case .file = values.log(.stderrLogfile, or: .process) {
                warn(4, &memory) {
                    .joined(
                        "For [", self.document.sections[section].name,
                        "], redirect_stderr=true but stderr_logfile has ",
                        "also been set to a filename, the filename has been ignored")
                }
            }
            values[.stderrLogfile] = .log(.none)
        }
        if document.entry(section, .command) == nil {
            complain(
                .joined("program section ", document.sections[section].name, " does not specify a command"),
                adviceForMissing(.command, section, "Add command=."), at: document.sections[section].header)
        } else if let (command, _) = text(section, .command, scope) {
            if memory.command?.text != command { memory.command = (command, command.string) }
            values[.command] = .text(memory.command?.string ?? "")
        }
        var name = scope.programName?.string ?? ""
        if let entry = document.entry(section, .processName) {
            name = expand(program.nameFormat, scope, { "process_name" }, entry)?.string ?? ""
        }
        if memory.values != values { memory.values = values.compact }
        let hasFiles = values[.envFile] != nil || values[.environmentFromFiles] != nil
        return ProcessSettings(name, memory.values, ownEnvironment: hasFiles ? memory.environment ?? [] : [])
    }

    /// The supervisor's environment under the program's own, whose names become known to the keys after it.
    private func environment(
        _ program: Program, _ scope: inout Scope, _ memory: inout Memory
    ) -> VariableList {
        let inherited = VariableList(supervisor.variables(.environment))
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
            memory.merged = VariableList(Self.merge(own, over: inherited.list))
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
        var maxBytes: Key { self == .stdout ? .stdoutLogfileMaxbytes : .stderrLogfileMaxbytes }
        var syslog: Key { self == .stdout ? .stdoutSyslog : .stderrSyslog }
    }

    private func adjustLog(_ section: Int, _ channel: Channel, _ values: inout KeyValues, _ memory: inout Memory) {
        let slot = channel == .stdout ? 0 : 2
        let logfile = values.log(channel.logfile, or: .process)
        if logfile == .syslog {
            warn(slot, &memory) {
                .joined(
                    "For [", self.document.sections[section].name, "], ", self.table.name(channel.logfile),
                    "=syslog but this is deprecated and will be removed.  Use ", self.table.name(channel.syslog),
                    "=true to enable syslog instead.")
            }
            values[channel.logfile] = .log(.none)
            values[channel.syslog] = .bool(true)
        }
        if logfile == .auto, values.int(channel.maxBytes, or: .process) == 0 {
            warn(slot + 1, &memory) {
                .joined(
                    "For [", self.document.sections[section].name, "], AUTO logging used for ",
                    self.table.name(channel.logfile),
                    " without rollover, set maxbytes > 0 to avoid filling up filesystem unintentionally")
            }
        }
    }

    /// supervisord warns once per process in the same words.
    private func warn(_ slot: Int, _ memory: inout Memory, _ text: () -> Text) {
        let warning = memory.warnings[slot] ?? text().string
        memory.warnings[slot] = warning
        warnings.append(warning)
    }
}
