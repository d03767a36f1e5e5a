import Host
import Kernel
import Supervise

/// Has health checks over HTTP and TCP made by a process, `ctl probe --serve`, so that PID 1 itself connects to no server.
///
/// The process is started for the first check, and stays as long as a program has such a check. `ctl` is beside init, and
/// has the code to ask servers and to look names up.
final class Prober: Watcher, DeadlineOwner {
    private struct Question {
        let number: Int
        let id: ProcessID
        /// When it has not been answered, though the process should have ended the check itself.
        let overdue: Instant
    }

    private static let name = "the process for health checks"
    /// Seconds that the process has beyond the timeout of a check.
    private static let patience = 2
    /// The most answers that one turn handles.
    private static let portion = 64

    private let engine: Engine
    private var task: TaskID?
    /// The process group of the process and of those that it forks, until the last has ended; 0: there is none.
    private(set) var group: Int32 = 0
    /// The connection to the process, or -1.
    private var socket: Int32 = -1
    private var watch: Watch?
    private var questions: [Question] = []
    private var last = 0
    /// Programs have gone, or have other settings.
    var isOutdated = false

    init(_ engine: Engine) {
        self.engine = engine
    }

    // MARK: Questions

    /// - Parameters:
    ///   - target: of the check of this process.
    ///   - timeout: seconds, > 0.
    func check(_ id: ProcessID, _ target: String, timeout: Int) {
        last &+= 1
        let question = ProbeMessage(number: last, value: timeout, text: target.bytes)
        // If there is no room for it now, that isn't the program's fault.
        guard start(), send(question) else { return engine.tell(.checked(id, nil)) }
        questions.append(
            Question(number: last, id: id, overdue: Engine.now.instant + (timeout + Self.patience)))
    }

    /// - Returns: whether there was one.
    func cancel(_ id: ProcessID) -> Bool {
        guard let index = questions.firstIndex(where: { $0.id == id }) else { return false }
        // If there is no room for this, the check ends when its time is up, and its answer is nobody's.
        _ = send(ProbeMessage(number: questions.remove(at: index).number, value: ProbeMessage.cancelled))
        return true
    }

    /// If it fails because the process is gone, its death follows.
    private func send(_ message: ProbeMessage) -> Bool {
        (try? UnixSocket.send(message.packet, to: socket)) ?? false
    }

    // MARK: The process

    /// - Returns: whether there is one, perhaps on its way.
    private func start() -> Bool {
        guard task == nil else { return true }
        guard let pair = try? UnixSocket.Pair(), let heard = try? engine.loop.watch(pair.own.number, for: .read, self)
        else { return false }
        let (own, other) = pair.take()
        (watch, socket) = (heard, own)
        let request = TaskRequest(
            name: Self.name, command: "", words: [Self.executable, "probe", "--serve"], settings: .prober, group: "",
            timeout: TaskRequest.forever, input: other)
        var started: TaskID?
        started = try? engine.tasks.start(request) { [self] result, output in
            output.write(to: engine.log, Self.name, result)
            // Otherwise it is one that was given up, and there may be another.
            guard task == started else { return }
            group = 0
            end(because: Self.problem(result))
        }
        task = started
        group = started.map { engine.tasks.pid(of: $0) } ?? 0
        if task == nil {
            Descriptor.close(other)
            close()
        }
        return task != nil
    }

    private static var executable: String {
        "\(File.linkTarget("/proc/self/exe").map { Directory.split($0).folder } ?? "/")ctl"
    }

    private static func problem(_ result: TaskResult) -> String {
        if case .notStarted(let error) = result.cause, error.cause == .missing {
            return "there is no \(executable) that could make the check: install ctl beside init"
        }
        return "\(name) \(result.failure)"
    }

    /// The next check starts another one.
    ///
    /// - Parameter problem: why its checks have failed; nil: nobody wants them.
    private func end(because problem: String?) {
        let lost = questions
        close()
        for question in lost { engine.tell(.checked(question.id, problem.map { HealthResult(false, $0) })) }
    }

    /// Ends it, and drops its checks.
    func close() {
        if let task { engine.tasks.cancel(task) }
        task = nil
        if let watch { engine.loop.cancel(watch) }
        watch = nil
        Descriptor.close(socket)
        socket = -1
        questions = []
    }

    // MARK: Answers

    func ready(_ readiness: Readiness, on watch: Watch) {
        for _ in 0..<Self.portion {
            do throws(Errno) {
                guard let answer = try ProbeMessage.receive(from: socket) else { return }
                take(answer)
            } catch {
                // Its death follows.
                return engine.loop.cancel(watch)
            }
        }
    }

    private func take(_ answer: ProbeMessage) {
        // It may have been cancelled meanwhile.
        guard let index = questions.firstIndex(where: { $0.number == answer.number }) else { return }
        let id = questions.remove(at: index).id
        guard answer.value != ProbeMessage.impossible else { return engine.tell(.checked(id, nil)) }
        let line = String(decoding: answer.text, as: UTF8.self).oneLine
        let isSuccess = answer.value == ProbeMessage.success
        engine.tell(.checked(id, HealthResult(isSuccess, isSuccess ? "" : line, "\(line)\n".bytes)))
    }

    // MARK: Time

    func deadline(_ now: Instant) -> Instant? { isOutdated ? now : questions.map { $0.overdue }.min() }

    func tick(_ now: Moment) {
        if questions.contains(where: { now.instant >= $0.overdue }) {
            end(because: "\(Self.name) didn't answer")
        }
        guard isOutdated else { return }
        isOutdated = false
        if !isNeeded { end(because: nil) }
    }

    /// Whether a program has such a check.
    private var isNeeded: Bool {
        engine.supervisor.processes.contains {
            if case .probe? = engine.supervisor.settings(of: $0)?.healthCheck?.check { true } else { false }
        }
    }
}
