import Kernel
import Supervise

/// `[hook:x]`: runs commands at events, and forgets them.
final class EventHooks {
    /// Those of the configuration that was read last.
    var available: [EventHookSettings]
    private var queue: EventHookQueue
    private let tasks: TaskRunner
    private let log: SupervisorLog

    init(_ hooks: [EventHookSettings], _ tasks: TaskRunner, _ log: SupervisorLog) {
        available = hooks
        queue = EventHookQueue(hooks)
        self.tasks = tasks
        self.log = log
    }

    /// What any of them wants.
    var types: EventTypes { queue.types }
    /// A command runs, or waits for its turn.
    var isBusy: Bool { queue.isBusy }

    /// What an update to those of the configuration that was read last changes.
    ///
    /// - Parameter applies: the update takes place.
    func update(applies: Bool) -> Difference {
        let difference = queue.difference(to: available)
        if applies { tell(.updated(available)) }
        return difference
    }

    func tell(_ event: EventHookQueue.Event) {
        var actions: [EventHookQueue.Action] = []
        queue.handle(event, into: &actions)
        for action in actions {
            switch action {
            case .start(let call): start(call)
            case .dropped(let hook):
                log.warn("[hook:\(hook)]: events are dropped, since \(EventHookQueue.mostWaiting) wait")
            }
        }
    }

    private func start(_ call: EventHookCall) {
        let hook = call.hook
        let request = TaskRequest(
            name: "[hook:\(hook.name)]", command: hook.command, settings: hook.execution, group: hook.name,
            variables: [
                EnvironmentVariable("REEVE_HOOK", "event"), EnvironmentVariable("REEVE_EVENT", "\(call.type.name)"),
                Self.variable("REEVE_EVENT_DATA", call.data),
                Self.variable("REEVE_PROGRAM", call.word("processname:")),
                Self.variable("REEVE_GROUP", call.word("groupname:")),
            ], timeout: hook.timeout)
        do throws(StartError) {
            try tasks.start(request) { [self] result, output in ended(hook, result, output) }
        } catch {
            log.warn("[hook:\(hook.name)] was not started: \(error.sentence)")
            tell(.ended)
        }
    }

    private static func variable(_ name: String, _ bytes: [UInt8]) -> EnvironmentVariable {
        EnvironmentVariable(name, String(decoding: bytes, as: UTF8.self))
    }

    private func ended(_ hook: EventHookSettings, _ result: TaskResult, _ output: TaskOutput) {
        output.write(to: log, "[hook:\(hook.name)]", result)
        if !result.isSuccess { log.warn("[hook:\(hook.name)] \(result.failure)") }
        tell(.ended)
    }
}
