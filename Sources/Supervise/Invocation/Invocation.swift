/// What a command line asks `init` to do.
public enum Invocation: Sendable {
    /// Run one command as its init.
    case single(SingleCommand)
    /// Write this to stdout, exit with 0.
    case tell(String)
    /// Write this to stderr, exit with the code.
    case refuse(String, code: Int32)

    /// - Parameters:
    ///   - arguments: `argv`, the program's name first.
    ///   - environment: looks a variable of this process up.
    public static func parse(_ arguments: [[UInt8]], environment: (String) -> String?) -> Invocation {
        let words = arguments.dropFirst().map { Text($0) }
        let name = baseName(arguments.first ?? [])
        do throws(SingleCommandProblem) {
            switch try SingleCommand.parse(Array(words), environment: environment, likeDumbInit: name == "dumb-init") {
            case .run(let command): return .single(command)
            case .help: return .tell("")
            case .version: return .tell("\(Version.name) \(Version.number)\n")
            case .license: return .tell("")
            }
        } catch {
            return .refuse("\(name): \(error.sentence)\n", code: 1)
        }
    }

    /// The last part of a path.
    static func baseName(_ path: [UInt8]) -> String {
        String(decoding: path.split(separator: ASCII.slash).last ?? [], as: UTF8.self)
    }
}
