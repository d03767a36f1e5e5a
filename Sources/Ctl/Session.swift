import Host
import Kernel
import Supervise

/// One run of `ctl`: its server, its output, its exit status.
final class Session {
    var server: SupervisorServer
    var isInteractive: Bool
    let prompt: OutputText
    var exitStatus = ExitCode.success
    /// Finds servers; nil if none is used.
    let whereabouts: Whereabouts?
    let input = Input()
    /// The user's terminal, in a shell on a suitable one.
    var reader: LineReader?
    /// What completion has requested since the last action.
    var knownPrograms: [(group: [UInt8], process: [UInt8])]?
    /// Ctrl-C ended the last action.
    private(set) var wasInterrupted = false
    /// Started under the name supervisorctl: has only that program's actions.
    let isSupervisorctl: Bool
    /// How this run may colour its output.
    let paint: Paint

    /// The options that this run was started with: for another run with the same server.
    var ownOptions: [[UInt8]] = []
    /// In place of Ctrl-C: becomes readable when a wait for an answer should end.
    var interruptSource: Int32? {
        didSet { connection?.client.interrupt = interruptNumber }
    }

    private var interrupts: Interrupts?
    private var connection: SupervisorServer.Connection?
    private var pending: [UInt8] = []

    init(
        server: SupervisorServer, isInteractive: Bool, prompt: OutputText, whereabouts: Whereabouts? = nil,
        isSupervisorctl: Bool = false
    ) {
        self.server = server
        self.whereabouts = whereabouts
        self.isSupervisorctl = isSupervisorctl
        // Scripts that drive supervisorctl through a terminal know its words, not colours.
        paint = isSupervisorctl ? .off : .allowed
        self.isInteractive = isInteractive
        self.prompt = prompt
    }

    /// The actions available under the name it was started by, sorted by name.
    var actions: [CtlAction] { isSupervisorctl ? CtlAction.all.filter { !$0.isOwn } : CtlAction.all }

    func action(named name: [UInt8]) -> CtlAction? {
        guard let action = CtlAction.named(name), !(action.isOwn && isSupervisorctl) else { return nil }
        return action
    }

    // MARK: what is shown

    /// A line on stdout. It is buffered, and written at the latest before the next wait.
    func output(_ line: OutputText) {
        pending += line.bytes
        pending.append(UInt8(ascii: "\n"))
    }

    /// Bytes as they are.
    func output(raw bytes: some Sequence<UInt8>) {
        pending.append(contentsOf: bytes)
        if pending.count > 1 << 16 { flush() }
    }

    func flush() {
        guard !pending.isEmpty else { return }
        File.print(bytes: pending)
        pending.removeAll(keepingCapacity: true)
    }

    /// A line on stderr: supervisorctl's messages there, and those that it doesn't have.
    func note(_ line: OutputText) {
        flush()
        File.print(bytes: line.bytes + [UInt8(ascii: "\n")], to: 2)
    }

    /// Prints on stderr what the supervisor adds to the sentence of a fault.
    func note(rest text: String) {
        let rest = CtlError.lines(text).rest
        if !rest.bytes.isEmpty { note(rest) }
    }

    /// Prints what ended an action; the action failed.
    func report(_ failure: CtlError) {
        if case .interrupted = failure {
            wasInterrupted = true
            return
        }
        output(failure.line(of: server, asSupervisorctl: isSupervisorctl))
        exitStatus = ExitCode.generic
        switch failure {
        case .unreachable(let errno): server.explain(errno, to: self)
        case .fault(_, let text): note(rest: text)
        case .lost, .refused, .interrupted, .unauthorized, .noStream: break
        }
    }

    // MARK: whom it asks

    /// Uses another supervisor from now on.
    func turn(to server: SupervisorServer) {
        disconnect()
        ownOptions = ["-s".bytes, server.name.bytes]
        self.server = server
    }

    /// Disconnects from the supervisor, and from the translator.
    func disconnect() { connection = nil }

    /// The supervisor is reached over HTTP: only copies can be passed.
    func isTranslated() throws(CtlError) -> Bool { try connected().translator != nil }

    func call(_ method: String, _ parameters: [Value] = []) throws(CtlError) -> Value {
        flush()
        let client = try connected().client
        do throws(ControlError) {
            return try client.call(method, parameters)
        } catch {
            throw CtlError(error)
        }
    }

    /// Sends a request, and gives it up when the deadline (nanoseconds of `Clock.boottime`) has passed: nil.
    func call(_ method: String, _ parameters: [Value], until deadline: Int64?) throws(CtlError) -> Value? {
        flush()
        let client = try connected().client
        do throws(ControlError) {
            return try client.call(method, parameters, until: deadline)
        } catch .late {
            return nil
        } catch {
            throw CtlError(error)
        }
    }

    /// The supervisor's pid in this process's PID namespace; 0 if it is in another.
    func supervisorPID() throws(CtlError) -> Int32 { try connected().peer }

    func open(_ method: String, _ parameters: [Value]) throws(CtlError) -> ControlClient.Handover {
        flush()
        let client = try connected().client
        do throws(ControlError) {
            return try client.open(method, parameters)
        } catch {
            throw CtlError(error)
        }
    }

