/// The names that a value may use as `%(name)s`.
struct Scope {
    enum Substitute {
        case text(Text)
        case number(Int)
    }

    /// `ENV_x` of the supervisor's environment and of `[supervisord] environment=`.
    final class Globals {
        private let surroundings: any Surroundings
        /// For `%(cpu_count)d` and `numprocs=auto`, which few use.
        lazy var processorCount = surroundings.processorCount
        /// Made when a value names one of them, which few do.
        lazy var texts: NamedTexts = {
            var texts = NamedTexts()
            for variable in surroundings.environment {
                texts.set(Scope.environmentName(Text(variable.name)), Text(variable.value))
            }
            return texts
        }()

        init(_ surroundings: any Surroundings) { self.surroundings = surroundings }

        var names: [Text] { texts.pairs.map { $0.name } }
    }

    var globals: Globals
    var here: Text?
    var programName: Text?
    var hostName: Text?
    var groupName: Text?
    var processNumber: Int?
    var processCount: Int?
    /// `ENV_x` of the program's own environment; they hide the supervisor's.
    var own = NamedTexts()

    init(_ globals: Globals) { self.globals = globals }

    static func environmentName(_ name: Text) -> Text { .joined("ENV_", name) }

    subscript(name: Text) -> Substitute? { substitute(name) }

    @inline(never)
    private func substitute(_ name: Text) -> Substitute? {
        if name.hasPrefix("ENV_") {
            return (own[name] ?? globals.texts[name]).map { .text($0) }
        }
        if name.is("here") { return here.map { .text($0) } }
        if name.is("program_name") { return programName.map { .text($0) } }
        if name.is("host_node_name") { return hostName.map { .text($0) } }
        if name.is("group_name") { return groupName.map { .text($0) } }
        if name.is("process_num") { return processNumber.map { .number($0) } }
        if name.is("numprocs") { return processCount.map { .number($0) } }
        // Reeve's own: supervisord's lists of names don't have it.
        if name.is("cpu_count") { return .number(globals.processorCount) }
        return nil
    }

    /// What `ENV_x:-text` stands for: the variable, or the text if it is missing or empty.
    @inline(never)
    func fallback(_ name: Text) -> Substitute? {
        guard name.hasPrefix("ENV_") else { return nil }
        let bytes = name.bytes
        guard let colon = bytes.firstIndex(of: ASCII.colon), colon + 1 < bytes.endIndex,
            bytes[colon + 1] == ASCII.minus
        else { return nil }
        if case .text(let value)? = self[Text(bytes[..<colon])], !value.isEmpty { return .text(value) }
        return .text(Text(bytes[(colon + 2)...]))
    }

    static let otherNames: [Text] = [
        "here", "program_name", "host_node_name", "group_name", "process_num", "numprocs",
    ]

    /// Of the program's own environment alone.
    private var ownNames: [Text] {
        var names: [Text] = []
        for (name, _) in own.pairs where globals.texts[name] == nil { names.append(name) }
        return names
    }

    /// All names, sorted, as supervisord lists them for a name that it doesn't know.
    var names: Text {
        var names = globals.names + ownNames
        for name in Self.otherNames where self[name] != nil { names.append(name) }
        Order.sort(&names)
        var list: [UInt8] = []
        for (index, name) in names.enumerated() {
            if index > 0 { list += [ASCII.comma, ASCII.space] }
            list += name.bytes
        }
        return Text(list)
    }

    /// The names as a Python dictionary shows itself: what a bare `%s` stands for.
    func dictionary(globalsFirst: Bool) -> Text {
        var others = ownNames
        Order.sort(&others)
        let names = (globalsFirst ? globals.names + Self.otherNames : Self.otherNames + globals.names) + others
        var pairs: [(Text, Substitute)] = []
        for name in names {
            if let value = self[name] { pairs.append((name, value)) }
        }
        var result: [UInt8] = [UInt8(ascii: "{")]
        for (index, pair) in pairs.enumerated() {
            if index > 0 { result += [ASCII.comma, ASCII.space] }
            result += pair.0.quoted.bytes
            result += [ASCII.colon, ASCII.space]
            switch pair.1 {
            case .text(let text): result += text.quoted.bytes
            case .number(let number): result += Text(number).bytes
            }
        }
        result.append(UInt8(ascii: "}"))
        return Text(result)
    }
}
