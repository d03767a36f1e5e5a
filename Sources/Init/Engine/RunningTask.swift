import Kernel
import Supervise

/// The output of a task on stdout and stderr.
struct TaskOutput {
    /// The last bytes.
    static let limit = 4096

    /// The last bytes, at most `limit`.
    var end: [UInt8] = []
    /// The number of bytes before those, which were dropped.
    var dropped = 0
}

/// A task from its start to its result: performs what its machine decides.
final class RunningTask: Watcher {
    /// The most bytes that one turn reads, so that a task that floods blocks nothing.
    private static let portion = 16 * 1024

    let id: TaskID
    private var request: TaskRequest
    private let runner: TaskRunner
    var completion: ((TaskResult, TaskOutput) -> Void)?
    private(set) var result: TaskResult?
    private var machine: TaskMachine
    /// The child on its way to its command; kept until it has executed the command, or is dead.
    private var spawning: Spawning?
    private var prepared: Launcher.Prepared?
    private var report: Watch?
    /// When to retry the preparation, or to check a slow child.
    private var lookAt: Instant?
    /// The reading end; -1 when it is closed.
    private var reading: Int32 = -1
    private var output: Watch?
    private var tail = Tail(capacity: TaskOutput.limit)
    private(set) var received = 0

    init(
        _ id: TaskID, _ request: TaskRequest, _ runner: TaskRunner,
        _ completion: @escaping (TaskResult, TaskOutput) -> Void
    ) {
        self.id = id
        self.request = request
        self.runner = runner
        self.completion = completion
        machine = TaskMachine(timeoutSeconds: request.timeout)
    }

    /// 0 when there is no child.
    var pid: Int32 { spawning?.pid ?? machine.pid }

    var deadline: Instant? {
        // Deliver the result at once.
        if result != nil, completion != nil { return Instant(nanoseconds: 0) }
        guard result == nil || spawning != nil else { return nil }
        guard let lookAt else { return machine.deadline }
        return min(machine.deadline ?? lookAt, lookAt)
    }

    // MARK: The machine

    func tell(_ event: TaskMachine.Event) {
        var actions: [TaskMachine.Action] = []
        machine.handle(event, now: Engine.now.instant, into: &actions)
        for action in actions { perform(action) }
    }

    private func perform(_ action: TaskMachine.Action) {
        switch action {
        case .spawn: prepare()
        case .cancelSpawn: lookAt = nil
        case .signal(let pid, let signal, let group):
            if signal == .kill { spawning?.noteKill() }
            // A failure means that it has just died, or runs as a user that init may not signal: it is abandoned in the
            // end.
            if group {
                try? SystemProcess.signal(group: pid, signal.number)
            } else {
                try? SystemProcess.signal(pid, signal.number)
            }
        case .look(let group): if !Self.isThere(group) { tell(.groupEnded) }
        case .finished(let result): self.result = result
        }
    }

    private static func isThere(_ group: Int32) -> Bool {
        do throws(Errno) {
            try SystemProcess.signal(group: group, 0)
        } catch {
            return error != .noSuchProcess
        }
        return true
    }

    // MARK: The start

    private func prepare() {
        guard let launcher = runner.launcher else {
            return tell(.spawnFailed(StartError(.resource, "init is between two configurations")))
        }
        do throws(StartError) {
            try spawn(launcher)
        } catch {
            if error.isLate {
                lookAt = Engine.now.instant.advanced(milliseconds: TaskRunner.patience)
            } else {
                tell(.spawnFailed(error))
            }
        }
    }

    /// The child's 0, 1 and 2. This object owns the reading end of the pipe.
    private struct Ends: ~Copyable {
        let null: Descriptor
        let writing: Descriptor

        consuming func pass(to prepared: Launcher.Prepared) {
            prepared.keep(null)
            prepared.keep(writing)
        }
    }

    private func open() throws(StartError) -> Ends {
        do throws(Errno) {
            let null = try Descriptor.null()
            let pipe = try PipeEnds.fromChild()
            output = try runner.loop.watch(pipe.reading.number, for: .read, self)
            reading = pipe.reading.take()
            return Ends(null: null, writing: pipe.writing)
        } catch {
            throw StartError(.resource, "can't start '\(request.name)': \(error.name)")
        }
    }

