/// A method that clients may call. There are no others: names are looked up in `Method.all` and nowhere else.
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
        /// Optional, like Python's `wait=True`.
        var isOptional = false
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
