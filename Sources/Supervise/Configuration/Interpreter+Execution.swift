/// Keys of Reeve's own that say how a program is executed.
extension Interpreter {
    /// What `[supervisord]` says for programs that say nothing else; nil when it says nothing.
    func readExecutionDefaults(_ section: Int?, _ scope: Scope) {
        let settings = ExecutionSettings()
        guard let section, readPrivileges(section, scope, settings) else { return }
        configuration.supervisord.execution = settings
    }

    /// Of one process; the previous one's where it is the same.
    func execution(_ section: Int, _ scope: Scope, previous: ExecutionSettings?) -> ExecutionSettings? {
        let defaults = configuration.supervisord.execution
        guard SectionKind.execution.contains(where: { document.entry(section, $0) != nil }) else { return defaults }
        let settings = defaults.map { ExecutionSettings($0) } ?? ExecutionSettings()
        readPrivileges(section, scope, settings)
        settings.group = value(section, .group, scope, nil) { text throws(Complaint) in try self.group(text) }
        settings.supplementaryGroups = value(section, .supplementaryGroups, scope, nil) { text throws(Complaint) in
            var groups: [Account] = []
            for name in Conversion.strings(text) { groups.append(try self.group(name)) }
            return groups
        }
        settings.userEnvironment = value(section, .userEnv, scope, false, Conversion.boolean)
        settings.nice = value(section, .nice, scope, nil) { text throws(Complaint) in
            try Conversion.integer(text, in: -20...19, "nice")
        }
        settings.oomScoreAdjust = value(section, .oomScoreAdj, scope, nil) { text throws(Complaint) in
            try Conversion.integer(text, in: -1000...1000, "oom_score_adj")
        }
        settings.ioPriority = value(section, .ionice, scope, nil) { text throws(Complaint) in
            try Conversion.ioPriority(text)
        }
        settings.processors = value(section, .cpuAffinity, scope, [], Conversion.processors)
        for (number, key) in Key.limits.enumerated() {
            let limit = value(section, key, scope, nil) { text throws(Complaint) in
                try Conversion.limit(text, of: key, number)
            }
            if let limit { settings.limits.append(limit) }
        }
        settings.readable = places(section, .landlockRO, scope)
        settings.writable = places(section, .landlockRW, scope)
        settings.isLandlockRequired = value(section, .landlockRequired, scope, false, Conversion.boolean)
        if let previous, previous == settings { return previous }
        return settings
    }

    /// True when one of the keys is there.
    @discardableResult
    private func readPrivileges(_ section: Int, _ scope: Scope, _ settings: ExecutionSettings) -> Bool {
        var isThere = false
        let found = value(section, .capabilities, scope, nil) { text throws(Complaint) in
            (try self.capabilities(text), text.string)
        }
        if let found {
            settings.capabilities = found.0
            settings.capabilitiesText = found.1
            isThere = true
        }
        if document.entry(section, .noNewPrivs) != nil {
            settings.noNewPrivileges = value(section, .noNewPrivs, scope, false, Conversion.boolean)
            isThere = true
        }
        if document.entry(section, .securebits) != nil {
            settings.secureBits = value(section, .securebits, scope, nil) { text throws(Complaint) in
                try Conversion.secureBits(text)
            }
            isThere = true
        }
        return isThere
    }

    /// `none`, libcap's text, or both: `none,^cap_chown` takes away all others.
    func capabilities(_ text: Text) throws(Complaint) -> CapabilitySets {
        var items = Conversion.strings(text)
        let isExclusive = items.first.map { $0.lowercased.is("none") } ?? false
        if isExclusive { items.removeFirst() }
        var sets = CapabilitySets(dropped: 0, inheritable: 0, ambient: 0)
        for item in items {
            // One by one: libcap doesn't say which of them it doesn't know.
            guard !item.isEmpty, let one = surroundings.capabilities(item.string) else { throw unknownCapability(item) }
            sets.dropped |= one.dropped
            sets.inheritable |= one.inheritable
            sets.ambient |= one.ambient
        }
        if isExclusive { sets.dropped = ~sets.named | sets.dropped }
        return sets
    }

    private func unknownCapability(_ item: Text) -> Complaint {
        var name = item.lowercased
        while let first = name.bytes.first, ("!^%" as Text).contains(first) { name = name.dropFirst(1) }
        if !name.hasPrefix("cap_") { name = .joined("cap_", name) }
        var names: [Text] = []
        while let next = surroundings.capabilityName(names.count) { names.append(Text(next)) }
        let advice =
            if names.contains(name) {
                "Did you mean \(name.string)?"
            } else if let close = Suggestion.closest(to: name, among: names) {
                "Did you mean \(close.string)?"
            } else {
                "Write none, or names as capabilities(7) has them: ^cap_x to have it, !cap_x to lose it for good, "
                    + "cap_x to hand it on."
            }
        return Complaint(.joined("unknown capability ", item.quoted), advice)
    }

    func group(_ text: Text) throws(Complaint) -> Account {
        if let id = try? Integer(text) {
            if surroundings.groupExists(id: id.value) { return .id(id.value) }
        } else if surroundings.group(named: text.string) != nil {
            return .name(text.string)
        }
        throw Complaint(.joined("Invalid group ", text.quoted), "Name a group of /etc/group, or write its number.")
    }
}
