import Kernel
import Supervise

/// `[hook:x]`: runs commands at events, and forgets them.
final class EventHooks {
    /// The most that run at a time; events wait, and the newest are dropped at the limit.
    private static let most = 4
    private static let mostWaiting = 64
    /// The most bytes of an event's data in a variable.
    private static let mostData = 4096

    private struct EventCall {
        let hook: Int
        let type: EventType
        let data: String
    }

    /// What any of them wants.
    private(set) var types = EventTypes()
    private let hooks: [EventHookSettings]
    private let tasks: TaskRunner
    private let log: SupervisorLog
    private var waiting: [EventCall] = []
    private var running = 0
    /// The log has reported that events are dropped.
    private var hasDropped = false

    init(_ hooks: [EventHookSettings], _ tasks: TaskRunner, _ log: SupervisorLog) {
        self.hooks = hooks
        self.tasks = tasks
        self.log = log
        for hook in hooks { types.formUnion(hook.types) }
    }

    func heard(_ type: EventType, _ payload: [UInt8]) {
        guard types.contains(type) else { return }
        for index in hooks.indices where hooks[index].types.contains(type) {
            guard waiting.count < Self.mostWaiting else {
                if !hasDropped {
                    log.warn("[hook:\(hooks[index].name)]: events are dropped, since \(Self.mostWaiting) wait")
                }
                hasDropped = true
                return
            }
            waiting.append(EventCall(hook: index, type: type, data: Self.text(payload)))
        }
        startNext()
    }

    /// A variable ends at a NUL.
    private static func text(_ payload: [UInt8]) -> String {
        String(decoding: payload.prefix(mostData).prefix { $0 != 0 }, as: UTF8.self)
    }

    private func startNext() {
        while running < Self.most, !waiting.isEmpty {
            let call = waiting.removeFirst()
            do throws(StartError) {
                try start(call)
                running += 1
            } catch {
                log.warn("[hook:\(hooks[call.hook].name)] was not started: \(error.sentence)")
            }
        }
        if waiting.isEmpty { hasDropped = false }
    }

    private func start(_ call: EventCall) throws(StartError) {
        let hook = hooks[call.hook]
        let request = TaskRequest(
            name: "[hook:\(hook.name)]", command: hook.command, settings: hook.execution, group: hook.name,
            variables: [
                EnvironmentVariable("REEVE_HOOK", "event"), EnvironmentVariable("REEVE_EVENT", "\(call.type.name)"),
                EnvironmentVariable("REEVE_EVENT_DATA", call.data),
                EnvironmentVariable("REEVE_PROGRAM", Self.word("processname:", of: call.data)),
                EnvironmentVariable("REEVE_GROUP", Self.word("groupname:", of: call.data)),
            ], timeout: hook.timeout)
        try tasks.start(request) { [self] result, output in ended(hook, result, output) }
    }

    /// What follows a key in the first line of an event's data; empty if it isn't there.
    private static func word(_ key: String, of data: String) -> String {
        let line = data.bytes.prefix { $0 != UInt8(ascii: "\n") }
        for word in line.split(separator: UInt8(ascii: " ")) where word.starts(with: key.bytes) {
            return String(decoding: word.dropFirst(key.utf8.count), as: UTF8.self)
        }
        return ""
    }

    private func ended(_ hook: EventHookSettings, _ result: TaskResult, _ output: TaskOutput) {
        running -= 1
        output.write(to: log, "[hook:\(hook.name)]", result)
        if !result.isSuccess { log.warn("[hook:\(hook.name)] \(result.failure)") }
        startNext()
    }
}
