import Host
import Kernel
import Supervise

/// `ctl probe --serve`: makes health checks for init, which itself connects to no server. Stdin is a socket to init; each
/// check is a process of its own, so none waits for another, and what hangs ends when its time is up.
struct ProbeService {
    static let option: StaticString = "--serve"

    private final class ForkedCheck {
        let number: Int
        let command: ProbeCommand
        let pid: Int32
        /// Nanoseconds since boot.
        let end: Int64

        init(_ number: Int, _ command: ProbeCommand, pid: Int32) {
            (self.number, self.command, self.pid) = (number, command, pid)
            end = SystemClock.boottime + Int64(command.timeout) * 1_000_000
        }
    }

    private var running: [ForkedCheck] = []

    static func run() -> Int32 {
        guard ForkedProbe.prepare() else {
            File.print("Error: probe --serve is for init, which connects it to a socket\n", to: 2)
            return ExitCode.invalidArguments
        }
        var service = ProbeService()
        service.serve()
        return 0
    }

    /// Returns when init is gone, and in each child when its check is done.
    private mutating func serve() {
        while true {
            while let (pid, isDone) = ForkedProbe.nextDead() { buried(pid, isDone) }
            let now = SystemClock.boottime
            for check in running where check.end <= now {
                end(check)
                Self.answer(check.number, ProbeMessage.failure, check.command.late)
            }
            let end = running.map { $0.end }.min()
            guard ForkedProbe.wait(nanoseconds: end.map { $0 - now }) else { continue }
            do throws(Errno) {
                guard let message = try ProbeMessage.receive(from: 0) else { continue }
                if message.value == ProbeMessage.cancelled {
                    for check in running where check.number == message.number { self.end(check) }
                } else if begin(message) {
                    return
                }
            } catch {
                return
            }
        }
    }

    /// - Returns: whether this is the child, which is done.
    private mutating func begin(_ question: ProbeMessage) -> Bool {
        let target = String(decoding: question.text, as: UTF8.self)
        guard let command = ProbeCommand(target, seconds: question.value) else {
            Self.answer(question.number, ProbeMessage.failure, "\(target) can't be probed")
            return false
        }
        guard let pid = ForkedProbe.fork() else {
            Self.answer(question.number, ProbeMessage.impossible, "")
            return false
        }
        if pid == 0 {
            let (line, isSuccess) = Probe.answer(to: command)
            Self.answer(question.number, isSuccess ? ProbeMessage.success : ProbeMessage.failure, line)
            return true
        }
        running.append(ForkedCheck(question.number, command, pid: pid))
        return false
    }

    /// It may hang in a file system, where only this ends it.
    private mutating func end(_ check: ForkedCheck) {
        ForkedProbe.kill(check.pid)
        running.removeAll { $0.pid == check.pid }
    }

    private mutating func buried(_ pid: Int32, _ isDone: Bool) {
        guard let index = running.firstIndex(where: { $0.pid == pid }) else { return }
        let check = running.remove(at: index)
        guard !isDone else { return }
        Self.answer(check.number, ProbeMessage.failure, "\(check.command.written): the process of the check was killed")
    }

    private static func answer(_ number: Int, _ value: Int, _ line: String) {
        let answer = ProbeMessage(number: number, value: value, text: line.bytes)
        // If it fails, init is gone.
        _ = try? UnixSocket.send(answer.packet, to: 1)
    }
}
