/// What a command line tells `init` to do.
///
/// The name under which it was started decides first: `supervisord`, `echo_supervisord_conf`, `pidproxy`,
/// `tini` and `dumb-init` are taken at their word.
/// Under any other name:
/// - `init [options] -- command args` runs one command, with tini's and dumb-init's options;
/// - `init -c FILE -- command args` supervises what FILE configures, and ends with the command;
/// - `init command args` too, when the first word could be a command: it isn't an option and has no white space;
/// - `init 'command args'`: the same, split by the shell's rules for quotes;
/// - `init 'command args' 'other args' ...` supervises these;
/// - `init [options of supervisord]` supervises what a configuration names, if there is one.
public enum Invocation: Sendable {
    /// Run one command as its init.
    case single(SingleCommand)
    /// Run one command and forward signals to the daemon that a pidfile names.
    case proxy(ProxyCommand)
    /// Supervise what this file configures, with these options.
    case supervise(file: String, SupervisorOptions)
    /// Supervise programs from the command line. Options are already applied.
    case programs(Configuration)
    /// Print this to stdout and exit with 0.
    case tell(String)
    /// The same with this line, and the commit of the sources in the next.
    case version(String)
    /// Print this to stderr and exit with the code.
    case refuse(String, code: Int32)

    /// - Parameters:
    ///   - arguments: `argv`, the program's name first.
    ///   - surroundings: answers questions about the environment, and about folders and users that options name.
    public static func parse(_ arguments: [[UInt8]], surroundings: any Surroundings) -> Invocation {
        let parser = InvocationParser(
            program: Text(arguments.first ?? "init".bytes), words: arguments.dropFirst().map { Text($0) },
            surroundings: surroundings)
        return parser.parse()
    }
}

struct InvocationParser {
    /// `argv[0]`.
    let program: Text
    let words: [Text]
    let surroundings: any Surroundings

    private var name: Text {
        guard let slash = program.bytes.lastIndex(of: ASCII.slash) else { return program }
        return Text(program.bytes[(slash + 1)...])
    }

    func parse() -> Invocation {
        if name.is("supervisord") { return supervise(isSupervisord: true) }
        if name.is("echo_supervisord_conf") { return .tell(SampleConfiguration.text) }
        if name.is("pidproxy") {
            return ProxyCommand(Array(words)).map { .proxy($0) } ?? .refuse(InitHelp.proxy(program.string), code: 1)
        }
        if name.is("tini") || name.is("tini-static") || name.is("docker-init") { return single(likeDumbInit: false) }
        if name.is("dumb-init") { return single(likeDumbInit: true) }
        if words.isEmpty { return supervise(isSupervisord: false) }
        // `--` with something after it: what precedes it are options of this mode, or the command itself.
        if let separator = words.firstIndex(where: { $0.is("--") }), separator + 1 < words.count {
            return mainProgram(separator) ?? single(likeDumbInit: false)
        }
        return bare()
    }

    // MARK: One command

    private func single(likeDumbInit: Bool) -> Invocation {
        do throws(SingleCommandError) {
            return invocation(try request(likeDumbInit: likeDumbInit))
        } catch {
            return .refuse(
                "\(name.string): \(error.sentence)\nFor help, use \(program.string) -h\n", code: 1)
        }
    }

    private func request(likeDumbInit: Bool) throws(SingleCommandError) -> SingleCommand.Request {
        try SingleCommand.parse(words, environment: { variable($0) }, likeDumbInit: likeDumbInit)
    }

    private func invocation(_ request: SingleCommand.Request) -> Invocation {
        switch request {
        case .run(let command): .single(command)
        case .help: .tell(InitHelp.single(program.string))
        case .version: .version(InitHelp.version)
        case .license: .tell(InitHelp.license)
        }
    }

    private func variable(_ name: String) -> String? {
        let wanted = Text(name)
        return surroundings.environment.last { Text($0.name) == wanted }?.value
    }

    // MARK: One command beside a configuration

    /// nil: what stands before `--` doesn't name a configuration.
    private func mainProgram(_ separator: Int) -> Invocation? {
        guard let scanned = try? SupervisorOptions.scanner.scan(Array(words[..<separator])), scanned.rest.isEmpty,
            scanned.options.contains(where: { $0.name == "-c" || $0.name == "--configuration" })
        else { return nil }
        var command: [String] = []
        for word in words[(separator + 1)...] {
            guard UTF8Problem(in: Array(word.bytes)) == nil else {
                return usage("the command of a configuration has to be UTF-8: \(word.quoted.string)")
            }
            command.append(word.string)
        }
        do throws(SupervisorOptions.OptionError) {
            switch try SupervisorOptions.interpret(scanned.options, surroundings: surroundings) {
            case .help: return .tell(InitHelp.supervise(program.string))
            case .version: return .version(InitHelp.version)
            case .schema: return .tell(String(decoding: Schema.json(), as: UTF8.self))
            case .run(var options):
                options.mainCommand = command
                return supervise(options)
            }
        } catch {
            return usage(error.sentence)
        }
    }

