/// Who waits for whom, for people: what `init --graph` and `init --check` print.
public struct StartOrder {
    /// An edge of the graph: a process, or a whole group, and what it waits for.
    public struct Edge: Equatable {
        public let from: String
        public let to: String
        public let condition: Dependency.Condition
        public let flags: Dependency.Flags

        /// `ready`, or `completed, optional`; empty for what is usual.
        var label: String {
            var label = condition == .ready && flags.isEmpty ? "" : condition.name.description
            if flags.contains(.optional) { label += ", optional" }
            if flags.contains(.restart) { label += ", restart" }
            return label
        }
    }

    public enum Form: Sendable {
        case text, mermaid, dot

        /// nil: there is no such form.
        init?(_ word: Text) {
            switch word.string {
            case "text": self = .text
            case "mermaid": self = .mermaid
            case "dot": self = .dot
            default: return nil
            }
        }
    }

    /// Programs that are started together: a program is in the first step after all that it waits for. Names are in the
    /// order in which they are started.
    public private(set) var steps: [[String]] = []
    public private(set) var edges: [Edge] = []

    public init(_ configuration: Configuration) {
        var index = HashIndex()
        var names: [String] = []
        var dependencies: [[Dependency]] = []
        for group in configuration.groups {
            for process in group.processes {
                let name = Namespec.text(group: group.name, process: process.name)
                index.insert(HashIndex.hash(name), names.count)
                names.append(name)
                dependencies.append(process.dependencies)
            }
        }
        /// By process: how many of those that it waits for have no step yet, and who waits for it.
        var open = Array(repeating: 0, count: names.count)
        var waiting: [[Int]] = Array(repeating: [], count: names.count)
        for (process, list) in dependencies.enumerated() {
            for dependency in list {
                let to = dependency.process.map { Namespec.text(group: dependency.group, process: $0) }
                edges.append(
                    Edge(
                        from: names[process], to: to ?? dependency.group, condition: dependency.condition,
                        flags: dependency.flags))
                for target in Self.targets(dependency, configuration) {
                    guard let target = index.find(HashIndex.hash(target), where: { names[$0] == target }) else {
                        continue
                    }
                    waiting[target].append(process)
                    open[process] += 1
                }
            }
        }
        var step: [Int] = []
        for process in names.indices where open[process] == 0 { step.append(process) }
        while !step.isEmpty {
            steps.append(step.map { names[$0] })
            var next: [Int] = []
            for process in step {
                for other in waiting[process] {
                    open[other] -= 1
                    if open[other] == 0 { next.append(other) }
                }
            }
            let found = next
            step = Order.sorted(found.map { Order.Rank($0) }).map { found[$0] }
        }
    }

    private static func targets(_ dependency: Dependency, _ configuration: Configuration) -> [String] {
        if let process = dependency.process { return [Namespec.text(group: dependency.group, process: process)] }
        var names: [String] = []
        for group in configuration.groups where group.name == dependency.group {
            for process in group.processes { names.append(Namespec.text(group: group.name, process: process.name)) }
        }
        return names
    }

    /// `1. db, cache`, a line for each step; longer ones are cut.
    public var lines: [String] {
        var lines: [String] = []
        for (number, step) in steps.enumerated() {
            var line = "\(number + 1). "
            for (position, name) in step.enumerated() {
                if line.utf8.count > 160 {
                    line += " and \(step.count - position) more"
                    break
                }
                line += position == 0 ? name : ", \(name)"
            }
            lines.append(line)
        }
        return lines
    }

    /// The graph in the form that a person or a tool wants.
    public func graph(_ form: Form) -> String {
        var text = ""
        switch form {
        case .text:
            if edges.isEmpty { return "No program depends on another one.\n" }
            for edge in edges {
                text += "\(edge.from) -> \(edge.to)\(edge.label.isEmpty ? "" : " (\(edge.label))")\n"
            }
        case .mermaid:
            text = "graph LR\n"
            for edge in edges {
                let label = edge.label.isEmpty ? "" : "|\(edge.label)|"
                text += "    \(Self.mermaid(edge.from)) -->\(label) \(Self.mermaid(edge.to))\n"
            }
        case .dot:
            text = "digraph dependencies {\n    rankdir=LR;\n"
            for edge in edges {
                let label = edge.label.isEmpty ? "" : " [label=\(Self.quoted(edge.label))]"
                text += "    \(Self.quoted(edge.from)) -> \(Self.quoted(edge.to))\(label);\n"
            }
            text += "}\n"
        }
        return text
    }

    /// An identifier that names may not be, and the name.
    private static func mermaid(_ name: String) -> String {
        var identifier: [UInt8] = [UInt8(ascii: "n")]
        for byte in name.bytes { Hexadecimal.append(byte, to: &identifier) }
        return "\(String(decoding: identifier, as: UTF8.self))[\(quoted(name))]"
    }

    /// Names may have any character.
    private static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.oneLine.bytes {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }
}
