/// What to change in configurations and Dockerfiles that were made for supervisord: edits of their lines, and remarks about what
/// only a person can decide. What isn't understood stays as it is.
public final class Migration {
    /// In the order in which they were given.
    public private(set) var files: [MigratedFile] = []
    /// All sections of all configurations.
    private(set) var parts: [ConfigurationPart] = []
    private(set) var programs: [ConfigurationPart] = []
    private(set) var listeners: [ConfigurationPart] = []
    /// What programs will depend on.
    var dependencies: [MigrationDependency] = []
    /// Keys that sections get.
    private var additions: [MigrationAddition] = []

    /// Configurations are read together: a program of one may wait for one of another.
    ///
    /// - Parameter files: Dockerfiles are told by their names, or by beginning with FROM.
    public init(_ files: [(name: [UInt8], text: [UInt8])]) {
        var dockerfiles: [MigratedFile] = []
        for (name, text) in files {
            let isDockerfile = Dockerfile.isOne(name, text)
            let file = MigratedFile(name, text, isConfiguration: !isDockerfile)
            if isDockerfile { dockerfiles.append(file) }
            for part in file.parts {
                part.file = self.files.count
                parts.append(part)
                if part.name.hasStart("program:") || part.name.hasStart("fcgi-program:") { programs.append(part) }
                if part.name.hasStart("eventlistener:") { listeners.append(part) }
            }
            self.files.append(file)
        }
        changePrefixer()
        changeDependentStartup()
        changeCommands()
        addKeys()
        hint()
        for file in dockerfiles { DockerfileMigration(file).change() }
        for file in self.files { file.sortRemarks() }
    }

    /// It names files that aren't there.
    var incompleteInclude: ConfigurationPart? {
        var configurations = 0
        for file in files where !file.parts.isEmpty { configurations += 1 }
        return configurations == 1 ? parts.first { $0.name.isSame("include") } : nil
    }

    @inline(never)
    func remark(_ part: ConfigurationPart, _ line: Int, _ text: String) { files[part.file].remark(line, text) }

    // MARK: Edits

    @inline(never)
    func remove(_ option: ConfigurationOption, _ part: ConfigurationPart) {
        for line in option.line...option.lastLine { files[part.file].edits.remove(line) }
    }

    /// Removes a section with its keys. Comments above it and behind its last key stay, and one empty line.
    func remove(_ part: ConfigurationPart) {
        let edits = files[part.file].edits
        for line in part.line...part.lastLine { edits.remove(line) }
        let end = part.lastLine + 1
        var next = end
        while next < edits.lines.count, edits.lines[next].stripped.isEmpty { next += 1 }
        if next == edits.lines.count {
            // Nothing follows: what separated it from the section before goes.
            var line = part.line - 1
            while line >= 0, edits.lines[line].stripped.isEmpty {
                edits.remove(line)
                line -= 1
            }
        } else if part.line == 0 || edits.lines[part.line - 1].stripped.isEmpty {
            for line in end..<next { edits.remove(line) }
        }
    }

    /// Replaces a value in its first line; what stands behind it stays.
    @inline(never)
    func set(_ option: ConfigurationOption, to value: [UInt8], _ part: ConfigurationPart) {
        let edits = files[part.file].edits
        let line = edits.lines[option.line]
        edits.replace(
            option.line, with: Array(line[..<option.place.lowerBound]) + value + line[option.place.upperBound...])
    }

    /// - Parameter line: the key stands behind this one; nil: behind `command=`.
    @inline(never)
    func add(_ key: String, _ value: [UInt8], _ part: ConfigurationPart, behind line: Int? = nil) {
        guard !adds(key, part) else { return }
        let usual = (part["command"] ?? part.options.first)?.lastLine ?? part.line
        additions.append(MigrationAddition(part: part, key: key, value: value, line: line ?? usual))
    }

    func adds(_ key: String, _ part: ConfigurationPart) -> Bool {
        for addition in additions where addition.part === part && addition.key == key { return true }
        return false
    }

    /// Writes what was collected.
    private func addKeys() {
        for program in programs {
            var list: [UInt8] = []
            var names: [[UInt8]] = []
            for dependency in dependencies where dependency.program === program && !names.contains(dependency.on) {
                list += (names.isEmpty ? [] : ", ".bytes) + dependency.on
                names.append(dependency.on)
            }
            if names.isEmpty { continue }
            if let option = program["depends_on"] {
                let before = Array(files[program.file].edits.lines[option.line][option.place])
                set(option, to: before + (before.isEmpty ? [] : ", ".bytes) + list, program)
            } else {
                add("depends_on", list, program)
            }
        }
        for addition in additions {
            let edits = files[addition.part.file].edits
            let option = addition.part.options.last { $0.line <= addition.line }
            let line = edits.lines[option?.line ?? addition.line]
            let start = option?.place.lowerBound ?? 0
            let isSpaced = start > 0 && line[start - 1] == ASCII.space
            edits.add(
                Array(line.prefix { $0.isBlank }) + addition.key.bytes + (isSpaced ? " = " : "=").bytes
                    + addition.value,
                before: addition.line + 1)
        }
    }
}

final class MigrationDependency {
    let program: ConfigurationPart
    let on: [UInt8]

    init(_ program: ConfigurationPart, on name: [UInt8]) { (self.program, on) = (program, name) }
}

private struct MigrationAddition {
    let part: ConfigurationPart
    let key: String
    let value: [UInt8]
    /// The key stands behind it.
    let line: Int
}