    // MARK: Neither a name that says it nor `--`

    /// supervisord's options if they parse as such; if a command follows them, tini's.
    private func bare() -> Invocation {
        let scanned: OptionScanner.Scan
        do throws(OptionScanner.ScanError) {
            scanned = try SupervisorOptions.scanner.scan(words)
        } catch {
            // `init -g nginx`: not an option of supervisord.
            guard let request = try? request(likeDumbInit: false), case .run(let command) = request else {
                return usage(suggesting(error))
            }
            let first = Text(command.words.first ?? [])
            if first.words.count < 2 { return invocation(request) }
            if command.words.count == 1, let split = single(first) { return invocation(split) }
            return usage(suggesting(error))
        }
        guard let first = scanned.rest.first else { return supervise(isSupervisord: false) }
        let namesFile = scanned.options.contains { $0.name == "-c" || $0.name == "--configuration" }
        if namesFile { return positional(scanned.rest) }
        if first.words.count > 1 { return quoted(scanned) }
        if let request = try? request(likeDumbInit: false) { return invocation(request) }
        return positional(scanned.rest)
    }

    private func quoted(_ scanned: OptionScanner.Scan) -> Invocation {
        if scanned.rest.count == 1, let command = scanned.rest.first, let request = single(command) {
            return invocation(request)
        }
        do throws(SupervisorOptions.OptionError) {
            switch try SupervisorOptions.interpret(scanned.options, surroundings: surroundings) {
            case .help: return .tell(InitHelp.supervise(program.string))
            case .version: return .version(InitHelp.version)
            case .schema: return .tell(String(decoding: Schema.json(), as: UTF8.self))
            case .run(let options):
                let configuration = try CommandPrograms.configuration(scanned.rest.map { $0.string })
                return .programs(configuration.applying(options))
            }
        } catch {
            return usage(error.sentence)
        }
    }

    /// A single quoted command runs alone, unless options of supervisord ask for a supervisor.
    private func single(_ command: Text) -> SingleCommand.Request? {
        guard let split = try? CommandWords.split(command.string) else { return nil }
        let parser = InvocationParser(
            program: program, words: words.dropLast() + split.map { Text($0) }, surroundings: surroundings)
        return try? parser.request(likeDumbInit: false)
    }

    // MARK: A configuration

    private func supervise(isSupervisord: Bool) -> Invocation {
        do throws(SupervisorOptions.OptionError) {
            let scanned = try scanned()
            if !scanned.rest.isEmpty { return positional(scanned.rest) }
            let request = try SupervisorOptions.interpret(
                scanned.options, surroundings: surroundings, isSupervisord: isSupervisord)
            switch request {
            case .help: return .tell(InitHelp.supervise(program.string))
            case .version: return isSupervisord ? .tell("\(Version.supervisord)\n") : .version(InitHelp.version)
            case .schema: return .tell(String(decoding: Schema.json(), as: UTF8.self))
            case .run(let options): return supervise(options)
            }
        } catch {
            return usage(error.sentence)
        }
    }

    private func scanned() throws(SupervisorOptions.OptionError) -> OptionScanner.Scan {
        do throws(OptionScanner.ScanError) {
            return try SupervisorOptions.scanner.scan(words)
        } catch {
            throw SupervisorOptions.OptionError(sentence: suggesting(error))
        }
    }

    private func supervise(_ options: SupervisorOptions) -> Invocation {
        var options = options
        if let file = options.configurationFile { return .supervise(file: file, options) }
        if let file = ConfigurationLoader.find(executable: program.string, surroundings: surroundings) {
            options.isSearched = true
            return .supervise(file: file, options)
        }
        if !options.isSupervisord, words.isEmpty { return .refuse(InitHelp.nothingToDo(program.string), code: 2) }
        return usage(ConfigurationLoader.notFound(executable: program.string))
    }

    // MARK: Refusals, in supervisord's words

    /// supervisord suggests nothing, and under its name nothing is added.
    private func suggesting(_ failure: OptionScanner.ScanError) -> String {
        guard !name.is("supervisord"), let close = failure.suggestion else { return failure.sentence }
        return "\(failure.sentence); did you mean \(close)?"
    }

    private func positional(_ words: ArraySlice<Text>) -> Invocation {
        if !name.is("supervisord"), let word = words.first {
            return usage(
                "unexpected argument \(word.quoted.string): init supervises a configuration or runs one command "
                    + "(\(program.string) -- COMMAND), not both")
        }
        var list = ""
        for word in words { list += list.isEmpty ? word.quoted.string : ", \(word.quoted.string)" }
        return usage("positional arguments are not supported: [\(list)]")
    }

    private func usage(_ sentence: String) -> Invocation {
        .refuse("Error: \(sentence.oneLine)\nFor help, use \(program.string) -h\n", code: 2)
    }
}
