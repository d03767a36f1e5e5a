/// supervisord's command line: what it overrides in the configuration, and what else it requests.
///
/// - Source: `supervisord --help` of supervisord 4.3.0, with `--check` and `--dump-config` added.
public struct SupervisorOptions: Sendable {
    /// `-c`; nil: it is searched for.
    public var configurationFile: String?
    /// It was searched for, and found.
    public var isSearched = false
    /// `-- COMMAND` behind `-c FILE`: the main program. At least one word.
    public var mainCommand: [String]?
    /// What overrides `[supervisord]`.
    var values = KeyValues()
    /// `--check`: read the configuration, report, exit with 0 or 2.
    public var isCheck = false
    /// `--strict`: a check exits with 1 if there are warnings.
    public var isStrict = false
    /// `--dump-config`: print the effective configuration as JSON.
    public var isDump = false
    /// Started under the name `supervisord`: it daemonizes unless told otherwise, and exits if it can't raise its
    /// limits.
    public var isSupervisord = false

    public init() {}

    /// As `-n` does.
    public mutating func stayInForeground() { values[.nodaemon] = .bool(true) }
}

extension SupervisorOptions {
    /// supervisord's sentence, without `Error: `.
    struct OptionError: Error {
        var sentence: String
    }

    enum Request {
        case run(SupervisorOptions)
        case help, version, schema
    }

    static let scanner = OptionScanner(
        short: "h?c:vnu:m:d:l:y:z:e:j:i:q:a:kts",
        long: [
            "help", "configuration=", "version", "nodaemon", "user=", "umask=", "directory=", "logfile=",
            "logfile_maxbytes=", "logfile_backups=", "loglevel=", "pidfile=", "identifier=", "childlogdir=", "minfds=",
            "minprocs=", "nocleanup", "strip_ansi", "profile_options=", "silent",
        ],
        exact: ["check", "dump-config", "schema", "strict"])

    /// Interprets scanned options in their order: of `-v -h` the first counts.
    static func interpret(
        _ options: [OptionScanner.Option], surroundings: any Surroundings, isSupervisord: Bool = false
    ) throws(OptionError) -> Request {
        // The data types, with their messages, are those of the configuration file. Few command lines need them.
        var made: Interpreter?
        let types = {
            let types = made ?? Interpreter(path: "", surroundings: surroundings)
            made = types
            return types
        }
        var user: Text?
        var result = SupervisorOptions()
        for option in options {
            let value = option.value ?? .empty
            let isNew: Bool
            switch option.name {
            case "-h", "-?", "--help": return .help
            case "-v", "--version": return .version
            case "--schema": return .schema
            case "--check":
                result.isCheck = true
                continue
            case "--dump-config":
                result.isDump = true
                continue
            case "--strict":
                result.isStrict = true
                continue
            // It is for Python's profiler: there is nothing to profile here.
            case "--profile_options": continue
            default:
                do throws(Complaint) {
                    if option.name == "-u" || option.name == "--user" {
                        // Looked up when everything else has been read.
                        isNew = user == nil
                        user = value
                    } else {
                        isNew = try result.set(option, value, types)
                    }
                } catch {
                    let why = isSupervisord ? error.sentence : error.plain ?? error.sentence
                    throw OptionError(
                        sentence: "invalid value for \(option.name) \(value.quoted.string): \(why.string)")
                }
            }
            if !isNew {
                throw OptionError(sentence: "conflicting command line option \(Text(option.name).quoted.string)")
            }
        }
        do throws(Complaint) {
            if let user { result.values[.user] = .account(try types().user(user).account) }
        } catch {
            throw OptionError(sentence: error.sentence.string)
        }
        if result.isStrict, !result.isCheck { throw OptionError(sentence: "--strict is for --check: add that") }
        result.isSupervisord = isSupervisord
        return .run(result)
    }

    /// False: the option was given before.
    private mutating func set(
        _ option: OptionScanner.Option, _ value: Text, _ types: () -> Interpreter
    ) throws(Complaint) -> Bool {
        if option.name == "-c" || option.name == "--configuration" {
            let isNew = configurationFile == nil
            configurationFile = value.string
            return isNew
        }
        guard let key = Self.key(option.name) else { return true }
        let isNew = values[key] == nil
        if option.value == nil {
            values[key] = .bool(true)
        } else {
            let types = types()
            guard let position = types.table.position(of: Int32(key.rawValue), in: .supervisord) else { return true }
            values[key] = try types.convert(value, types.table[position], .nowhere)
        }
        return isNew
    }

    private static func key(_ name: String) -> Key? {
        switch name {
        case "-n", "--nodaemon": .nodaemon
        case "-s", "--silent": .silent
        case "-m", "--umask": .umask
        case "-d", "--directory": .directory
        case "-l", "--logfile": .logfile
        case "-y", "--logfile_maxbytes": .logfileMaxbytes
        case "-z", "--logfile_backups": .logfileBackups
        case "-e", "--loglevel": .loglevel
        case "-j", "--pidfile": .pidfile
        case "-i", "--identifier": .identifier
        case "-q", "--childlogdir": .childlogdir
        case "-k", "--nocleanup": .nocleanup
        case "-a", "--minfds": .minfds
        case "--minprocs": .minprocs
        case "-t", "--strip_ansi": .stripANSI
        default: nil
        }
    }
}