    /// From now on Ctrl-C ends the wait for an answer (`CtlError.interrupted`), and not the process.
    ///
    /// - Returns: a descriptor that becomes readable after Ctrl-C.
    @discardableResult func watchInterrupts() throws(CtlError) -> Int32 {
        if let number = interrupts?.number { return number }
        guard let watched = try? Interrupts() else { throw .lost("there is no descriptor left") }
        let number = watched.number
        interrupts = consume watched
        connection?.client.interrupt = number
        return number
    }

    /// Ctrl-C was handled: earlier presses end nothing more.
    func forgetInterrupts() { interrupts?.take() }

    private var interruptNumber: Int32 { interruptSource ?? interrupts?.number ?? -1 }

    private func connected() throws(CtlError) -> SupervisorServer.Connection {
        if let connection {
            do throws(ControlError) {
                try connection.client.connect()
                return connection
            } catch {
                // It has gone since: look again from the start.
                self.connection = nil
            }
        }
        let found = try server.connect(interrupt: interruptNumber)
        found.client.interrupt = interruptNumber
        connection = found
        return found
    }

    /// Asks the supervisor for its version before an action asks for anything else; says so and sets the exit status
    /// when there is nobody.
    ///
    /// - Parameter believes: a supervisor that has identified itself is not asked. For an action whose own question it refuses while it
    ///   shuts down, as it does this one.
    func isUp(believes: Bool = false) throws(CtlError) -> Bool {
        do throws(CtlError) {
            if believes, try connected().isIdentified { return true }
            let version = try call("supervisor.getVersion")
            guard let version = version.bytes, version.equals("3.0") else {
                output("Sorry, ctl speaks version 3.0 of the interface, and this supervisor speaks another.")
                exitStatus = ExitCode.notInstalled
                return false
            }
            return true
        } catch {
            switch error {
            case .unreachable(.connectionRefused):
                output("\(server.name) refused connection")
                exitStatus = ExitCode.insufficientPrivileges
                server.explain(.connectionRefused, to: self)
            case .unreachable(.noEntry):
                output("\(server.name) no such file")
                exitStatus = ExitCode.notRunning
                server.explain(.noEntry, to: self)
            case .fault(Fault.unknownMethod.rawValue, _):
                output("Sorry, this supervisor does not serve the supervisor.* methods that ctl needs.")
                exitStatus = ExitCode.unimplemented
            case .fault, .unreachable, .lost, .refused, .interrupted, .unauthorized, .noStream:
                exitStatus = ExitCode.generic
                throw error
            }
            return false
        }
    }

    /// Asks the user; true if the answer begins with y. Only an interactive session asks.
    func confirms(_ question: OutputText) throws(CtlError) -> Bool {
        guard isInteractive else { return true }
        let answer = try answer(question)
        return answer.first == UInt8(ascii: "y") || answer.first == UInt8(ascii: "Y")
    }

    /// The user's answer to a question.
    func answer(_ question: OutputText) throws(CtlError) -> [UInt8] {
        switch try ask(question, isCommand: false) {
        case .line(let answer): return answer
        case .end: throw .refused("EOFError", "EOF when reading a line")
        case .interrupted, .ended: throw .interrupted
        }
    }

    /// The same without echo.
    func secret(_ question: OutputText) throws(CtlError) -> [UInt8] {
        guard Terminal.isOne(0), let keyboard = try? Keyboard(0) else { return try answer(question) }
        flush()
        File.print(bytes: question.bytes)
        defer { File.print(bytes: [UInt8(ascii: "\n")]) }
        var typed: [UInt8] = []
        while true {
            switch keyboard.next() {
            case .byte(UInt8(ascii: "\n")), .byte(UInt8(ascii: "\r")): return typed
            case .byte(4), .end: throw .refused("EOFError", "")
            case .byte(8), .byte(127): _ = typed.popLast()
            case .byte(21): typed.removeAll()
            case .byte(let byte): typed.append(byte)
            case .resized, .resumed: break
            case .interrupted: throw .interrupted
            case .ended(let signal):
                try? SystemProcess.signalSelf(signal)
                throw .interrupted
            }
        }
    }

    /// Reads a line from the user.
    ///
    /// - Parameter isCommand: it is an action, not an answer.
    func ask(_ prompt: OutputText, isCommand: Bool) throws(CtlError) -> LineReader.LineEnd {
        flush()
        let interrupt = try watchInterrupts()
        if let reader {
            let ending = reader.line(prompt.bytes, isCommand: isCommand, self)
            switch ending {
            case .interrupted: forgetInterrupts()
            case .ended(let signal): ended(by: signal)
            case .line, .end: break
            }
            return ending
        }
        File.print(bytes: prompt.bytes)
        switch input.line(interrupt: interrupt) {
        case .line(let line): return .line(line)
        case .end: return .end
        case .interrupted: return .interrupted
        }
    }

    /// Exits by the signal, after saving what is worth keeping.
    private func ended(by signal: Int32) {
        saveHistory()
        try? SystemProcess.signalSelf(signal)
    }

    func saveHistory() {
        do throws(Errno) {
            try reader?.save()
        } catch {
            note("ctl: the history is not kept: \(error.description)")
        }
    }
}
