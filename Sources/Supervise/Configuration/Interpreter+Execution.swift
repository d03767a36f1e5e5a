/// Data types of keys that say how a program is executed.
extension Interpreter {
    /// `[supervisord]` has them for programs that say nothing else.
    static let inherited: [Key] = [.capabilities, .noNewPrivs, .securebits]

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
