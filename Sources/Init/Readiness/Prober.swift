import Host
import Kernel
import Supervise

/// Has health checks over HTTP and TCP made by a process, `ctl probe --serve`, so that PID 1 itself connects to nothing.
///
/// The process is started for the first check, and stays. `ctl` is beside init: its code to ask servers and to look names up
/// is as large as all of this.
final class Prober: Watcher, DeadlineOwner {
    private struct Question {
        let number: Int
        let id: ProcessID
        /// The process has not answered, though it should have ended the check itself.
        let overdue: Instant
    }

    private static let name = "the process for health checks"
    /// Seconds that the process has beyond the timeout of a check.
    private static let patience = 2
    /// The most answers that one turn handles.
    private static let portion = 64

    /// nil when it has ended.
    var engine: Engine?
    private var task: TaskID?
    /// Both ends of the connection, or -1. The process may be on its way, so its own is kept, too.
    private var socket: Int32 = -1
    private var other: Int32 = -1
    private var watch: Watch?
    private var questions: [Question] = []
    private var last = 0

    /// - Parameters:
    ///   - target: of the check of this process.
    ///   - timeout: seconds, > 0.
    func check(_ id: ProcessID, _ target: String, timeout: Int) {
        last &+= 1
        let question = ProbeMessage(number: last, value: timeout, text: target.bytes)
        // If there is no room for it now, that isn't the program's fault.
        guard start(), (try? UnixSocket.send(question.packet, to: socket)) ?? false else {
            engine?.tell(.checked(id, nil))
            return
        }
        questions.append(
            Question(number: last, id: id, overdue: Engine.now.instant + (timeout + Self.patience)))
    }

    /// - Returns: whether there was one.
    func cancel(_ id: ProcessID) -> Bool {
        guard let index = questions.firstIndex(where: { $0.id == id }) else { return false }
        let number = questions.remove(at: index).number
        // If there is no room for it, the check ends when its time is up, and its answer is nobody's.
        _ = try? UnixSocket.send(ProbeMessage(number: number, value: ProbeMessage.cancelled).packet, to: socket)
        return true
    }

    // MARK: The process

    /// - Returns: whether there is one, perhaps on its way.
    private func start() -> Bool {
        guard task == nil, let engine else { return task != nil }
        guard let pair = try? UnixSocket.Pair() else { return false }
        watch = try? engine.loop.watch(pair.own.number, for: .read, self)
        (socket, other) = pair.take()
        let folder = File.linkTarget("/proc/self/exe").map { Directory.split($0).folder } ?? "/"
        let request = TaskRequest(
            name: Self.name, command: "", words: ["\(folder)ctl", "probe", "--serve"], settings: .ofInit, group: "",
            timeout: TaskRequest.forever, input: other)
        if watch != nil {
            task = try? engine.tasks.start(request) { [self] result, output in ended(result, output) }
        }
        if task == nil { close() }
        return task != nil
    }

    private func ended(_ result: TaskResult, _ output: TaskOutput) {
        task = nil
        let lost = questions
        close()
        guard let engine else { return }
        output.write(to: engine.log, Self.name, result)
        var problem = "\(Self.name) \(result.failure)"
        if case .notStarted(let error) = result.cause, error.cause == .missing {
            problem = "only ctl, which has to be in the same folder as init, can make it"
        }
        for question in lost { engine.tell(.checked(question.id, HealthResult(false, problem))) }
    }

    func close() {
        if let watch { engine?.loop.cancel(watch) }
        watch = nil
        Descriptor.close(socket)
        Descriptor.close(other)
        (socket, other) = (-1, -1)
        questions = []
    }

    // MARK: Answers

    func ready(_ readiness: Readiness, on watch: Watch) {
        for _ in 0..<Self.portion {
            guard let answer = try? ProbeMessage.receive(from: socket) else { return }
            // It may have been cancelled meanwhile.
            guard let index = questions.firstIndex(where: { $0.number == answer.number }) else { continue }
            let line = String(decoding: answer.text, as: UTF8.self).oneLine
            let isSuccess = answer.value > 0
            let result =
                answer.value == ProbeMessage.impossible
                ? nil : HealthResult(isSuccess, isSuccess ? "" : line, "\(line)\n".bytes)
            engine?.tell(.checked(questions.remove(at: index).id, result))
        }
    }

    func deadline(_ now: Instant) -> Instant? { questions.map { $0.overdue }.min() }

    func tick(_ now: Moment) {
        if let task, questions.contains(where: { now.instant >= $0.overdue }) { engine?.tasks.cancel(task) }
    }
}
