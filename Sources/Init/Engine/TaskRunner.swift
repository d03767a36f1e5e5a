import Kernel
import Supervise

/// What a task is to do, and for whom.
struct TaskRequest {
    /// What log lines and sentences call it.
    var name: String
    /// By the shell's rules for words, as a program's.
    var command: String
    /// Of the program that it is for: user, environment, directory and limits are its.
    var settings: ProcessSettings
    var group: String
    /// Beyond those of the program.
    var variables: [EnvironmentVariable] = []
    /// Seconds, > 0.
    var timeout: Int
    /// A descriptor to join the cgroup of its program by, or -1; asked for at each start. nil: it runs in init's.
    var cgroup: (() -> Int32)?
}

/// Runs tasks: makes their children as it does those of programs, waits for nothing, and keeps the end of their output.
///
/// It lives as long as init, as `ProgramStarts` does: a child that hangs in the kernel may outlive a restart of everything.
final class TaskRunner {
    /// At a time. Each costs a process, two descriptors and the end of its output.
    static let most = 256
    /// Milliseconds between two tries to prepare one whose files don't answer.
    static let patience = 100
    /// Bytes that one takes with its output.
    private static let memory = 32 * 1024

    let loop: EventLoop
    /// Of the engine that runs; nil between two.
    var launcher: Launcher?
    private var tasks: [RunningTask] = []
    private var nextID: TaskID = 1

    init(loop: EventLoop) {
        self.loop = loop
    }

    var isEmpty: Bool { tasks.isEmpty }

    /// - Parameter completion: is called once, never before this returns, with what came of it and the end of its output.
    /// - Throws: where there are too many, or no memory.
    @discardableResult
    func start(
        _ request: TaskRequest, completion: @escaping (TaskResult, TaskOutput) -> Void
    ) throws(StartFailure) -> TaskID {
        guard tasks.count < Self.most else {
            throw StartFailure(.resource, "too many tasks to start '\(request.name)'")
        }
        guard Heap.canTake(Self.memory) else {
            throw StartFailure(.resource, "not enough memory to start '\(request.name)'")
        }
        let task = RunningTask(nextID, request, self, completion)
        nextID &+= 1
        tasks.append(task)
        task.tell(.start)
        return task.id
    }

    /// Ends it; its completion is still called.
    func cancel(_ id: TaskID) {
        for task in tasks where task.id == id { task.tell(.cancel) }
    }

    func cancelAll() {
        for task in tasks { task.tell(.cancel) }
    }

    /// An engine leaves: nobody hears of what comes of its tasks.
    func detach() {
        for task in tasks { task.completion = nil }
        cancelAll()
        launcher = nil
    }

    // MARK: Children

    /// Those that may die.
    var children: [Int32] { tasks.map { $0.pid }.filter { $0 != 0 } }

    /// It has written something.
    func hasOutput(_ id: TaskID) -> Bool { tasks.contains { $0.id == id && $0.received > 0 } }

    /// nil: it is no child of a task.
    func owner(of pid: Int32) -> TaskID? { tasks.first { $0.pid == pid }?.id }

    func reaped(_ id: TaskID, _ status: ExitStatus) {
        for task in tasks where task.id == id { task.exited(status) }
    }

    // MARK: Time

    /// When `tick` matters next.
    var deadline: Instant? {
        var earliest: Instant?
        for task in tasks {
            if let deadline = task.deadline { earliest = min(earliest ?? deadline, deadline) }
        }
        return earliest
    }

    func tick(_ now: Instant) {
        for task in tasks {
            if let deadline = task.deadline, now >= deadline { task.tick(now) }
        }
        settle()
    }

    /// Before a turn sleeps: those that are over are told so, and forgotten.
    func settle() {
        guard tasks.contains(where: { $0.result != nil }) else { return }
        // Who is told may start another.
        for task in tasks where task.result != nil { task.complete() }
        tasks.removeAll { $0.isForgotten }
    }
}