    private func spawn(_ launcher: Launcher) throws(StartError) {
        let ends = try open()
        let input = request.input < 0 ? ends.null.number : request.input
        let descriptors = [
            SpawnRequest.Passed(input, as: 0), SpawnRequest.Passed(ends.writing.number, as: 1),
            SpawnRequest.Passed(ends.writing.number, as: 2),
        ]
        let prepared: Launcher.Prepared
        do throws(StartError) {
            prepared = try launcher.prepare(
                request.settings, command: request.command, words: request.words, group: request.group,
                variables: request.variables,
                descriptors, cgroup: request.cgroup?() ?? -1)
        } catch {
            closeOutput()
            throw error
        }
        if let identity = prepared.request.identity {
            PipeEnds.give(ends.writing.number, uid: identity.uid, gid: identity.gid)
        }
        let spawning: Spawning
        do throws(SpawnError) {
            spawning = try Spawn.begin(prepared.request)
        } catch {
            closeOutput()
            throw launcher.meaning(of: error, named: request.name, prepared)
        }
        ends.pass(to: prepared)
        self.prepared = prepared
        self.spawning = spawning
        lookAt = Engine.now.instant.advanced(milliseconds: Int(Spawning.look))
        // If it can't be watched, the looks at slow children notice its report.
        report = try? runner.loop.watch(spawning.report, for: .read, self)
        tell(.forked(pid: spawning.pid))
    }

    private func look(isDead: Bool = false) {
        guard let spawning, let prepared else { return }
        switch spawning.look() {
        case .underway where !isDead: return
        case .underway, .executed:
            endStart()
            tell(.spawned)
        case .failed(let failure):
            stopWatching()
            closeOutput()
            let meaning =
                runner.launcher?.meaning(of: failure, named: request.name, prepared)
                ?? StartError(.step, failure.sentence(for: request.name))
            // Its death follows, and ends the start.
            tell(.spawnFailed(meaning))
        }
    }

    private func stopWatching() {
        if let report { runner.loop.cancel(report) }
        report = nil
        lookAt = nil
    }

    /// It has executed its command, or is dead.
    private func endStart() {
        stopWatching()
        closeInput()
        spawning?.end()
        spawning = nil
        prepared = nil
    }

    private func closeInput() {
        Descriptor.close(request.input)
        request.input = -1
    }

    // MARK: Events

    func ready(_ readiness: Readiness, on watch: Watch) {
        look()
        read(Self.portion)
    }

    func tick(_ now: Instant) {
        if let lookAt, now >= lookAt {
            self.lookAt = nil
            if spawning == nil, machine.awaitsSpawn {
                prepare()
            } else if let spawning {
                look()
                urge(spawning, now)
            }
        }
        tell(.tick)
    }

    private func urge(_ spawning: Spawning, _ now: Instant) {
        guard self.spawning === spawning, result == nil else { return }
        switch spawning.urge() {
        case .wait: lookAt = now.advanced(milliseconds: Int(Spawning.look))
        case .abandon:
            stopWatching()
            closeOutput()
            tell(.spawnFailed(StartError(.step, spawning.late.sentence(for: request.name), isChildSide: true)))
        }
    }

    /// The child is gone.
    func exited(_ status: ExitStatus) {
        // The result of its start is older than its death. If it was killed on its way, that result no longer matters.
        if case .aborting = machine.state {} else { look(isDead: true) }
        endStart()
        tell(.exited(status))
    }

    // MARK: Output

    private func read(_ limit: Int) {
        guard reading >= 0 else { return }
        var left = limit
        var buffer = [UInt8](repeating: 0, count: min(limit, 4096))
        while left > 0 {
            guard let count = File.readUntilEnd(reading, into: &buffer) else { return }
            guard count > 0 else { return closeOutput() }
            buffer.withUnsafeBytes { tail.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            received &+= count
            left -= count
        }
    }

    private func closeOutput() {
        if let output { runner.loop.cancel(output) }
        output = nil
        Descriptor.close(reading)
        reading = -1
    }

    /// The child is gone, or there was none, and the result has been delivered.
    var isForgotten: Bool { result != nil && completion == nil && spawning == nil }

    /// Delivers the result, once. Output that is in the pipe now belongs to it; what other processes write later does
    /// not.
    func complete() {
        read(max(PipeEnds.waiting(reading), 1))
        closeOutput()
        closeInput()
        guard let result else { return }
        let end = tail.last()
        let completion = completion.take()
        completion?(result, TaskOutput(end: end, dropped: received - end.count))
    }
}
