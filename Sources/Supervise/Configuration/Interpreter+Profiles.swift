// `enabled=` and `profiles=`: which programs take part.

extension Interpreter {
    static let profilesVariable = "INIT_PROFILES"

    /// The names in `INIT_PROFILES`, separated by commas.
    private var activeProfiles: [Text] {
        guard let variable = surroundings.environment.last(where: { $0.name == Self.profilesVariable }) else {
            return []
        }
        return Conversion.strings(Text(variable.value))
    }

    /// A disabled program doesn't start by itself.
    func disable(_ section: Int, _ values: inout KeyValues) {
        if let profiles = values.texts(.profiles) {
            let active = activeProfiles
            if values.bool(.enabled, or: .process), !profiles.contains(where: { name in active.contains(Text(name)) }) {
                values[.enabled] = .bool(false)
            } else if !values.bool(.enabled, or: .process) {
                remark(.profiles, section, "with enabled=false this program is disabled anyway")
                values[.profiles] = nil
            }
        }
        if !values.bool(.enabled, or: .process) { values[.autostart] = .bool(false) }
    }

    /// A name in `INIT_PROFILES` that no program has is a slip.
    func remarkOnProfiles() {
        var known: [Text] = []
        for group in groups {
            for process in group.processes {
                for profile in process.profiles where !known.contains(Text(profile)) { known.append(Text(profile)) }
            }
        }
        guard !known.isEmpty else { return }
        for name in activeProfiles where !known.contains(name) && !name.isEmpty {
            var text = "no program has the profile \(name.string), which is in \(Self.profilesVariable)"
            if let close = Suggestion.closest(to: name, among: known) { text += "; did you mean `\(close.string)`?" }
            findings.append(Finding(kind: .warning, text: text))
        }
    }
}

extension ProcessSettings {
    fileprivate var profiles: [String] { values.texts(.profiles) ?? [] }
}

extension Conversion {
    /// Names of letters, digits, `_`, `.` and `-`, separated by commas.
    static func profiles(_ text: Text) throws(Complaint) -> [String] {
        var profiles: [String] = []
        for name in strings(text) {
            let isName = name.bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), ASCII.underscore, ASCII.dot, ASCII.minus:
                    true
                default: false
                }
            }
            guard isName, !name.isEmpty else { throw invalid(text) }
            profiles.append(name.string)
        }
        if profiles.isEmpty { throw invalid(text) }
        return profiles
    }

    private static func invalid(_ text: Text) -> Complaint {
        Complaint(
            .joined("not a valid profiles value: ", text.quoted),
            "Write names of letters, digits, _, . and -, separated by commas, or remove the key.")
    }
}
