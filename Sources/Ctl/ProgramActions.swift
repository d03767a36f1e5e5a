import Kernel
import Supervise

// start, stop, signal and restart: the same request for one program, a group, or all.

/// What distinguishes the requests.
private struct ProgramRequest {
    let one: String
    let group: String
    let all: String
    /// Reeve's own: one method takes every name, `group:*` for a group and nothing for all.
    var isOwn = false
    /// The answer to one name is a list, too.
    var isList = false
    /// Follows the name.
    var extra: [Value] = []
    let done: StaticString
    /// A fault that leaves the exit status alone: the program already is in the requested state.
    let harmless: Fault?
    /// A failure's own words are shown.
    var tellsWhy = false
    /// The exit status for a group that does not exist.
    let badGroup: Int32
    /// The message for a fault; nil for one that this request can't have.
    let words: @Sendable (Fault) -> StaticString?

    static let start = ProgramRequest(
        one: "supervisor.startProcess", group: "supervisor.startProcessGroup", all: "supervisor.startAllProcesses",
        done: "started", harmless: .alreadyStarted, badGroup: ExitCode.invalidArguments
    ) { fault in
        switch fault {
        case .badName: "no such process"
        case .noFile: "no such file"
        case .notExecutable: "file is not executable"
        case .alreadyStarted: "already started"
        case .spawnError: "spawn error"
        case .abnormalTermination: "abnormal termination"
        default: nil
        }
    }

    static let startAlone = ProgramRequest(
        one: "reeve.startAlone", group: "reeve.startAlone", all: "reeve.startAlone", isOwn: true, done: "started",
        harmless: .alreadyStarted, badGroup: ExitCode.invalidArguments, words: start.words)

    static let stop = ProgramRequest(
        one: "supervisor.stopProcess", group: "supervisor.stopProcessGroup", all: "supervisor.stopAllProcesses",
        done: "stopped", harmless: .notRunning, badGroup: ExitCode.generic, words: signalWords)

    static let stopDependents = ProgramRequest(
        one: "reeve.stopDependents", group: "reeve.stopDependents", all: "reeve.stopDependents", isOwn: true,
        isList: true, done: "stopped", harmless: .notRunning, badGroup: ExitCode.generic, words: signalWords)

    static func signal(_ name: [UInt8]) -> ProgramRequest {
        ProgramRequest(
            one: "supervisor.signalProcess", group: "supervisor.signalProcessGroup",
            all: "supervisor.signalAllProcesses", extra: [.string(name)], done: "signalled", harmless: nil,
            badGroup: ExitCode.generic, words: signalWords)
    }

    static let reload = ProgramRequest(
        one: "reeve.reload", group: "reeve.reload", all: "reeve.reload", isOwn: true, done: "reloaded", harmless: nil,
        tellsWhy: true, badGroup: ExitCode.generic
    ) { fault in
        switch fault {
        case .badName: "no such process"
        case .notRunning: "not running"
        default: nil
        }
    }

    static let clear = ProgramRequest(
        one: "supervisor.clearProcessLogs", group: "", all: "supervisor.clearAllProcessLogs", done: "cleared",
        harmless: nil, badGroup: ExitCode.generic
    ) { fault in
        switch fault {
        case .badName: "no such process"
        case .failed: "failed"
        default: nil
        }
    }

    @Sendable private static func signalWords(_ fault: Fault) -> StaticString? {
        switch fault {
        case .badName: "no such process"
        case .badSignal: "bad signal name"
        case .notRunning: "not running"
        default: nil
        }
    }
}

extension Session {
    /// The next program when the one before is ready; the first that doesn't get so far is the last.
    ///
    /// - Parameter patience: nanoseconds for each to become ready; nil: as long as it takes.
    fileprivate func restartOneByOne(_ words: [[UInt8]], _ patience: Int64?) throws(CtlError) {
        let chosen = try processes(words) { sentence, word in
            output(sentence)
            suggestProgram(for: word)
            exitStatus = ExitCode.generic
        }
        // A name that means nothing: nobody knows what would be left out.
        guard exitStatus == ExitCode.success else { return }
        for (position, info) in chosen.enumerated() {
            let name = try info.processName.bytes
            try perform(.stop, [name])
            if exitStatus == ExitCode.success { try perform(.start, [name]) }
            if exitStatus == ExitCode.success {
                try wait(for: .ready, of: [name], until: patience.map { SystemClock.boottime + $0 })
            }
            guard exitStatus != ExitCode.success else { continue }
            let left = chosen.count - position - 1
            if left > 0 { note("\(OutputText(name)): the \(left) after it \(left == 1 ? "is" : "are") not restarted") }
            return
        }
    }

