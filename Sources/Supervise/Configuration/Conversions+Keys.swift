// From a key's text to its value, by the type in its row.

extension Conversion {
    /// The value of a text that means the same on every machine; nil: this one has to be asked (`Interpreter.convert`).
    static func value(_ text: Text, _ row: KeyRow) throws(Complaint) -> KeyValue? {
        switch row.type {
        case .boolean: .bool(try boolean(text))
        case .integer, .processCount, .bufferSize: .int(try integer(text))
        case .bounded(let lowest, let highest, _):
            .int(try bounded(text, Int(lowest), highest == .max ? .max : Int(highest), row.name))
        case .decimal(let lowest, let highest, let unit):
            .decimal(try decimal(text, Int(lowest), Int(highest), unit, row.name))
        case .size: .int(try byteSize(text))
        case .octal: .int(Int(try octal(text)))
        case .text, .plainPath, .command, .handler, .factory, .clientURL: .text(text.string)
        case .programType: .text(try programType(text))
        case .profiles: .texts(try profiles(text))
        case .hook: .text(try commandLine(text, row.name))
        case .autoRestart: .autoRestart(try autoRestart(text))
        case .endPolicy: .endPolicy(try endPolicy(text, row.name))
        case .healthAction: .healthAction(try HealthAction.read(text))
        case .notify: try NotifyMode.read(text).map { .notify($0) }
        case .probe: .text(try ProbeTarget.checked(text, row.name).string)
        case .oneOf(let list): .text(try word(text, row.name, of: list))
        case .signal: .signal(try mildSignal(text, row.name))
        case .signals: try signals(text, row.name)
        case .exitCodes: .ints(try exitCodes(text))
        case .logLevel: .logLevel(try logLevel(text))
        case .variables, .supervisorVariables: .variables(VariableList(try variables(text)))
        case .secureBits: .int(Int(try secureBits(text)))
        case .limit: try limit(text, row.name)
        case .ioPriority: .int(try ioPriority(text))
        case .processors: .processors(try processors(text))
        case .memoryLimit, .cpuQuota, .processLimit: .text(try limit(text, row))
        case .hosts: .texts(try hosts(text))
        case .backlog: .int(try backlog(text))
        case .socketMode: .int(Int(try mode(text, row.name)))
        case .log: logWord(text).map { .log($0) }
        case .ownLog: .log(.file(text.string))
        case .pidfile: .text(text.string)
        case .initCapabilities: text.lowercased.is("all") ? .initCapabilities(.all) : nil
        case .user, .unprivilegedUser, .supervisorUser, .group, .groups, .ownership, .folder, .path, .optionalPath,
            .places, .placesByName, .serverURL, .capabilities, .nameFormat,
            .programs, .events, .socketURL, .address, .socketPath, .password, .passwordFile, .patterns, .dependencies:
            nil
        }
    }

    /// A command in the spelling of the shell, without a shell.
    private static func commandLine(_ text: Text, _ name: StaticString) throws(Complaint) -> String {
        let command = text.string
        do throws(CommandWords.SplitError) {
            _ = try CommandWords.split(command)
            return command
        } catch {
            throw Complaint(
                .joined("not a valid ", Text(stringLiteral: name), " value: ", Text(error.explanation)),
                "Write a program with its arguments. It runs without a shell: for more than that, sh -c '...'.")
        }
    }

    private static func bounded(
        _ text: Text, _ lowest: Int, _ highest: Int, _ name: StaticString
    ) throws(Complaint) -> Int {
        if let value = try? integer(text), value >= lowest, value <= highest { return value }
        throw Complaint(
            .joined("not a valid ", Text(stringLiteral: name), " value: ", text.quoted),
            highest == .max ? "Write a number from \(lowest)." : "Write a number from \(lowest) to \(highest).")
    }

    private static func decimal(
        _ text: Text, _ lowest: Int, _ highest: Int, _ unit: KeyUnit, _ name: StaticString
    ) throws(Complaint) -> Int {
        let read = unit == .seconds ? Thousandths.readSeconds(text.bytes) : Thousandths.read(text.bytes)
        if let value = read, value >= lowest, value <= highest { return value }
        throw Complaint(
            .joined("not a valid ", Text(stringLiteral: name), " value: ", text.quoted),
            "Write a number from \(Thousandths.text(lowest)) to \(Thousandths.text(highest)), with up to three decimals."
        )
    }

    static func variables(_ text: Text) throws(Complaint) -> [EnvironmentVariable] {
        var variables: [EnvironmentVariable] = []
        for (name, value) in try environment(text) { variables.append(EnvironmentVariable(name.string, value.string)) }
        return variables
    }

    /// Names without ports, separated by commas; `*` alone for any.
    private static func hosts(_ text: Text) throws(Complaint) -> [String] {
        var hosts: [String] = []
        for host in strings(text) {
            let isHost = host.bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                    true
                default: false
                }
            }
            guard isHost && !host.isEmpty || host.is("*") else {
                throw Complaint(
                    .joined("Invalid allowed_hosts value ", host),
                    "Write names or addresses without a port, separated by commas, or * for any.")
            }
            hosts.append(host.lowercased.string)
        }
        return hosts
    }

    private static func backlog(_ text: Text) throws(Complaint) -> Int {
        let backlog = try Integer(text)
        if (1...65535).contains(backlog.value) { return backlog.value }
        throw Complaint(.joined("Invalid socket_backlog value ", backlog.text), "Write a number from 1 to 65535.")
    }

    private static func mode(_ text: Text, _ name: StaticString) throws(Complaint) -> UInt32 {
        do throws(Complaint) {
            return try octal(text)
        } catch {
            throw Complaint(.joined("Invalid ", Text(stringLiteral: name), " value ", text), error.advice)
        }
    }

    /// nil for the path of a file.
    static func logWord(_ text: Text) -> LogTarget? {
        let word = text.lowercased
        if word.is("none") || word.is("off") { return LogTarget.none }
        if word.is("auto") { return .auto }
        return word.is("syslog") ? .syslog : nil
    }
}
