import Host
import Kernel
import Supervise

/// Runs a command, and forwards signals to the process whose pid is in a file: for daemons that detach from the process
/// that their supervisor started.
///
/// - Source: pidproxy of supervisord 4.3.0. Deliberate differences: it exits when the command does, not up to five
///   seconds later, and with its exit code; it also searches PATH for a command without a slash; if there is no process
///   to signal, a signal that would end the daemon ends the command; and it survives all errors.
struct PidProxy {
    private let command: ProxyCommand
    private let name: String

    /// HUP, INT, QUIT, USR1, USR2, TERM.
    private static let passed: SignalSet = [1, 2, 3, 10, 12, 15]
    /// After these signals the daemon is about to exit: the proxy exits, whatever the command does.
    private static let final: SignalSet = [2, 3, 15]

    init(_ command: ProxyCommand, name: String) {
        self.command = command
        self.name = name
    }

    /// The exit code.
    func run() -> Int32 {
        var awaited = Self.passed
        awaited.insert(Signal.child.number)
        awaited.block()
        // The others have their default action, whatever was blocked before.
        SignalSet.all.subtracting(awaited).unblock()
        let child: Int32
        do throws(ProxyError) {
            child = try start()
        } catch {
            File.print("\(name): \(error.sentence.oneLine)\n", to: 2)
            return error.code
        }
        while true {
            let received = SignalQueue.wait(for: awaited)
            if received.number == Signal.child.number {
                while let dead = Reaper.next() {
                    guard dead.pid == child else { continue }
                    return dead.status.shellCode
                }
            } else if pass(received.number, child) {
                return 0
            }
        }
    }

    /// Forwards a signal; true if it asks the daemon to exit. The file is read each time: it may appear late, and
    /// change.
    private func pass(_ number: Int32, _ child: Int32) -> Bool {
        let isFinal = Self.final.contains(number)
        let file = (try? File.contents(of: command.pidfile, limit: 4096)) ?? []
        let problem: String
        if let pid = ProxyCommand.number(in: file) {
            do throws(Errno) {
                try SystemProcess.signal(pid, number)
                return isFinal
            } catch {
                problem = "can't signal process \(pid) of \(command.pidfile): \(error.description)"
            }
        } else {
            problem = "can't read a process's number from \(command.pidfile)"
        }
        // supervisord's prints this to stdout, too.
        File.print("\(name): \(problem.oneLine)\(isFinal ? "; ending the command instead" : "")\n")
        if isFinal { try? SystemProcess.signal(child, number) }
        return false
    }

    private struct ProxyError: Error {
        var sentence: String
        var code: Int32
    }

    private func start() throws(ProxyError) -> Int32 {
        let environment = CStringArray.ofProcess()
        let word = command.words[0]
        let said = String(decoding: word, as: UTF8.self)
        let path: [UInt8]
        do throws(Errno) {
            // supervisord's searches the current folder only.
            let here = try? CommandSearch.find("./".bytes + word, path: nil)
            let isRelative = !word.contains(UInt8(ascii: "/"))
            if isRelative, let here {
                path = here
            } else {
                path = try CommandSearch.find(word, path: environment.value(of: "PATH"))
            }
        } catch {
            throw ProxyError(sentence: "\(said): \(error.description)", code: error == .access ? 126 : 127)
        }
        var request = SpawnRequest(
            path: path, arguments: CStringArray(command.words), environment: environment)
        request.inheritsDescriptors = true
        request.group = .inherited
        do throws(SpawnError) {
            return try Spawn.run(request).pid
        } catch {
            throw ProxyError(sentence: error.sentence(for: said), code: 126)
        }
    }
}