    /// Reports the result for one program, and records the exit status.
    private func tell(_ name: OutputText, code: Int, description: OutputText, _ request: ProgramRequest)
        throws(CtlError)
    {
        if code == Fault.success.rawValue {
            output("\(name): \(request.done)")
            return
        }
        let fault = Fault(rawValue: code)
        if let fault, let words = request.words(fault) {
            output("\(name): ERROR (\(words))")
        } else if fault == .failed, request.tellsWhy {
            output(
                "\(name): ERROR (\(CtlError.detail(code: code, String(decoding: description.bytes, as: UTF8.self))))")
        } else if fault == .failed, request.words(.notRunning) != nil {
            // stop and signal print the supervisor's message.
            output(description)
        } else {
            throw .refused("ValueError", "Unknown result code \(code) for \(name)")
        }
        switch fault {
        case request.harmless: break
        case .spawnError, .abnormalTermination, .notRunning: exitStatus = ExitCode.notRunning
        default: exitStatus = ExitCode.generic
        }
    }

    private func tell(results: [Value], _ request: ProgramRequest) throws(CtlError) {
        for result in results {
            try tell(
                try result.processName, code: try result.int("status"),
                description: OutputText(result["description"]?.bytes ?? []), request)
        }
    }

    /// - Returns: the words that name something, and the other programs that the answers are about.
    @discardableResult
    fileprivate func perform(_ request: ProgramRequest, _ words: [[UInt8]]) throws(CtlError) -> [[UInt8]] {
        if words.sayAll {
            let all: [Value] = request.isOwn ? [.string([])] : []
            try tell(results: try list(request.all, all + request.extra), request)
            return words
        }
        var known = words
        for word in words {
            let name = Namespec(word)
            if name.process == nil, !request.group.isEmpty {
                if try !performOnGroup(request, name.group) { known.removeAll { $0 == word } }
                continue
            }
            do throws(CtlError) {
                if request.isList {
                    let results = try list(request.one, [.string(word)] + request.extra)
                    try tell(results: results, request)
                    for result in results {
                        let name = try result.processName.bytes
                        if !known.contains(name) { known.append(name) }
                    }
                    continue
                }
                _ = try call(request.one, [.string(word)] + request.extra)
                try tell(name.shown, code: Fault.success.rawValue, description: "", request)
            } catch .fault(let code, let text) {
                try tell(name.shown, code: code, description: OutputText(Array(text.utf8)), request)
                try explain(code, text, of: word, request)
                if code == Fault.badName.rawValue { known.removeAll { $0 == word } }
            }
        }
        return known
    }

    /// Hints for people on stderr: what was probably meant, or why a program doesn't start.
    private func explain(_ code: Int, _ text: String, of word: [UInt8], _ request: ProgramRequest) throws(CtlError) {
        guard !isSupervisorctl else { return }
        let name = Namespec(word).shown
        switch Fault(rawValue: code) {
        case .badName: suggestProgram(for: word)
        case .badSignal:
            let written = request.extra.first?.bytes ?? []
            let hint = Self.hint(for: Self.upper(written), among: Self.signals)
            note("\(written) is not a signal\(hint)")
        case .noFile:
            let detail = CtlError.detail(code: code, text)
            note("\(name): \(detail)\(try searched(word, detail))")
        case .notExecutable: note("\(name): \(CtlError.detail(code: code, text))")
        case .spawnError, .abnormalTermination:
            let why = try call("supervisor.getProcessInfo", word).bytes("spawnerr")
            if !why.isEmpty { note("\(name): \(why)") }
        default: break
        }
    }

    /// Where a command without a slash was searched; empty if the supervisor doesn't tell.
    private func searched(_ word: [UInt8], _ detail: OutputText) throws(CtlError) -> OutputText {
        guard !detail.bytes.contains(UInt8(ascii: "/")) else { return "" }
        do throws(CtlError) {
            let path = try call("reeve.searchPath", word).bytes ?? []
            return path.isEmpty ? "" : " in its PATH, \(path)"
        } catch .fault {
            return ""
        }
    }

