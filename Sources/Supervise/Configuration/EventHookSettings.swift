/// `[hook:x]`: a command that runs at events.
public struct EventHookSettings: Equatable, Sendable {
    public let name: String
    let values: KeyValues

    public var types: EventTypes { EventTypes(below: values.texts(.events) ?? []) }
    public var command: String { values.text(.command) ?? "" }
    /// Seconds, > 0.
    public var timeout: Int { values.int(.timeout, or: .hook) }
    /// Its user, directory and environment, as a program has them.
    public var execution: ProcessSettings { ProcessSettings(name, values) }
}

extension Interpreter {
    func readEventHooks() {
        for section in document.sections.indices where SectionKind(name: document.sections[section].name) == .hook {
            let scope = scope(here: true)
            let name = checkedName(section)
            var values: KeyValues = [.events: .texts(events(section, scope))]
            values.set(.environment, .variables(VariableList(supervisor.variables(.environment))), unless: .process)
            read(written(section, .hook), .once, section, scope, into: &values)
            if document.entry(section, .command) == nil {
                complain(
                    .joined("[", document.sections[section].name, "] does not specify a command"),
                    adviceForMissing(.command, section, "Add command=."), at: document.sections[section].header)
            }
            eventHooks.append(EventHookSettings(name: name.string, values: values))
        }
    }
}
