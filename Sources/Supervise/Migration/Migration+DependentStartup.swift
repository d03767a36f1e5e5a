/// The event listener supervisord-dependent-startup: `depends_on=` does what it does, and works for later starts and for stops.
///
/// - Source: its README, as `DependentStartup`.
extension Migration {
    func changeDependentStartup() {
        let plugins = listeners.filter {
            $0.value("command").map { $0 == ASCII.underscore ? ASCII.minus : $0 }.hasText(DependentStartup.name)
        }
        guard let first = plugins.first else { return }
        var found: [MigrationDependency] = []
        for part in programs {
            guard let option = part["dependent_startup_wait_for"] else { continue }
            for item in option.value.parts({ $0.isBlank }) {
                guard let name = Self.condition(item) else {
                    return remark(
                        first, first.line,
                        "[\(first.name.sentence)] stays: \(part.title.sentence) waits for \(item.sentence), which depends_on= can't say. It runs unchanged, with Python and the package"
                    )
                }
                found.append(MigrationDependency(part, on: name))
            }
        }
        dependencies += found
        for part in programs {
            for option in part.options where option.key.hasStart("dependent_startup") { remove(option, part) }
            guard part.value("dependent_startup").isTrue, let autostart = part["autostart"] else { continue }
            if !autostart.value.isTrue { remove(autostart, part) }
        }
        for part in plugins {
            remove(part)
            remark(
                part, part.line,
                "[\(part.name.sentence)] goes: depends_on= orders the starts, and stops and later starts, too. Where a program should have succeeded before another starts, write :completed in place of :exited"
            )
        }
    }

    /// `a:exited` as `depends_on` has it; nil if it doesn't.
    private static func condition(_ item: [UInt8]) -> [UInt8]? {
        let words = item.parts { $0 == ASCII.colon }
        guard words.count == 2 else { return nil }
        if words[1].isSame("running") { return words[0] }
        if words[1].isSame("starting") { return words[0] + ":started".bytes }
        return words[1].isSame("exited") ? item : nil
    }
}