    private static func upper(_ word: [UInt8]) -> [UInt8] { word.map { $0 >= 97 && $0 <= 122 ? $0 - 32 : $0 } }

    /// Names, with and without SIG.
    private static var signals: [[UInt8]] {
        var names: [[UInt8]] = []
        for number in 1...Signal.highest {
            let name = Array(Signal(number: number).name.utf8)
            guard name.starts(with: "SIG") else { continue }
            names += [name, Array(name.dropFirst(3))]
        }
        return names
    }

    /// False if there is no such group.
    private func performOnGroup(_ request: ProgramRequest, _ group: [UInt8]) throws(CtlError) -> Bool {
        let results: [Value]
        do throws(CtlError) {
            let name = request.isOwn ? group + ":*".bytes : group
            results = try list(request.group, [.string(name)] + request.extra)
        } catch .fault(Fault.badName.rawValue, _) {
            output("\(group): ERROR (no such group)")
            exitStatus = request.badGroup
            suggestProgram(for: group + [UInt8(ascii: ":"), UInt8(ascii: "*")])
            return false
        }
        try tell(results: results, request)
        return true
    }
}

@Sendable func start(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard let (words, isAlone) = session.names(words, of: "start", option: "--no-deps") else { return }
    guard try session.isUp() else { return }
    if words.isEmpty {
        session.mistake("Error: start requires a process name", in: "start", status: ExitCode.invalidArguments)
        return
    }
    try session.perform(isAlone ? .startAlone : .start, words)
}

@Sendable func stop(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard let (words, stopsDependents) = session.names(words, of: "stop", option: "--with-dependents") else { return }
    guard try session.isUp() else { return }
    if words.isEmpty {
        session.mistake("Error: stop requires a process name", in: "stop")
        return
    }
    try session.perform(stopsDependents ? .stopDependents : .stop, words)
}

@Sendable func restart(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    let options: [Arguments.Option] = [
        .init("", "--with-dependents"), .init("", "--rolling"), .init("", "--timeout", takesValue: true),
    ]
    guard let given = session.arguments(words, of: "restart", options: options) else { return }
    let words = given.names
    let (stopsDependents, isRolling) = (given.has("--with-dependents"), given.has("--rolling"))
    if let mistake: OutputText = stopsDependents && isRolling
        ? "write either --rolling or --with-dependents"
        : given.has("--timeout") && !isRolling ? "--timeout is for --rolling" : nil
    {
        session.mistake("Error: \(mistake)", in: "restart", status: ExitCode.invalidArguments)
        return
    }
    guard try session.isUp() else { return }
    if words.isEmpty {
        session.mistake("Error: restart requires a process name", in: "restart")
        return
    }
    if isRolling {
        var patience: Int64?
        if let written = given.value(of: "--timeout") {
            patience = duration(written)
            guard patience != nil else {
                session.mistake(
                    "Error: \(written) is not a number of seconds", in: "restart", status: ExitCode.invalidArguments)
                return
            }
        }
        return try session.restartOneByOne(words, patience)
    }
    let known = try session.perform(stopsDependents ? .stopDependents : .stop, words)
    // supervisorctl reports missing names twice.
    try session.perform(.start, session.isSupervisorctl ? words : known)
}

@Sendable func signal(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard try session.isUp() else { return }
    guard words.count > 1, let name = words.first else {
        session.mistake("Error: signal requires a signal name and a process name", in: "signal")
        return
    }
    // As with kill: -HUP.
    let isOption = name.count > 1 && name.first == UInt8(ascii: "-") && !session.isSupervisorctl
    guard let names = session.names(Array(words.dropFirst()), of: "signal") else { return }
    try session.perform(.signal(isOption ? Array(name.dropFirst()) : name), names)
}

@Sendable func reloadProgram(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard let words = session.names(words, of: "reload-program"), try session.isUp() else { return }
    if words.isEmpty {
        session.mistake("Error: reload-program requires a process name", in: "reload-program")
        return
    }
    try session.perform(.reload, words)
}

@Sendable func clear(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard let words = session.names(words, of: "clear"), try session.isUp() else { return }
    if words.isEmpty {
        session.mistake("Error: clear requires a process name", in: "clear")
        return
    }
    try session.perform(.clear, words)
}
