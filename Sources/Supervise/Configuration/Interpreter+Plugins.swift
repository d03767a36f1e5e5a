/// The event listener supervisord-dependent-startup, which reads keys of its own in the sections of programs.
///
/// - Source: its README: `dependent_startup`, `dependent_startup_wait_for`, `dependent_startup_inherit_priority`.
enum DependentStartup {
    static let name: StaticString = "supervisord-dependent-startup"

    static func isKey(_ key: Text) -> Bool { key.hasPrefix("dependent_startup") }
}

/// What extensions of supervisord that are Python leave in a configuration, and what becomes of it.
extension Interpreter {
    /// A listener runs the plugin. Its module's name has underscores.
    var hasDependentStartup: Bool {
        for section in document.sections where section.name.hasPrefix(SectionKind.eventListener.prefix) {
            guard let command = section[Int32(Key.command.rawValue)]?.value else { continue }
            let bytes = command.bytes.map { $0 == ASCII.underscore ? ASCII.minus : $0 }
            if Text(bytes[...]).contains(Text("\(DependentStartup.name)")) { return true }
        }
        return false
    }

    /// With the listener the key means something, though not to init: that is no mistake, and said by `--check` alone.
    func remarkOnDependentStartup(_ entry: DocumentEntry, _ section: Section, isRead: Bool) {
        let key = document.name(of: entry.key)
        let text = Text.joined(
            key, " in [", section.name, "] is a key of the event listener ", Text("\(DependentStartup.name)"))
        let origin = Origin(file: entry.origin.file, offset: Int(entry.keyOffset))
        if isRead {
            find(.joined(text, ", which acts on it; it has no effect on init"), .note, at: origin)
        } else {
            remark(.joined(text, ": it has no effect here, where no [eventlistener:x] runs that"), at: origin)
        }
    }

    /// supervisord says nothing: the keys of all of them together are the section.
    func remarkOnRepetitions() {
        for (name, header) in document.repetitions {
            guard let first = document.section(name).flatMap({ document.place(document.sections[$0].header) }) else {
                continue
            }
            find(
                .joined(
                    "[", name, "] again: its keys are added to those of ", Text(first.place.description),
                    ", and replace those of the same name"), .warning, at: header)
        }
    }

    /// What `--check` alone says.
    func find(_ text: Text, _ kind: Finding.Kind, at origin: Origin) {
        guard findings.count < Self.mostRemarks, let found = document.place(origin) else { return }
        findings.append(
            Finding(kind: kind, text: "\(found.place.description): \(text.string)"))
    }
}
