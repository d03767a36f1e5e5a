// `depends_on`: names become processes when all groups are known, and what can never work is a problem of its line.

extension Interpreter {
    /// Which processes of a group a section has become.
    struct Made {
        let section: Int
        let group: Text
        /// Positions in the group.
        let processes: Range<Int>
    }

    /// Pairs of a process and one that it waits for: the graph stays small.
    static let mostDependencies = 100_000

    func linkDependencies() {
        let key = Int32(Key.dependsOn.rawValue)
        guard document.defaults[key] != nil || document.sections.contains(where: { $0[key] != nil }) else { return }
        var linker = DependencyLinker(self)
        linker.link()
    }
}

/// Finds out whom each process depends on, and makes that a part of its settings.
private struct DependencyLinker {
    /// A process, and what has been written for it so far.
    struct Node {
        let group: Int
        let process: Int
        var needs: [(node: Int, origin: Origin)] = []
        var dependencies: [Dependency] = []
    }

    /// One name of a list: what it stands for.
    struct Target {
        let group: Int
        /// nil: all processes of the group.
        let process: Int?
    }

    let interpreter: Interpreter
    var nodes: [Node] = []
    /// By group: the number of its first process.
    var first: [Int] = []
    var groupIndex = HashIndex()
    /// Pairs so far.
    var count = 0

    init(_ interpreter: Interpreter) {
        self.interpreter = interpreter
        for (group, settings) in interpreter.groups.enumerated() {
            groupIndex.insert(HashIndex.hash(settings.name), group)
            first.append(nodes.count)
            for process in settings.processes.indices { nodes.append(Node(group: group, process: process)) }
        }
    }

    mutating func link() {
        for made in interpreter.made {
            guard let group = group(named: made.group) else { continue }
            let processes = (first[group] + made.processes.lowerBound)..<(first[group] + made.processes.upperBound)
            add(made.section, to: processes)
            if let section = interpreter.document.section(.joined("group:", made.group)) { add(section, to: processes) }
        }
        reportCycle()
        for group in interpreter.groups.indices { finish(group) }
    }

    // MARK: Looking up

    private func group(named name: Text) -> Int? {
        groupIndex.find(name.hash) { Text(interpreter.groups[$0].name) == name }
    }

    private func process(named name: Text, in group: Int) -> Int? {
        interpreter.groups[group].processes.firstIndex { Text($0.name) == name }
    }

    private func settings(_ node: Int) -> ProcessSettings {
        interpreter.groups[nodes[node].group].processes[nodes[node].process]
    }

    private func name(_ node: Int) -> Text {
        Text(Namespec.text(group: interpreter.groups[nodes[node].group].name, process: settings(node).name))
    }

    /// A group of that name; else the processes of the program of that name, which is in another group.
    private func targets(_ name: Text) throws(Complaint) -> [Target] {
        if let colon = name.bytes.firstIndex(of: ASCII.colon) {
            let process = Text(name.bytes[(colon + 1)...])
            if let group = group(named: Text(name.bytes[..<colon])) {
                if process.is("*") { return [Target(group: group, process: nil)] }
                if let process = self.process(named: process, in: group) {
                    return [Target(group: group, process: process)]
                }
            }
            throw unknown(name, word: process)
        }
        if let group = group(named: name) { return [Target(group: group, process: nil)] }
        var targets: [Target] = []
        for made in interpreter.made where interpreter.nameAfterColon(made.section) == name {
            guard let group = group(named: made.group) else { continue }
            for process in made.processes { targets.append(Target(group: group, process: process)) }
        }
        if targets.isEmpty { throw unknown(name, word: nil) }
        return targets
    }

    private func unknown(_ name: Text, word: Text?) -> Complaint {
        let sentence = Text.joined("depends_on names ", name, ", and there is no such program or group")
        if let word, let meant = WrittenDependency.closestWord(to: word) {
            return Complaint(sentence, "Did you mean \(Text(name.bytes.dropLast(word.count)).string)\(meant)?")
        }
        var names: [Text] = []
        for made in interpreter.made { names.append(interpreter.nameAfterColon(made.section)) }
        for group in interpreter.groups { names.append(Text(group.name)) }
        if word != nil { for node in nodes.indices { names.append(self.name(node)) } }
        if let close = Suggestion.closest(to: name, among: names) {
            return Complaint(sentence, "Did you mean \(close.string)?")
        }
        return Complaint(sentence, "Add a section [program:\(name.string)], or remove the name.")
    }

    // MARK: Collecting

    /// Adds what a section says to these processes.
    private mutating func add(_ section: Int, to processes: Range<Int>) {
        let scope = interpreter.scope(here: true)
        guard !processes.isEmpty, let (text, entry) = interpreter.text(section, .dependsOn, scope) else { return }
        for part in Conversion.strings(text) {
            do throws(Complaint) {
                let written = try WrittenDependency(part)
                for target in try targets(written.name) { try add(target, written, to: processes, entry.origin) }
            } catch {
                interpreter.complain(error, about: entry)
            }
        }
    }

