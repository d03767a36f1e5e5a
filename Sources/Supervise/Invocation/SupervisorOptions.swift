/// supervisord's command line: what it overrides in the configuration, and what else it requests.
///
/// - Source: `supervisord --help` of supervisord 4.3.0, with `--check` and `--dump-config` added.
public final class SupervisorOptions: @unchecked Sendable {
    /// `-c`; nil: it is searched for.
    public var configurationFile: String?
    /// It was searched for, and found.
    public var isSearched = false
    /// `-n`.
    public var nodaemon: Bool?
    /// `-s`.
    public var silent: Bool?
    /// `-u`, a user that exists.
    public var user: Account?
    /// `-m`.
    public var umask: UInt32?
    /// `-d`, without `~`.
    public var directory: String?
    /// `-l`, absolute.
    public var logfile: LogTarget?
    /// `-y`, bytes.
    public var logfileMaxBytes: Int?
    /// `-z`.
    public var logfileBackups: Int?
    /// `-e`.
    public var logLevel: LogLevel?
    /// `-j`, absolute.
    public var pidfile: String?
    /// `-i`.
    public var identifier: String?
    /// `-q`, without `~`.
    public var childLogDirectory: String?
    /// `-k`.
    public var nocleanup: Bool?
    /// `-a`.
    public var minFDs: Int?
    /// `--minprocs`.
    public var minProcs: Int?
    /// `-t`.
    public var stripANSI: Bool?
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

    /// Applies the command line, which has the last word.
    public func apply(to settings: SupervisorSettings) {
        if let nodaemon { settings.nodaemon = nodaemon }
        if let silent { settings.silent = silent }
        if let user { settings.user = user }
        if let umask { settings.umask = umask }
        if let directory { settings.directory = directory }
        if let logfile { settings.logfile = logfile }
        if let logfileMaxBytes { settings.logfileMaxBytes = logfileMaxBytes }
        if let logfileBackups { settings.logfileBackups = logfileBackups }
        if let logLevel { settings.logLevel = logLevel }
        if let pidfile { settings.pidfile = pidfile }
        if let identifier { settings.identifier = identifier }
        if let childLogDirectory { settings.childLogDirectory = childLogDirectory }
        if let nocleanup { settings.nocleanup = nocleanup }
        if let minFDs { settings.minFDs = minFDs }
        if let minProcs { settings.minProcs = minProcs }
        if let stripANSI { settings.stripANSI = stripANSI }
    }
}

extension SupervisorOptions {
    /// supervisord's sentence, without `Error: `.
    struct OptionError: Error {
        var sentence: String
    }

    enum Request {
        case run(SupervisorOptions)
        case help, version
    }

    static let scanner = OptionScanner(
        short: "h?c:vnu:m:d:l:y:z:e:j:i:q:a:kts",
        long: [
            "help", "configuration=", "version", "nodaemon", "user=", "umask=", "directory=", "logfile=",
            "logfile_maxbytes=", "logfile_backups=", "loglevel=", "pidfile=", "identifier=", "childlogdir=", "minfds=",
            "minprocs=", "nocleanup", "strip_ansi", "profile_options=", "silent",
        ],
        exact: ["check", "dump-config", "strict"])

    /// Interprets scanned options in their order: of `-v -h` the first counts.
    static func interpret(
        _ options: [OptionScanner.Option], surroundings: any Surroundings, isSupervisord: Bool = false
    ) throws(OptionError) -> Request {
        // The data types, with their messages, are those of the configuration file. Few command lines need them.
        let types = { Interpreter(path: "", surroundings: surroundings) }
        let result = SupervisorOptions()
        for option in options {
            let value = option.value ?? .empty
            let isNew: Bool
            switch option.name {
            case "-h", "-?", "--help": return .help
            case "-v", "--version": return .version
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
                    isNew = try result.set(option.name, value, types)
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
            if case .name(let name) = result.user { result.user = try types().user(Text(name)).account }
        } catch {
            throw OptionError(sentence: error.sentence.string)
        }
        if result.isStrict, !result.isCheck { throw OptionError(sentence: "--strict is for --check: add that") }
        result.isSupervisord = isSupervisord
        return .run(result)
    }

    /// False: the option was given before.
    private func set(
        _ name: String, _ value: Text, _ types: () -> Interpreter
    ) throws(Complaint) -> Bool {
        switch name {
        case "-c", "--configuration": return Self.store(value.string, in: &configurationFile)
        case "-n", "--nodaemon": return Self.store(true, in: &nodaemon)
        case "-s", "--silent": return Self.store(true, in: &silent)
        case "-u", "--user": return Self.store(.name(value.string), in: &user)
        case "-m", "--umask": return Self.store(try Conversion.octal(value), in: &umask)
        case "-d", "--directory": return Self.store(try types().existingDirectory(value).string, in: &directory)
        case "-l", "--logfile":
            let types = types()
            let path = try types.existingParent(value)
            return Self.store(
                path.is("syslog") ? .syslog : .file(Path.resolved(path, types.surroundings).string), in: &logfile)
        case "-y", "--logfile_maxbytes": return Self.store(try Conversion.byteSize(value), in: &logfileMaxBytes)
        case "-z", "--logfile_backups": return Self.store(try Conversion.integer(value), in: &logfileBackups)
        case "-e", "--loglevel": return Self.store(try Conversion.logLevel(value), in: &logLevel)
        case "-j", "--pidfile":
            let types = types()
            return Self.store(Path.resolved(try types.existingParent(value), types.surroundings).string, in: &pidfile)
        case "-i", "--identifier": return Self.store(value.string, in: &identifier)
        case "-q", "--childlogdir":
            return Self.store(try types().existingDirectory(value).string, in: &childLogDirectory)
        case "-k", "--nocleanup": return Self.store(true, in: &nocleanup)
        case "-a", "--minfds": return Self.store(try Conversion.integer(value), in: &minFDs)
        case "--minprocs": return Self.store(try Conversion.integer(value), in: &minProcs)
        case "-t", "--strip_ansi": return Self.store(true, in: &stripANSI)
        default: return true
        }
    }

    private static func store<Value>(_ value: Value, in place: inout Value?) -> Bool {
        let isNew = place == nil
        place = value
        return isNew
    }
}
