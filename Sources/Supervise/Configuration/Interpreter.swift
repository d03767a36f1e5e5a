/// Gives a document its meaning, in the order in which supervisord does, so that the first problem is the one that
/// supervisord would have stopped at. After a problem it goes on with the key's default to find the others.
final class Interpreter {
    let surroundings: any Surroundings
    let path: Text
    /// The folder of the main file.
    let here: Text
    let hostName: Text
    let table: KeyTable
    let document: Document
    let globals: Scope.Globals

    // What has been read so far.
    var supervisor = KeyValues()
    var servers: [ServerSettings] = []
    var rpcInterfaces: [RPCInterfaceSettings] = []
    var groups: [GroupSettings] = []
    var eventHooks: [EventHookSettings] = []
    var warnings: [String] = []
    var infos: [String] = []
    var remarks: [Remark] = []
    var findings: [Finding] = []

    private(set) var problems: [ConfigurationError.Problem] = []
    private var omitted = 0
    private var seen: [Seen] = []
    /// The section of the program that is being read, which its problems name.
    var currentProgram: Int?
    /// An `environment=` could not be read: names that it may have set are not reported as unknown.
    var lacksNames = false
    /// `numprocs=auto`: the number depends on the machine.
    var isCountAutomatic = false
    /// Which processes came from which section.
    var made: [Made] = []
    /// Processes that may still be made.
    var processesLeft = Interpreter.mostProcesses
    /// Processes of all programs so far.
    var processesMade = 0
    /// Bytes that values may still expand to, all together.
    var expandedBytesLeft = 64 << 20
    /// Started under that name: what supervisord allows is allowed.
    var isSupervisord = false
    /// Instead of `numprocs`, and the groups that they were needed for.
    var counts: [ProgramCount] = []
    var scaled: [(program: String, group: String)] = []
    /// `[supervisord] user=`, looked up last.
    var supervisorUser: (text: Text, entry: DocumentEntry)?
    /// Whether a `supervisor_stdout` listener wants lines of stdout and of stderr.
    var prefixesStdout = false
    var prefixesStderr = false

    /// More processes than any machine runs; a larger `numprocs` is a slip.
    static let mostProcesses = 100_000
    static let mostRemarks = 100

    /// One value is reported once, even if several keys, groups or processes read it.
    struct Seen: Equatable {
        var origin: Origin?
        var sentence: Text
    }

    /// Bytes that have to be there before a piece of work that takes less.
    static let memoryPerLook = 128 * 1024
    static let memorySentence: Text = "there is not enough memory for this configuration"
    static let memoryAdvice = "Raise the limit (ulimit -v, ulimit -d, the container's memory), or run fewer processes."

    init(path: String, surroundings: any Surroundings, table: KeyTable = KeyTable()) {
        self.table = table
        document = Document(table.names)
        self.path = Text(path)
        self.surroundings = surroundings
        here = Path.absolute(Path.directory(of: Text(path)), surroundings)
        hostName = Text(surroundings.hostName)
        globals = Scope.Globals(surroundings)
    }

    var error: ConfigurationError? {
        problems.isEmpty ? nil : ConfigurationError(problems: problems, omitted: omitted)
    }

    /// Everything, in supervisord's order.
    func run() {
        read()
        remarkOnUnknownNames()
        checkProgramDefaults()
        readSupervisord()
        readRPCInterfaces()
        readGroups()
        readEventHooks()
        readServers()
        readSupervisorUser()
        checkShutdown()
        remarkOnEnd()
        remarkOnProfiles()
    }

    var configuration: Configuration {
        Configuration(
            supervisord: SupervisorSettings(supervisor, serverURL: serverURL), servers: servers,
            rpcInterfaces: rpcInterfaces, groups: groups, eventHooks: eventHooks, warnings: warnings, infos: infos,
            remarks: remarks, findings: findings, scaled: scaled)
    }

    /// Names that are known everywhere, and the folder of the file.
    func scope(here hasHere: Bool) -> Scope {
        var scope = Scope(globals)
        if hasHere { scope.here = here }
        return scope
    }
}

extension Interpreter {
    /// Records a problem with a value.
    func complain(_ complaint: Complaint, about entry: DocumentEntry) {
        var origin = entry.origin
        if entry.isVerbatim, let index = complaint.index { origin.offset = Int32(clamping: index) }
        complain(
            isSupervisord ? complaint.sentence : complaint.plain ?? complaint.sentence, complaint.advice, at: origin,
            once: Seen(origin: entry.origin, sentence: .empty))
    }

    /// Records a problem with a section or with the file.
    func complain(_ sentence: Text, _ advice: String, at origin: Origin?) {
        complain(sentence, advice, at: origin, once: Seen(origin: origin, sentence: sentence))
    }

    private func complain(_ sentence: Text, _ advice: String, at origin: Origin?, once: Seen) {
        guard problems.count < ConfigurationError.mostProblems else {
            omitted += 1
            return
        }
        guard !seen.contains(once) else { return }
        seen.append(once)
        let whole = currentProgram.map { Text.joined(sentence, suffix($0)) } ?? sentence
        let found = origin.flatMap { document.place($0) }
        problems.append(
            .init(
                sentence: whole.string, place: found?.place, sourceLine: Self.shown(found?.line ?? .empty),
                advice: advice))
    }

