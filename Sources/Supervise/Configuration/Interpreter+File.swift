extension Interpreter {
    /// Reads the main file and those that it includes.
    func read() {
        readMainFile()
        readIncludedFiles()
    }

    func readMainFile() {
        guard let bytes = contents(of: path) else { return }
        read(bytes, named: path)
    }

    func readIncludedFiles() {
        guard let section = document.section("include") else { return }
        document.expandHere(here)
        readIncluded(section)
    }

    private func contents(of path: Text) -> [UInt8]? {
        switch surroundings.contents(of: path.string) {
        case .bytes(let bytes):
            return bytes
        case .missing:
            complain(
                .joined("could not find config file ", path), "Name an existing file with -c.", at: nil)
        case .unreadable:
            complain(
                .joined("could not read config file ", path),
                "Make it a file that this user may read, of at most 16 MB.", at: nil)
        case .noMemory:
            complainOfMemory(at: nil)
        }
        return nil
    }

    private func read(_ bytes: [UInt8], named name: Text) {
        report(DocumentReader.read(bytes, name: name, into: document, canHave: { self.surroundings.canHave($0) }))
    }

    private func report(_ found: [DocumentReader.Problem]) {
        for problem in found {
            complain(isSupervisord ? problem.sentence : problem.plain, problem.advice, at: problem.origin)
        }
    }

    private func readIncluded(_ section: Int) {
        guard let entry = document.entry(section, .files) else {
            complain(
                ".ini file has [include] section, but no files setting",
                adviceForMissing(.files, section, "Add files= with patterns of the files to include."),
                at: document.sections[section].header)
            return
        }
        var scope = scope(here: true)
        scope.hostName = hostName
        guard let patterns = expand(entry.value, scope, { "include.files" }, entry) else { return }
        let base = Path.directory(of: Path.absolute(path, surroundings))
        for word in patterns.words {
            let pattern = Path.join(base, word)
            var files: [Text] = []
            for file in surroundings.paths(matching: pattern.string) { files.append(Text(file)) }
            if files.isEmpty {
                warnings.append("No file matches via include \"\(pattern.string)\"")
            }
            Order.sort(&files)
            for file in files { include(file, entry.origin) }
        }
    }

    private func include(_ file: Text, _ origin: Origin) {
        infos.append("Included extra file \"\(file.string)\" during parsing")
        switch surroundings.contents(of: file.string) {
        case .bytes(let bytes): read(bytes, named: file)
        // A file that vanished or can't be read is passed over.
        case .missing, .unreadable: return
        case .noMemory: return complainOfMemory(at: origin)
        }
        document.expandHere(Path.absolute(Path.directory(of: file), surroundings))
    }
}

extension Interpreter {
    /// Remarks on sections and keys that mean nothing here.
    func remarkOnUnknownNames() {
        var knownSections: [Text] = []
        for kind in SectionKind.allCases { knownSections.append(Text("\(kind.prefix)")) }
        knownSections.append(Text(stringLiteral: Self.programDefaults))
        remarkOnRepetitions()
        let reads = hasDependentStartup
        for section in document.sections {
            let isDefault = section.name.is(Self.programDefaults)
            guard isDefault || remarks.count < Self.mostRemarks else { continue }
            guard let kind = isDefault ? .program : SectionKind(name: section.name) else {
                remarkOnSection(section, knownSections)
                continue
            }
            if kind == .ctlPlugin {
                remark(
                    .joined("[", section.name, "] has no effect: plugins of supervisorctl are Python, ctl has none"),
                    at: section.header)
            }
            guard !kind.takesEveryKey else { continue }
            for entry in section.entries where table.position(of: entry.key, in: kind) == nil {
                if DependentStartup.isKey(document.name(of: entry.key)) {
                    remarkOnDependentStartup(entry, section, isRead: reads)
                } else {
                    remarkOnKey(entry, section, kind, isError: isDefault)
                }
            }
        }
    }

    private func remarkOnSection(_ section: Section, _ known: [Text]) {
        let head: Text
        if let colon = section.name.bytes.firstIndex(of: ASCII.colon) {
            head = Text(section.name.bytes[...colon])
        } else {
            head = section.name
        }
        var text = Text.joined("unknown section [", section.name, "], ignored")
        if let close = Suggestion.closest(to: head, among: known) {
            text = .joined(text, "; did you mean `", close, "`?")
        }
        remark(text, at: section.header)
    }

    /// What to do about a key that has to be there: correct a misspelt one, if there is one.
    func adviceForMissing(_ key: Key, _ section: Int, _ advice: String) -> String {
        let kind = SectionKind(name: document.sections[section].name)
        for entry in document.sections[section].entries {
            if let kind, table.position(of: entry.key, in: kind) != nil { continue }
            let written = document.name(of: entry.key)
            guard Suggestion.closest(to: written, among: [table.name(key)]) != nil else { continue }
            return "Did you mean `\(table.name(key).string)` where it says `\(written.string)`?"
        }
        return advice
    }

    private func remarkOnKey(_ entry: DocumentEntry, _ section: Section, _ kind: SectionKind, isError: Bool) {
        let key = document.name(of: entry.key)
        let origin = Origin(file: entry.origin.file, offset: Int(entry.keyOffset))
        let close = Suggestion.closest(to: key, among: table.names(in: kind))
        var text = Text.joined("unknown key ", key, " in [", section.name, "]")
        if isError {
            let advice = close.map { "Did you mean `\($0.string)`?" } ?? "Write a key that programs have, or remove it."
            return complain(text, advice, at: origin)
        }
        text = .joined(text, ", ignored")
        if let close { text = .joined(text, "; did you mean `", close, "`?") }
        remark(text, at: origin)
    }
}
