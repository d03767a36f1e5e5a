import Host
import Kernel
import Supervise

/// One run of `ctl`: whom it talks to, what it has printed, what it will exit with.
final class Session {
    var server: Server
    var isInteractive: Bool
    let prompt: Text
    var exitStatus = Status.success
    let input = Input()
    /// Started under the name supervisorctl: has its actions and no others.
    let isSupervisorctl: Bool
    /// How this run may colour what it prints.
    let paint: Paint

    private var client: ControlClient?
    private var pending: [UInt8] = []

    init(server: Server, isInteractive: Bool, prompt: Text, isSupervisorctl: Bool = false) {
        self.server = server
        self.isSupervisorctl = isSupervisorctl
        // Scripts that drive supervisorctl through a terminal know its words, not colours.
        paint = isSupervisorctl ? .off : .allowed
        self.isInteractive = isInteractive
        self.prompt = prompt
    }

    /// The actions that there are under the name it was started by, sorted by name.
    var actions: [Action] { isSupervisorctl ? Action.all.filter { !$0.isOwn } : Action.all }

    func action(named name: [UInt8]) -> Action? {
        guard let action = Action.named(name), !(action.isOwn && isSupervisorctl) else { return nil }
        return action
    }

    // MARK: what is shown

    /// A line on stdout. It is written with others, at the latest before the next wait.
    func output(_ line: Text) {
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

    /// A line on stderr: what supervisorctl says there, and what it does not say at all.
    func note(_ line: Text) {
        flush()
        File.print(bytes: line.bytes + [UInt8(ascii: "\n")], to: 2)
    }

    /// What the supervisor adds to the sentence of a fault, on stderr.
    func note(rest text: String) {
        let rest = Failure.lines(text).rest
        if !rest.bytes.isEmpty { note(rest) }
    }

    /// Prints what ended an action; it failed.
    func report(_ failure: Failure) {
        output(failure.line)
        exitStatus = Status.generic
        switch failure {
        case .unreachable: server.explain(to: self)
        case .fault(_, let text): note(rest: text)
        case .lost, .refused: break
        }
    }

    // MARK: whom it asks

    /// Talks to another supervisor from now on.
    func turn(to server: Server) {
        client = nil
        self.server = server
    }

    func call(_ method: String, _ parameters: [Value] = []) throws(Failure) -> Value {
        flush()
        let client = try connected()
        do throws(ControlError) {
            return try client.call(method, parameters)
        } catch {
            throw Failure(error)
        }
    }

    /// Asks, and takes the question back when the deadline (nanoseconds of `Clock.boottime`) has passed: nil.
    func call(_ method: String, _ parameters: [Value], until deadline: Int64?) throws(Failure) -> Value? {
        flush()
        let client = try connected()
        do throws(ControlError) {
            return try client.call(method, parameters, until: deadline)
        } catch .late {
            return nil
        } catch {
            throw Failure(error)
        }
    }

    /// The supervisor's process as this process's PID namespace numbers it; 0 when it is not in it.
    func supervisorPID() throws(Failure) -> Int32 { try connected().peer }

    func open(_ method: String, _ parameters: [Value]) throws(Failure) -> ControlClient.Handover {
        flush()
        let client = try connected()
        do throws(ControlError) {
            return try client.open(method, parameters)
        } catch {
            throw Failure(error)
        }
    }

    private func connected() throws(Failure) -> ControlClient {
        if let client {
            do throws(ControlError) {
                try client.connect()
                return client
            } catch {
                // It has gone since: look again from the start.
                self.client = nil
            }
        }
        let found = try server.connect()
        client = found
        return found
    }

    /// Asks the supervisor for its version before an action asks for anything else; says so and sets the exit status
    /// when there is nobody.
    func isUp() throws(Failure) -> Bool {
        do throws(Failure) {
            let version = try call("supervisor.getVersion")
            guard let version = version.bytes, version.equals("3.0") else {
                output("Sorry, ctl speaks version 3.0 of the interface, and this supervisor another one.")
                exitStatus = Status.notInstalled
                return false
            }
            return true
        } catch {
            switch error {
            case .unreachable(.connectionRefused):
                output("\(server.name) refused connection")
                exitStatus = Status.insufficientPrivileges
            case .unreachable(.noEntry):
                output("\(server.name) no such file")
                exitStatus = Status.notRunning
            case .fault(Fault.unknownMethod.rawValue, _):
                output("Sorry, this supervisor does not serve the supervisor.* methods that ctl needs.")
                exitStatus = Status.unimplemented
                return false
            case .fault, .unreachable, .lost, .refused:
                exitStatus = Status.generic
                throw error
            }
            server.explain(to: self)
            return false
        }
    }

    /// Asks the person; true when the answer begins with y. Only an interactive session asks.
    func confirms(_ question: Text) throws(Failure) -> Bool {
        guard isInteractive else { return true }
        flush()
        File.print(bytes: question.bytes)
        switch input.line() {
        case .line(let answer): return answer.first == UInt8(ascii: "y") || answer.first == UInt8(ascii: "Y")
        case .end: throw .refused("EOFError", "EOF when reading a line")
        case .interrupted:
            output("")
            return false
        }
    }
}
