import Kernel
import Supervise

/// The command of a task, and the program that it is for.
struct TaskRequest {
    /// Its name in log lines and sentences.
    var name: String
    /// Split by the shell's rules, like a program's command.
    var command: String
    /// Instead of the command: the path of an executable, and its arguments.
    var words: [String] = []
    /// The program that it is for: the task has its user, environment, directory and limits.
    var settings: ProcessSettings
    var group: String
    /// In addition to those of the program.
    var variables: [EnvironmentVariable] = []
    /// Seconds, > 0.
    var timeout: Int
    /// The timeout of a task that ends only when it is cancelled: a century.
    static let forever = 3_155_760_000
    /// A descriptor for its stdin, which the task closes; -1: /dev/null.
    var input: Int32 = -1
    /// A descriptor for joining the cgroup of its program, or -1; requested at each start. nil: it runs in init's.
    var cgroup: (() -> Int32)?
}

/// Runs tasks: starts their children as it does those of programs, waits for nothing, and keeps the end of their
/// output.
///
/// It lives as long as init, as `ProgramStarts` does: a child that hangs in the kernel may outlive a restart of
/// everything.
final class TaskRunner {
    /// The limit of tasks. Each costs a process, two descriptors and the end of its output.
    static let most = 256
    /// Milliseconds between attempts to prepare a task whose files don't answer.
    static let patience = 100
    /// The memory of a task with its output, in bytes.
    private static let memory = 32 * 1024

    let loop: EventLoop
    /// The running engine; nil between two.
    var launcher: Launcher?
    private var tasks: [RunningTask] = []
    private var nextID: TaskID = 1

    init(loop: EventLoop) {
        self.loop = loop
    }

    var isEmpty: Bool { tasks.isEmpty }

    /// - Parameter completion: called once, never before this returns, with the result and the end of its output.
    /// - Throws: if there are too many, or no memory; then the caller still owns the request's `input`.
    @discardableResult
    func start(
        _ request: TaskRequest, completion: @escaping (TaskResult, TaskOutput) -> Void
    ) throws(StartError) -> TaskID {
        guard tasks.count < Self.most else {
            throw StartError(.resource, "too many tasks to start '\(request.name)'")
        }
        guard Heap.canTake(Self.memory) else {
            throw StartError(.resource, "not enough memory to start '\(request.name)'")
        }
        let task = RunningTask(nextID, request, self, completion)
        nextID &+= 1
        tasks.append(task)
        task.tell(.start)
        return task.id
    }

    /// Ends the task; its completion is still called.
    func cancel(_ id: TaskID) {
        for task in tasks where task.id == id { task.tell(.cancel) }
    }

    func cancelAll() {
        for task in tasks { task.tell(.cancel) }
    }

    /// An engine ends: the results of its tasks are dropped.
    func detach() {
        for task in tasks { task.completion = nil }
        cancelAll()
        launcher = nil
    }

    // MARK: Children

    /// The pids of the tasks' children.
    var children: [Int32] { tasks.map { $0.pid }.filter { $0 != 0 } }

    /// Whether the task has written anything.
    func hasOutput(_ id: TaskID) -> Bool { tasks.contains { $0.id == id && $0.received > 0 } }

    /// 0 when it has no child.
    func pid(of id: TaskID) -> Int32 { tasks.first { $0.id == id }?.pid ?? 0 }

    /// nil: it is not the child of a task.
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

    /// Before a turn sleeps: completes the tasks that are over, and removes them.
    func settle() {
        guard tasks.contains(where: { $0.result != nil }) else { return }
        // A completion may start another task.
        for task in tasks where task.result != nil { task.complete() }
        tasks.removeAll { $0.isForgotten }
    }
}
