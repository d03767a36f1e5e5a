import Supervise

/// Who depends on whom, by what init tells of each program (`depends_on`). A group whose programs all depend on the same,
/// and of which nobody needs one alone, is one node.
struct DependencyMap {
    struct Node {
        /// As commands take it: a program, or a group.
        let name: String
        /// One, or all of the group.
        let programs: [PageProgram]
        /// 0: depends on nobody; otherwise one more than the highest of those that it depends on.
        fileprivate(set) var layer = 0

        /// The worst of its programs.
        var mood: PageProgram.Attention {
            [.ill, .moving, .resting].first { mood in programs.contains { $0.health == mood } } ?? .well
        }

        var word: String {
            let worst = programs.filter { $0.health == mood }
            let word = worst.first?.word ?? ""
            return programs.count == 1 ? word : "\(worst.count) of \(programs.count) \(word)"
        }
    }

    struct Edge {
        /// Of `nodes`: who waits, and for whom.
        let from: Int
        let to: Int
        let dependency: DependencyText
    }

    private(set) var nodes: [Node] = []
    private(set) var edges: [Edge] = []

    init(_ programs: [PageProgram]) {
        var groups: [(name: String, members: [PageProgram])] = []
        for program in programs {
            if groups.last?.name == program.group {
                groups[groups.count - 1].members.append(program)
            } else {
                groups.append((program.group, [program]))
            }
        }
        let wanted = Set(programs.flatMap { $0.dependencies.map(\.name) })
        var ofGroup: [String: [Int]] = [:]
        var ofProgram: [String: Int] = [:]
        for (group, members) in groups {
            let isOne =
                members.count > 1 && members.allSatisfy { $0.dependencies == members[0].dependencies }
                && !members.contains { wanted.contains($0.fullName) && $0.fullName != group }
            for part in isOne ? [members] : members.map({ [$0] }) {
                ofGroup[group, default: []].append(nodes.count)
                for program in part { ofProgram[program.fullName] = nodes.count }
                nodes.append(Node(name: isOne ? group : part[0].fullName, programs: part))
            }
        }
        for index in nodes.indices {
            for dependency in nodes[index].programs[0].dependencies {
                // A group's name stands for all of it, also where one of its programs has the same.
                for target in ofGroup[dependency.name] ?? ofProgram[dependency.name].map({ [$0] }) ?? []
                where target != index { edges.append(Edge(from: index, to: target, dependency: dependency)) }
            }
        }
        findLayers()
    }

    /// init accepts no cycles; two answers of it at different times might have one all the same.
    private mutating func findLayers() {
        for _ in nodes.indices {
            var isDone = true
            for edge in edges where nodes[edge.from].layer <= nodes[edge.to].layer {
                guard nodes[edge.to].layer + 1 < nodes.count else { continue }
                nodes[edge.from].layer = nodes[edge.to].layer + 1
                isDone = false
            }
            if isDone { return }
        }
    }

    func node(of program: PageProgram) -> Int? {
        nodes.firstIndex { $0.programs.contains { $0.fullName == program.fullName } }
    }
}

/// One entry of `depends_on` as init writes it: `NAME:CONDITION[:optional][:restart]`.
struct DependencyText: Equatable {
    let name: String
    /// `ready`, `completed`.
    let condition: String
    let isOptional: Bool
    let restarts: Bool

    init(_ text: String) {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false)[...]
        var flags: Set<Substring> = []
        while let last = parts.last, last == "optional" || last == "restart" {
            flags.insert(last)
            parts.removeLast()
        }
        condition = parts.count > 1 ? String(parts.removeLast()) : "ready"
        name = parts.joined(separator: ":")
        isOptional = flags.contains("optional")
        restarts = flags.contains("restart")
    }

    /// `ready`, `healthy, optional`.
    var words: String { condition + (isOptional ? ", optional" : "") + (restarts ? ", restart" : "") }
}
