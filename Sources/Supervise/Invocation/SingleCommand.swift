/// One command under init: what tini and dumb-init do.
///
/// - Source: the command lines of tini 0.19 and dumb-init 1.2.5. tini's behaviour is the default; an option that only
///   dumb-init has, or its name, selects dumb-init's.
public struct SingleCommand: Equatable, Sendable {
    /// Where the command lives, and so what signals go to.
    public enum Placement: Equatable, Sendable {
        /// Its own process group (tini).
        case ownGroup
        /// Its own session (dumb-init).
        case ownSession
        /// init's group (dumb-init with `--single-child`).
        case shared
    }

    /// Numbers of signals.
    public struct Rewrite: Equatable, Sendable {
        public var from: Int32
        public var to: Int32
    }

    /// The command and its arguments, byte by byte as given; at least one word.
    public var words: [[UInt8]]
    public var placement = Placement.ownGroup
    /// Signals go to the command's whole group, not to it alone.
    public var signalsGroup = false
    /// `-s`: fail if init can't adopt orphans. Without it init tries, and continues.
    public var requiresSubreaper = false
    /// `-p`: the signal that init itself gets when its parent dies.
    public var parentDeathSignal: Signal?
    /// 0: errors; 1: warnings too, the default; 2 and 3: what happens, in detail.
    public var verbosity = 1
    /// `-w`: warn about each orphan that is reaped.
    public var warnsOnReap = false
    /// `-e`: exit codes that become 0.
    public var toleratedCodes: [Int32] = []
    /// `-r`: what replaces a signal before it is forwarded; number 0: nothing.
    public var rewrites: [Rewrite] = []
    /// SIGTSTP, SIGTTIN and SIGTTOU also stop init, so that a shell's job control sees it (dumb-init).
    public var stopsWithCommand = false

    public init(words: [[UInt8]]) {
        self.words = words
    }

    /// The signal to forward in place of this one; nil: none.
    public func translate(_ signal: Int32) -> Int32? {
        let result = rewrite(of: signal) ?? signal
        return result > 0 ? result : nil
    }

    /// The last signal that was requested.
    private func rewrite(of signal: Int32) -> Int32? {
        rewrites.last { $0.from == signal }?.to
    }

    /// What init exits with.
    public func exitCode(for status: ExitStatus) -> Int32 {
        let code = status.shellCode & 0xff
        return toleratedCodes.contains(code) ? 0 : code
    }
}

/// Why a command line of single-command mode is rejected.
struct SingleCommandError: Error {
    var sentence: String
}

extension SingleCommand {
    /// What a command line of this mode specifies.
    enum Request {
        case run(SingleCommand)
        case help, version, license
    }

    static let scanner = OptionScanner(
        short: "hsp:vwge:lcr:V",
        long: ["help", "version", "license", "single-child", "rewrite=", "verbose"])

    /// - Parameter likeDumbInit: dumb-init's behaviour, even without one of its options.
    static func parse(
        _ arguments: [Text], environment: (String) -> String?, likeDumbInit: Bool
    ) throws(SingleCommandError) -> Request {
        let scanned: OptionScanner.Scan
        do throws(OptionScanner.ScanError) {
            scanned = try scanner.scan(arguments)
        } catch {
            let hint = error.suggestion.map { "; did you mean \($0)?" } ?? ""
            throw SingleCommandError(sentence: error.sentence + hint)
        }
        var command = SingleCommand(words: scanned.rest.map { Array($0.bytes) })
        var dumb = likeDumbInit
        var singleChild = false
        for option in scanned.options {
            let value = option.value ?? .empty
            switch option.name {
            case "-h", "--help": return .help
            case "--version", "-V": return .version
            case "-l", "--license": return .license
            case "-s": command.requiresSubreaper = true
            case "-p":
                guard let signal = signal(value), signal.number != 0 else {
                    throw SingleCommandError(sentence: "-p takes the name of a signal, not \(value.quoted.string)")
                }
                command.parentDeathSignal = signal
            case "-v", "--verbose": command.verbosity += 1
            case "-w": command.warnsOnReap = true
            case "-g": command.signalsGroup = true
            case "-e":
                guard let code = Int32(value.string), (0...255).contains(code) else {
                    throw SingleCommandError(
                        sentence: "-e takes an exit code from 0 to 255, not \(value.quoted.string)")
                }
                command.toleratedCodes.append(code)
            case "-c", "--single-child":
                dumb = true
                singleChild = true
            case "-r", "--rewrite":
                dumb = true
                let parts = value.split(by: ASCII.colon)
                guard parts.count == 2, let from = signal(parts[0]), let to = signal(parts[1]), from.number != 0 else {
                    throw SingleCommandError(
                        sentence:
                            "\(option.name) takes FROM:TO, two signals or a signal and 0, not \(value.quoted.string)")
                }
                command.rewrites.append(Rewrite(from: from.number, to: to.number))
            default: break
            }
        }
        guard !command.words.isEmpty else { throw SingleCommandError(sentence: "there is no command to run") }
        command.apply(environment)
        if dumb {
            command.behaveLikeDumbInit(singleChild: singleChild || (environment("DUMB_INIT_SETSID") ?? "") == "0")
        }
        return .run(command)
    }

    /// tini's variables: the first two count if they are set at all.
    private mutating func apply(_ environment: (String) -> String?) {
        if environment("TINI_SUBREAPER") != nil { requiresSubreaper = true }
        if environment("TINI_KILL_PROCESS_GROUP") != nil { signalsGroup = true }
        if let value = environment("TINI_VERBOSITY") { verbosity = Int(Self.leadingNumber(value)) }
        if let value = environment("DUMB_INIT_DEBUG"), value == "1" { verbosity = max(verbosity, 3) }
    }

    private mutating func behaveLikeDumbInit(singleChild: Bool) {
        stopsWithCommand = true
        if singleChild {
            placement = .shared
            signalsGroup = false
            return
        }
        placement = .ownSession
        signalsGroup = true
        // A process group without a parent in its session ignores the terminal's stop signals, but not SIGSTOP.
        for number: Int32 in [20, 21, 22] where rewrite(of: number) == nil {
            rewrites.append(Rewrite(from: number, to: Signal.stop.number))
        }
    }

    /// A number or a name, with or without SIG, in upper or lower case; 0 is valid here: no signal.
    private static func signal(_ text: Text) -> Signal? {
        if let number = Int32(text.string) {
            return (0...Signal.highest).contains(number) ? Signal(number: number) : nil
        }
        return Signal(name: text.uppercased.string)
    }

    /// C's `atoi`, for numbers of a sensible size.
    private static func leadingNumber(_ text: String) -> Int32 {
        var number: Int32 = 0
        for byte in text.bytes.prefix(4) {
            guard byte >= ASCII.zero, byte <= ASCII.nine else { break }
            number = number * 10 + Int32(byte - ASCII.zero)
        }
        return number
    }
}
