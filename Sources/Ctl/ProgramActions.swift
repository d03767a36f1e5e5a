import Supervise

// start, stop, signal and restart: the same request for one program, a group, or all.

/// What differs between the requests.
private struct Request {
    let one: String
    let group: String
    let all: String
    /// Goes behind the name.
    var extra: [Value] = []
    let done: StaticString
    /// A fault that leaves the exit status alone: what was asked for is so already.
    let harmless: Fault?
    /// The exit status for a group that does not exist.
    let badGroup: Int32
    /// What is said about a fault; nil for one that this request can't have.
    let words: @Sendable (Fault) -> StaticString?

    static let start = Request(
        one: "supervisor.startProcess", group: "supervisor.startProcessGroup", all: "supervisor.startAllProcesses",
        done: "started", harmless: .alreadyStarted, badGroup: Status.invalidArguments
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

    static let stop = Request(
        one: "supervisor.stopProcess", group: "supervisor.stopProcessGroup", all: "supervisor.stopAllProcesses",
        done: "stopped", harmless: .notRunning, badGroup: Status.generic, words: signalWords)

    static func signal(_ name: [UInt8]) -> Request {
        Request(
            one: "supervisor.signalProcess", group: "supervisor.signalProcessGroup",
            all: "supervisor.signalAllProcesses", extra: [.string(name)], done: "signalled", harmless: nil,
            badGroup: Status.generic, words: signalWords)
    }

    static let clear = Request(
        one: "supervisor.clearProcessLogs", group: "", all: "supervisor.clearAllProcessLogs", done: "cleared",
        harmless: nil, badGroup: Status.generic
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
    /// Says what became of one program, and lets the exit status know.
    private func tell(_ name: Text, code: Int, description: Text, _ request: Request) throws(Failure) {
        if code == Fault.success.rawValue {
            output("\(name): \(request.done)")
            return
        }
        let fault = Fault(rawValue: code)
        if let fault, let words = request.words(fault) {
            output("\(name): ERROR (\(words))")
        } else if fault == .failed, request.words(.notRunning) != nil {
            // stop and signal say what the supervisor says.
            output(description)
        } else {
            throw .refused("ValueError", "Unknown result code \(code) for \(name)")
        }
        switch fault {
        case request.harmless: break
        case .spawnError, .abnormalTermination, .notRunning: exitStatus = Status.notRunning
        default: exitStatus = Status.generic
        }
    }

    private func tell(results: [Value], _ request: Request) throws(Failure) {
        for result in results {
            try tell(
                try result.processName, code: try result.int("status"),
                description: Text(result["description"]?.bytes ?? []), request)
        }
    }

    fileprivate func perform(_ request: Request, _ words: [[UInt8]]) throws(Failure) {
        if words.sayAll {
            try tell(results: try list(request.all, request.extra), request)
            return
        }
        for word in words {
            let name = Name(word)
            if name.process == nil, !request.group.isEmpty {
                try performOnGroup(request, name.group)
                continue
            }
            do throws(Failure) {
                _ = try call(request.one, [.string(word)] + request.extra)
                try tell(name.shown, code: Fault.success.rawValue, description: "", request)
            } catch .fault(let code, let text) {
                try tell(name.shown, code: code, description: Text(Array(text.utf8)), request)
            }
        }
    }

    private func performOnGroup(_ request: Request, _ group: [UInt8]) throws(Failure) {
        let results: [Value]
        do throws(Failure) {
            results = try list(request.group, [.string(group)] + request.extra)
        } catch .fault(Fault.badName.rawValue, _) {
            output("\(group): ERROR (no such group)")
            exitStatus = request.badGroup
            return
        }
        try tell(results: results, request)
    }
}

@Sendable func start(_ session: Session, _ words: [[UInt8]]) throws(Failure) {
    guard try session.isUp() else { return }
    if words.isEmpty {
        session.mistake("Error: start requires a process name", in: "start", status: Status.invalidArguments)
        return
    }
    try session.perform(.start, words)
}

@Sendable func stop(_ session: Session, _ words: [[UInt8]]) throws(Failure) {
    guard try session.isUp() else { return }
    if words.isEmpty {
        session.mistake("Error: stop requires a process name", in: "stop")
        return
    }
    try session.perform(.stop, words)
}

@Sendable func restart(_ session: Session, _ words: [[UInt8]]) throws(Failure) {
    guard try session.isUp() else { return }
    if words.isEmpty {
        session.mistake("Error: restart requires a process name", in: "restart")
        return
    }
    try stop(session, words)
    try start(session, words)
}

@Sendable func signal(_ session: Session, _ words: [[UInt8]]) throws(Failure) {
    guard try session.isUp() else { return }
    guard words.count > 1, let name = words.first else {
        session.mistake("Error: signal requires a signal name and a process name", in: "signal")
        return
    }
    try session.perform(.signal(name), Array(words.dropFirst()))
}

@Sendable func clear(_ session: Session, _ words: [[UInt8]]) throws(Failure) {
    guard try session.isUp() else { return }
    if words.isEmpty {
        session.mistake("Error: clear requires a process name", in: "clear")
        return
    }
    try session.perform(.clear, words)
}
