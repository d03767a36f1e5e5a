import Kernel
import Supervise

/// The hooks of programs: runs what their machines ask for, a limited number at a time, and reports the ends.
final class Hooks {
    /// The most that run at a time; the others wait for their turn, and their time limits begin later.
    static let most = 64

    private struct Entry {
        let id: ProcessID
        let kind: HookKind
        let context: HookContext
        /// nil: it waits for its turn.
        var task: TaskID?
    }

    /// nil when it has ended.
    var engine: Engine?
    /// In the order of the requests.
    private var entries: [Entry] = []

    func run(_ id: ProcessID, _ kind: HookKind, _ context: HookContext) {
        entries.append(Entry(id: id, kind: kind, context: context))
        startNext()
    }

    func cancel(_ id: ProcessID, _ kind: HookKind) {
        guard let index = entries.firstIndex(where: { $0.id == id && $0.kind == kind }) else { return }
        if let task = entries[index].task {
            engine?.tasks.cancel(task)
        } else {
            entries.remove(at: index)
            engine?.tell(.hookEnded(id, kind, HookEnd(.cancelled)))
        }
    }

    private func startNext() {
        while let engine, entries.count(where: { $0.task != nil }) < Self.most,
            let index = entries.firstIndex(where: { $0.task == nil })
        {
            let entry = entries[index]
            do throws(StartError) {
                entries[index].task = try start(entry, engine)
            } catch {
                entries.remove(at: index)
                engine.tell(.hookEnded(entry.id, entry.kind, HookEnd(.notStarted(error))))
            }
        }
    }

    private func start(_ entry: Entry, _ engine: Engine) throws(StartError) -> TaskID {
        guard let settings = engine.supervisor.settings(of: entry.id), let hook = settings.hook(entry.kind) else {
            throw StartError(.resource, "it was removed")
        }
        let group = engine.supervisor.groupName(of: entry.id)
        var request = TaskRequest(
            name: "\(entry.kind.key) of \(settings.name)", command: hook.command, settings: settings, group: group,
            variables: Self.variables(entry.kind, entry.context, settings, group), timeout: hook.timeout)
        let id = entry.id
        if settings.cgroup != nil { request.cgroup = { engine.cgroup(for: id, settings, group) } }
        return try engine.tasks.start(request) { [self] result, output in ended(entry, result, output) }
    }

    private func ended(_ entry: Entry, _ result: TaskResult, _ output: TaskOutput) {
        entries.removeAll { $0.id == entry.id && $0.kind == entry.kind && $0.task != nil }
        guard let engine else { return }
        let name = "\(entry.kind.key) of \(engine.supervisor.name(of: entry.id))"
        if result.isLeftBehind { engine.log.warn("\(name) can't be killed: its processes sleep in the kernel") }
        output.write(to: engine.log, name, result)
        engine.tell(.hookEnded(entry.id, entry.kind, HookEnd(result, lastLine: output.lastLine)))
        startNext()
    }

    // MARK: What it is told

    private static func variables(
        _ kind: HookKind, _ context: HookContext, _ settings: ProcessSettings, _ group: String
    ) -> [EnvironmentVariable] {
        var code = ""
        var signal = ""
        switch context.status {
        case .exited(let exitCode): code = "\(exitCode)"
        case .signalled(let number, _): signal = number.name
        case .outOfMemory: signal = Signal.kill.name
        case nil: break
        }
        var reason = ""
        if let known = context.reason { reason = "\(known.word)" }
        return [
            EnvironmentVariable("REEVE_PROGRAM", settings.name), EnvironmentVariable("REEVE_GROUP", group),
            EnvironmentVariable("REEVE_HOOK", "\(kind.word)"),
            EnvironmentVariable("REEVE_PID", context.pid == 0 ? "" : "\(context.pid)"),
            EnvironmentVariable("REEVE_REASON", reason), EnvironmentVariable("REEVE_EXIT_CODE", code),
            EnvironmentVariable("REEVE_SIGNAL", signal), EnvironmentVariable("REEVE_TRIES", "\(context.tries)"),
        ]
    }
}

extension TaskOutput {
    /// Each line, at the level `info` if the command failed.
    func write(to log: SupervisorLog, _ name: String, _ result: TaskResult) {
        var text = ""
        for line in end.split(separator: UInt8(ascii: "\n")) {
            text += "\(name): \(String(decoding: line, as: UTF8.self))\n"
        }
        log.lines(result.isSuccess ? .debug : .info, text)
    }

    /// The most bytes of a line that sentences quote.
    private static let mostQuoted = 200

    var lastLine: String {
        guard let line = end.split(separator: UInt8(ascii: "\n")).last else { return "" }
        return String(decoding: line.prefix(Self.mostQuoted), as: UTF8.self)
    }
}
