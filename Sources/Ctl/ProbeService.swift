import Host
import Kernel
import Supervise

/// `ctl probe --serve`: makes health checks for init, which itself connects to nothing. Stdin is a socket to init; each
/// check is a process of its own, so none waits for another, and what hangs ends when its time is up.
struct ProbeService {
    static let option: StaticString = "--serve"

    private struct ForkedCheck {
        let question: ProbeMessage
        let command: ProbeCommand
        let pid: Int32
        /// Nanoseconds since boot.
        let end: Int64
    }

    private var running: [ForkedCheck] = []

    static func run() -> Int32 {
        guard ForkedProbe.prepare() else {
            File.print("Error: probe --serve is for init, which connects it to a socket\n", to: 2)
            return ExitCode.invalidArguments
        }
        var service = ProbeService()
        return service.serve()
    }

    private mutating func serve() -> Int32 {
        while true {
            while let pid = ForkedProbe.nextDead() { running.removeAll { $0.pid == pid } }
            let now = SystemClock.boottime
            for check in running where check.end <= now {
                // It may hang in a file system, where only this ends it.
                ForkedProbe.kill(check.pid)
                Self.reply(check.question, value: 0, check.command.late)
            }
            running.removeAll { $0.end <= now }
            let end = running.map { $0.end }.min()
            guard ForkedProbe.wait(nanoseconds: end.map { $0 - now }) else { continue }
            do throws(Errno) {
                guard let message = try ProbeMessage.receive(from: 0) else { continue }
                if message.value == ProbeMessage.cancelled {
                    for check in running where check.question.number == message.number { ForkedProbe.kill(check.pid) }
                } else if begin(message) {
                    return 0
                }
            } catch {
                return 0
            }
        }
    }

    /// - Returns: whether this is the child, which is done.
    private mutating func begin(_ question: ProbeMessage) -> Bool {
        let target = String(decoding: question.text, as: UTF8.self)
        guard let command = ProbeCommand(target, seconds: question.value) else {
            Self.reply(question, value: 0, "\(target) can't be probed")
            return false
        }
        guard let pid = ForkedProbe.fork() else {
            Self.reply(question, value: ProbeMessage.impossible, "")
            return false
        }
        if pid == 0 {
            let (line, isSuccess) = Probe.answer(to: command)
            Self.reply(question, value: isSuccess ? 1 : 0, line)
            return true
        }
        let end = SystemClock.boottime + Int64(command.timeout) * 1_000_000
        running.append(ForkedCheck(question: question, command: command, pid: pid, end: end))
        return false
    }

    private static func reply(_ question: ProbeMessage, value: Int, _ line: String) {
        let answer = ProbeMessage(number: question.number, value: value, text: line.bytes)
        // If it fails, init is gone.
        _ = try? UnixSocket.send(answer.packet, to: 1)
    }
}