    private func suffix(_ section: Int) -> Text {
        let name = document.sections[section].name
        let file = Int(document.sections[section].header.file)
        let source = document.sources.indices.contains(file) ? document.sources[file].name : path
        return .joined(" in section ", name.quoted, " (file: ", source.quoted, ")")
    }

    func complainOfMemory(at origin: Origin?) {
        complain(Self.memorySentence, Self.memoryAdvice, at: origin)
    }

    /// Marks a point to compare with, or to go back to.
    struct SavedProblems {
        fileprivate let problems: Int
        fileprivate let omitted: Int
        fileprivate let seen: Int
    }

    var savedProblems: SavedProblems {
        SavedProblems(problems: problems.count, omitted: omitted, seen: seen.count)
    }

    func hasProblems(since saved: SavedProblems) -> Bool {
        problems.count > saved.problems || omitted > saved.omitted
    }

    func restore(_ saved: SavedProblems) {
        while problems.count > saved.problems { problems.removeLast() }
        omitted = saved.omitted
        while seen.count > saved.seen { seen.removeLast() }
    }

    /// A line as it is shown: cut, and without what would upset a terminal.
    private static func shown(_ line: Text) -> String {
        var bytes: [UInt8] = []
        for byte in line.bytes.prefix(200) {
            bytes.append(byte < 0x20 && byte != ASCII.tab || byte == 0x7F ? 0x20 : byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func remark(_ text: Text, at origin: Origin) {
        guard remarks.count < Self.mostRemarks, let found = document.place(origin) else { return }
        remarks.append(Remark(place: found.place, text: text.string))
    }
}

extension Interpreter {
    /// A key's value after expansion; nil when it's absent, or wrong, which has been reported then.
    func text(_ section: Int, _ key: Key, _ scope: Scope) -> (text: Text, entry: DocumentEntry)? {
        guard let entry = document.entry(section, key) else { return nil }
        guard entry.value.contains(ASCII.percent) else { return (entry.value, entry) }
        let name = { Text.joined(self.document.sections[section].name, ".", self.table.name(key)) }
        guard let text = expand(entry.value, scope, name, entry, globalsFirst: true) else { return nil }
        return (text, entry)
    }

    /// A key's value converted, or `fallback` when it's absent or wrong.
    @inline(never)
    func value<Value>(
        _ section: Int?, _ key: Key, _ scope: Scope, _ fallback: Value,
        _ convert: (Text) throws(Complaint) -> Value
    ) -> Value {
        guard let section, let (text, entry) = text(section, key, scope) else { return fallback }
        do throws(Complaint) {
            return try convert(text)
        } catch {
            complain(error, about: entry)
            return fallback
        }
    }

    /// Expands a text that stands at `entry`; nil when that fails, which has been reported then.
    func expand(
        _ text: Text, _ scope: Scope, _ name: () -> Text, _ entry: DocumentEntry, globalsFirst: Bool = false
    ) -> Text? {
        guard text.contains(ASCII.percent) else { return text }
        if text.count > 1024, !surroundings.canHave(Self.memoryPerLook + 64 * text.count) {
            complainOfMemory(at: entry.origin)
            return nil
        }
        do throws(Format.Failure) {
            let result = try Format.expand(text, scope, globalsFirst: globalsFirst)
            expandedBytesLeft -= result.count
            if expandedBytesLeft < 0 {
                expandedBytesLeft = 0
                complain(
                    "the values of this configuration expand to more than 64 MB",
                    "Use fewer processes or shorter values.", at: entry.origin)
                return nil
            }
            return result
        } catch {
            switch error {
            case .malformed(let why, let index):
                complain(
                    Complaint(
                        .joined("Format string ", text.quoted, " for ", name().quoted, " is badly formatted: ", why),
                        plain: .joined("can't expand a percent sign of ", text.quoted, " for ", name().quoted),
                        "Write a percent sign as %%, and a name as %(name)s.", index: index), about: entry)
            case .unknownName(let unknown, let index):
                if lacksNames, unknown.hasPrefix("ENV_") { return nil }
                complain(
                    Complaint(
                        .joined(
                            "Format string ", text.quoted, " for ", name().quoted, " contains names (", unknown.quoted,
                            ") which cannot be expanded. Available names: ", scope.names),
                        plain: .joined(
                            "there is no name ", unknown.quoted, " for ", name().quoted, " in ", text.quoted),
                        Self.advice(unknown, scope), index: index), about: entry)
            }
            return nil
        }
    }

    private static func advice(_ unknown: Text, _ scope: Scope) -> String {
        if let close = Suggestion.closest(to: unknown, among: scope.globals.names + Scope.otherNames) {
            return "Did you mean %(\(close.string))s?"
        }
        if unknown.hasPrefix("ENV_") {
            return "Set \(unknown.dropFirst(4).string) in the environment, or write %(\(unknown.string):-text)s."
        }
        var known = ""
        for other in Scope.otherNames where scope[other] != nil { known += "\(other.string), " }
        return "Use one of \(known)ENV_NAME for a variable of the environment, or write a percent sign as %%."
    }
}
