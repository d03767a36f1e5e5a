import Host
import Kernel
import Supervise

/// Runs one command as its init: forwards signals, reaps children, hands over the terminal, and exits as the command
/// exited.
struct SingleRunner {
    private let command: SingleCommand
    /// The prefix of messages.
    private let name: String
    /// Signals that init itself gets when it gives up the terminal: not for the command.
    private var expected = SignalSet.none
    private var tookForeground = false

    init(_ command: SingleCommand, name: String) {
        self.command = command
        self.name = name
    }

    /// Every signal that can be caught, and SIGCHLD. Blocked signals wait to be read, including those that PID 1 would
    /// not get without a handler; a fault of init itself is delivered all the same.
    private static let signals = SignalSet.all

    /// The sender of one of these doesn't want to wait for a command that hangs before it starts.
    private static let endings: SignalSet = [1, 2, 3, 15]

    /// The exit code of init.
    mutating func run() -> Int32 {
        Self.signals.block()
        if let problem = prepare() { return fail(problem, code: 1) }

        let child: Int32
        do throws(RunError) {
            child = try start()
        } catch {
            restoreTerminal(from: nil)
            return fail(error.sentence, code: error.code)
        }
        say(2, "started \(text(command.words[0])) with pid \(child)")
        Heap.serve()
        let status = serve(child)
        restoreTerminal(from: child)
        if command.placement == .ownSession {
            // dumb-init's last signal to the rest of the session.
            try? SystemProcess.signal(group: child, Signal.terminate.number)
        }
        let code = command.exitCode(for: status)
        say(2, "\(text(command.words[0])) ended with \(status.description); exiting with \(code)")
        return code
    }

    private func prepare() -> String? {
        if let signal = command.parentDeathSignal {
            do throws(Errno) {
                try SystemProcess.setDeathSignal(signal.number)
            } catch {
                return "can't request \(signal.name) for the parent's death: \(error.description)"
            }
        }
        guard !SystemProcess.isInit else { return nil }
        do throws(Errno) {
            try SystemProcess.becomeSubreaper()
        } catch {
            if command.requiresSubreaper { return "can't become a subreaper: \(error.description)" }
            say(1, "warning: can't become a subreaper, so orphans will not be reaped: \(error.description)")
        }
        return nil
    }

    private struct RunError: Error {
        var sentence: String
        var code: Int32
    }

    /// The shell's codes: 127 for a missing command, 126 for one that can't be executed.
    private mutating func start() throws(RunError) -> Int32 {
        let environment = CStringArray.ofProcess()
        let path: [UInt8]
        do throws(Errno) {
            path = try CommandSearch.find(command.words[0], path: environment.value(of: "PATH"))
        } catch {
            throw refusal(error)
        }
        var request = SpawnRequest(path: path, arguments: CStringArray(command.words), environment: environment)
        // The command inherits the sockets and everything else that init was given.
        request.inheritsDescriptors = true
        switch command.placement {
        case .ownGroup:
            request.group = .new
            // In the background there is nothing to pass on: another process has the terminal.
            if let group = try? Terminal.foregroundGroup(0), group == SystemProcess.group {
                tookForeground = true
                request.terminal = .foreground(0)
            }
        case .ownSession:
            request.group = .newSession
            request.terminal = .controlling(0)
            // When a session leader gives up its terminal, the kernel signals the foreground group: init is in it.
            let leads = (try? SystemProcess.session(of: 0)) == SystemProcess.id
            if (try? Terminal.giveUp(0)) != nil, leads { expected = [1, 18] }
        case .shared:
            request.group = .inherited
        }
        do throws(SpawnError) {
            return try Spawn.run(request, unless: Self.endings).pid
        } catch {
            guard error.stage == .exec, error.errno == .noExecFormat else { throw refusal(error) }
        }
        // The shell runs a script without an interpreter line, as with execvp.
        request.path = "/bin/sh".bytes
        request.arguments = CStringArray(["/bin/sh".bytes, path] + command.words.dropFirst())
        do throws(SpawnError) {
            return try Spawn.run(request, unless: Self.endings).pid
        } catch {
            throw refusal(error)
        }
    }

    private func refusal(_ errno: Errno) -> RunError {
        let word = text(command.words[0])
        switch errno {
        case .noEntry, .notDirectory: return RunError(sentence: "\(word): command not found (\(errno.name))", code: 127)
        case .access: return RunError(sentence: "\(word): not executable by this user (\(errno.name))", code: 126)
        default: return RunError(sentence: "can't execute \(word): \(errno.description)", code: 126)
        }
    }

    private func refusal(_ failure: SpawnError) -> RunError {
        guard failure.stage == .exec else {
            return RunError(sentence: failure.sentence(for: text(command.words[0])), code: 1)
        }
        return refusal(failure.errno)
    }

    /// Runs until the command is dead: one sleep, no timer.
    private mutating func serve(_ child: Int32) -> ExitStatus {
        // Little code is still needed.
        ExecutableCode.release()
        while true {
            let received = SignalQueue.wait(for: Self.signals)
            if received.number == Signal.child.number {
                if let status = reap(child) { return status }
                continue
            }
            // The kernel regards init itself as the sender.
            if expected.contains(received.number), received.sender == 0 || received.sender == SystemProcess.id {
                expected.remove(received.number)
                continue
            }
            pass(received.number, to: child)
        }
    }

    private func pass(_ number: Int32, to child: Int32) {
        let signal = Signal(number: number)
        guard let translated = command.translate(number) else {
            say(3, "\(signal.name) is not forwarded")
            return
        }
        do throws(Errno) {
            if command.signalsGroup {
                try SystemProcess.signal(group: child, translated)
            } else {
                try SystemProcess.signal(child, translated)
            }
            say(3, "forwarded \(signal.name) as \(Signal(number: translated).name)")
        } catch {
            say(1, "warning: can't forward \(signal.name): \(error.description)")
        }
        if command.stopsWithCommand, number >= 20, number <= 22 {
            try? SystemProcess.signalSelf(Signal.stop.number)
        }
    }

    /// Reaps all dead processes; returns the command's status if it is among them.
    private func reap(_ child: Int32) -> ExitStatus? {
        var status: ExitStatus?
        while let dead = Reaper.next() {
            if dead.pid == child {
                status = ExitStatus(dead.status)
            } else if command.warnsOnReap {
                say(1, "warning: reaped zombie process with pid=\(dead.pid)")
            } else {
                say(3, "reaped pid \(dead.pid)")
            }
        }
        return status
    }

    /// A script that called init can read from the terminal again. SIGTTOU is blocked.
    private func restoreTerminal(from child: Int32?) {
        guard tookForeground else { return }
        if let child, let group = try? Terminal.foregroundGroup(0), group != child { return }
        try? Terminal.setForegroundGroup(0, SystemProcess.group)
    }

    private func say(_ level: Int, _ message: String) {
        if command.verbosity >= level { File.print("\(name): \(message.oneLine)\n", to: 2) }
    }

    private func fail(_ sentence: String, code: Int32) -> Int32 {
        File.print("\(name): \(sentence.oneLine)\n", to: 2)
        return code
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