    private mutating func add(
        _ target: Target, _ written: WrittenDependency, to processes: Range<Int>, _ origin: Origin
    ) throws(Complaint) {
        let group = interpreter.groups[target.group]
        let found =
            target.process.map { first[target.group] + $0..<first[target.group] + $0 + 1 }
            ?? first[target.group]..<first[target.group] + group.processes.count
        count += processes.count * found.count
        guard count <= Interpreter.mostDependencies else {
            count = Interpreter.mostDependencies
            throw Complaint(
                .joined(
                    "the dependencies of this configuration are more than ", Text(Interpreter.mostDependencies),
                    " pairs of processes"),
                "Let one process depend on the group, and the others on that process.")
        }
        for node in found where written.condition.isAboutTheEnd && settings(node).isRestartedAlways {
            throw Complaint(
                .joined(
                    "depends_on waits for ", name(node), " ", Text(stringLiteral: written.condition.expectation),
                    ", and it has autorestart=true"),
                "Set autorestart=false or unexpected there, or wait for :ready.")
        }
        for node in found
        where written.condition == .healthy && (settings(node).healthCheck == nil || settings(node).isOneShot) {
            throw Complaint(
                .joined("depends_on waits for ", name(node), " to be healthy, and it has no health check"),
                "Add healthcheck_command=, healthcheck_http= or healthcheck_tcp= there, or wait for :ready.")
        }
        try refuseDisabled(found, in: target, written, neededBy: processes)
        let dependency = Dependency(
            group.name, target.process.map { group.processes[$0].name }, written.condition, written.flags)
        for node in processes {
            if found.contains(node) {
                throw Complaint(
                    .joined(name(node), " depends on itself"), "Remove \(written.name.string) from depends_on.")
            }
            for other in found { nodes[node].needs.append((other, origin)) }
            if !nodes[node].dependencies.contains(dependency) { nodes[node].dependencies.append(dependency) }
        }
    }

    /// Who takes part can't need somebody who doesn't. Of a group, those count that do.
    private func refuseDisabled(
        _ found: Range<Int>, in target: Target, _ written: WrittenDependency, neededBy processes: Range<Int>
    ) throws(Complaint) {
        guard !written.flags.contains(.optional), let first = found.first,
            !found.contains(where: { settings($0).isEnabled }), processes.contains(where: { settings($0).isEnabled })
        else { return }
        throw Complaint(
            .joined(
                "depends_on names ", written.name, ", which is disabled: ",
                Text(stringLiteral: settings(first).whyDisabled)),
            "Enable it, disable this program, too, or write \(written.name.string):optional.")
    }

    // MARK: Cycles

    private static let mostShown = 20

    /// The first one: another may be a part of it.
    private func reportCycle() {
        DepthFirst.cycles(
            nodes.count, target: { $1 < nodes[$0].needs.count ? nodes[$0].needs[$1].node : nil },
            found: { cycle, position in
                report(cycle, position)
                return false
            })
    }

    /// - Parameter position: among the needs of the last process, the one that closes the cycle.
    private func report(_ cycle: ArraySlice<Int>, _ position: Int) {
        guard let first = cycle.first, let last = cycle.last else { return }
        var text = Text.empty
        for node in cycle.prefix(Self.mostShown) { text = .joined(text, name(node), " -> ") }
        if cycle.count > Self.mostShown { text = .joined(text, "... -> ") }
        interpreter.complain(
            .joined("programs depend on each other: ", text, name(first)), "Remove one of these dependencies.",
            at: nodes[last].needs[position].origin)
    }

    // MARK: Settings

    /// Processes whose values were the same object still share one if they depend on the same.
    private func finish(_ group: Int) {
        let settings = interpreter.groups[group]
        let range = first[group]..<first[group] + settings.processes.count
        guard nodes[range].contains(where: { !$0.dependencies.isEmpty }) else { return }
        var processes: [ProcessSettings] = []
        processes.reserveCapacity(range.count)
        var last: (from: KeyValues, dependencies: [Dependency], to: KeyValues)?
        for (process, node) in zip(settings.processes, nodes[range]) {
            guard !node.dependencies.isEmpty else {
                processes.append(process)
                continue
            }
            if let last, last.from.isShared(with: process.values), last.dependencies == node.dependencies {
                processes.append(process.with(last.to))
                continue
            }
            var values = process.values
            values[.dependsOn] = .dependencies(node.dependencies)
            values = values.compact
            last = (process.values, node.dependencies, values)
            processes.append(process.with(values))
        }
        interpreter.groups[group] = settings.with(processes)
    }
}
