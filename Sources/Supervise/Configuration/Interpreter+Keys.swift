// Reads the keys of a section by their rows.

/// A key that a section has, or `[program-default]` or `[DEFAULT]` for it.
struct WrittenKey {
    /// The position of its row.
    let row: Int
    let entry: DocumentEntry
}

extension Interpreter {
    /// What is written of the keys that this section knows, in the order of the table.
    func written(_ section: Int, _ kind: SectionKind) -> [WrittenKey] {
        var found: [WrittenKey] = []
        let own = document.sections[section]
        func add(_ entry: DocumentEntry) {
            guard let row = table.position(of: entry.key, in: kind) else { return }
            var position = found.count
            while position > 0, found[position - 1].row > row { position -= 1 }
            found.insert(WrittenKey(row: row, entry: entry), at: position)
        }
        func inherit(_ entry: DocumentEntry) {
            guard own.position(of: entry.key) == nil, !document.isReplaced(entry.key, in: section) else { return }
            add(entry)
        }
        for entry in own.entries { add(entry) }
        let middle = document.programDefaults(of: section)
        if let middle { for entry in middle.entries { inherit(entry) } }
        for entry in document.defaults.entries where middle?.position(of: entry.key) == nil { inherit(entry) }
        return found
    }

    /// Reads those that are read at this time, into `values`.
    func read(
        _ written: [WrittenKey], _ reading: KeyRow.Reading, _ section: Int, _ scope: Scope,
        into values: inout KeyValues
    ) {
        for key in written {
            let row = table[key.row]
            guard row.reading == reading else { continue }
            guard let value = value(of: key.entry, row, section, scope) else { continue }
            values.set(table.numbers[key.row], value, unless: .of(row.holder))
        }
    }

    /// The value of one key; nil when it means the same as nothing, or is wrong, which has been reported then.
    private func value(of entry: DocumentEntry, _ row: KeyRow, _ section: Int, _ scope: Scope) -> KeyValue? {
        // A share of a processor, whose percent sign needs no other.
        if row.type == .cpuQuota, let quota = Conversion.percentage(entry.value) { return .text(quota) }
        let name = { Text.joined(self.document.sections[section].name, ".", Text(stringLiteral: row.name)) }
        guard var text = expand(entry.value, scope, name, entry, globalsFirst: true) else {
            if row.type == .supervisorVariables { lacksNames = true }
            return nil
        }
        // supervisord expands these twice.
        if row.type == .log || row.type == .supervisorVariables {
            var wider = scope
            wider.hostName = hostName
            guard let twice = expand(text, wider, { Text(stringLiteral: row.name) }, entry) else {
                if row.type == .supervisorVariables { lacksNames = true }
                return nil
            }
            text = twice
        }
        do throws(Complaint) {
            return try convert(text, row, entry)
        } catch {
            complain(error, about: entry)
            if row.type == .supervisorVariables { lacksNames = true }
            return nil
        }
    }

    /// nil: as if nothing were written.
    func convert(_ text: Text, _ row: KeyRow, _ entry: DocumentEntry) throws(Complaint) -> KeyValue? {
        switch row.type {
        case .user: return .account(try user(text).account)
        case .unprivilegedUser: return .account(try unprivilegedUser(text))
        case .supervisorUser:
            supervisorUser = (text, entry)
            return nil
        case .group: return .account(try group(text))
        case .groups:
            var groups: [Account] = []
            for name in Conversion.strings(text) { groups.append(try group(name)) }
            return .accounts(groups)
        case .ownership:
            // supervisord's word for one of them.
            let word = row.key == .chown ? "sockchown" : Text(stringLiteral: row.name)
            return .ownership(try ownership(text, .joined("Invalid ", word, " value ")))
        case .log:
            if let word = Conversion.logWord(text) { return .log(word) }
            return .log(.file(try existingParent(text).string))
        case .ownLog:
            let path = try existingParent(text)
            return .log(path.is("syslog") ? .syslog : .file(Path.resolved(path, surroundings).string))
        case .pidfile: return .text(Path.resolved(try existingParent(text), surroundings).string)
        case .folder: return .text(try existingDirectory(text).string)
        case .path: return .text(Path.resolved(text, surroundings).string)
        case .optionalPath: return text.isEmpty ? nil : .text(Path.resolved(text, surroundings).string)
        case .places: return .texts(try places(text, row.name))
        case .placesByName: return .variables(VariableList(try placesByName(text, row.name)))
        case .supervisorVariables:
            let variables = try Conversion.environment(text)
            for (name, value) in variables { globals.texts.set(Scope.environmentName(name), value) }
            return .variables(VariableList(variables.map { EnvironmentVariable($0.name.string, $0.value.string) }))
        case .processCount: return .int(try processCount(text))
        case .serverURL: return text.stripped.uppercased.is("AUTO") ? nil : .text(text.string)
        case .clientURL:
            guard text.hasPrefix("unix://") else { return .text(text.string) }
            return .text("unix://\(Path.resolved(text.dropFirst(7), surroundings).string)")
        case .capabilities: return .capabilities(try capabilities(text), written: text.string)
        case .initCapabilities: return .initCapabilities(try initCapabilities(text))
        case .boolean, .integer, .bounded, .decimal, .size, .octal, .text, .hook, .profiles, .programType, .plainPath,
            .autoRestart, .endPolicy, .healthAction, .notify, .probe, .oneOf, .signal, .signals, .exitCodes, .logLevel,
            .variables, .secureBits, .limit, .ioPriority, .processors, .memoryLimit, .cpuQuota, .processLimit,
            .bufferSize, .backlog, .hosts, .command, .nameFormat, .programs, .events, .handler, .socketURL, .socketMode,
            .address, .socketPath, .password, .passwordFile, .patterns, .factory, .dependencies:
            return try Conversion.value(text, row)
        }
    }

    private func unprivilegedUser(_ text: Text) throws(Complaint) -> Account {
        let (account, record) = try user(text)
        if record.id != 0 { return account }
        throw Complaint(
            "gateway_user=root would give root's rights to the process that reads what clients send",
            "Name a user that no program runs as, or leave the key out.")
    }

    private func processCount(_ text: Text) throws(Complaint) -> Int {
        isCountAutomatic = text.lowercased.is("auto")
        if isCountAutomatic { return globals.processorCount }
        return try Conversion.integer(text)
    }

    /// A list of paths, each made absolute, with its `-`.
    private func places(_ text: Text, _ name: StaticString) throws(Complaint) -> [String] {
        var places: [String] = []
        for part in Conversion.strings(text) where !part.isEmpty { places.append(try place(part, name)) }
        return places
    }

    private func placesByName(_ text: Text, _ name: StaticString) throws(Complaint) -> [EnvironmentVariable] {
        var values: [EnvironmentVariable] = []
        for (variable, path) in try Conversion.environment(text) {
            values.append(EnvironmentVariable(variable.string, try place(path, name)))
        }
        return values
    }

    private func place(_ text: Text, _ name: StaticString) throws(Complaint) -> String {
        let isOptional = text.bytes.first == ASCII.minus
        let path = isOptional ? text.dropFirst(1).stripped : text
        if path.isEmpty {
            throw Complaint(
                .joined("Invalid ", Text(stringLiteral: name), " value: a path is missing"),
                "Write the path of a file, with - in front of it if the file may be missing.")
        }
        let resolved = Path.resolved(path, surroundings)
        return isOptional ? Text.joined("-", resolved).string : resolved.string
    }
}
