import Supervise

/// One method that clients may call. There are no others: names are looked up in `Method.all` and nowhere else. Names and types of its
/// parameters are those of `ControlMethod`.
struct Method {
    /// A type in the words of `system.methodSignature`.
    enum Kind: String {
        case int, string, boolean, array
        case structure = "struct"
    }

    struct Parameter {
        let name: String
        let kind: Kind
        let help: String
        /// May be left out, as Python's `wait=True`.
        let isOptional: Bool

        /// - Parameter text: `name:type`, as `ControlMethod` has it.
        init(_ text: Substring, help: String) {
            let parts = text.split(separator: ":")
            let type = parts.last ?? ""
            name = String(parts.first ?? "")
            isOptional = type.hasSuffix("?")
            kind = Kind(rawValue: String(isOptional ? type.dropLast() : type)) ?? .string
            self.help = help
        }
    }

    /// What answers it.
    enum Work: Equatable {
        /// init, under the same name.
        case supervisor
        /// init, once programs have started or stopped, if the last parameter says so.
        case supervisorWaiting
        case sendInput
        /// Long ones are answered in pieces.
        case sendEvent
        case readLog(LogChannel)
        case tailLog(LogChannel)
        case listMethods, methodHelp, methodSignature, multicall
    }

    let name: String
    let work: Work
    let parameters: [Parameter]
    let result: Kind
    let resultHelp: String
    let help: String

    /// - Parameter parameterHelp: of each parameter in the table; a test counts them.
    init(
        _ method: ControlMethod, work: Work, parameterHelp: [String], result: Kind, resultHelp: String, help: String
    ) {
        name = method.name.description
        self.work = work
        parameters = zip(method.parameters.description.split(separator: " "), parameterHelp).map {
            Parameter($0, help: $1)
        }
        self.result = result
        self.resultHelp = resultHelp
        self.help = help
    }

    /// `system.methodSignature`: the result's type, then the parameters'.
    var signature: [String] { [result.rawValue] + parameters.map(\.kind.rawValue) }

    /// `system.methodHelp`, with the marks that supervisord's clients know.
    var documentation: String {
        var lines = [help, ""]
        for parameter in parameters {
            lines.append("@param \(parameter.kind.rawValue) \(parameter.name) \(parameter.help)")
        }
        lines.append("@return \(result.rawValue) \(resultHelp)")
        return lines.joined(separator: "\n")
    }

    private static let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    static func named(_ name: String) -> Method? { byName[name] }
}

/// Which log, and whose.
enum LogChannel: String {
    case stdout, stderr
    /// init's own.
    case main
}
