/// All that there is to know about a key in the sections that share it.
struct KeyRow {
    /// What reads it.
    enum Reading {
        /// Once per section, by the table.
        case once
        /// With the socket of a FastCGI program, by the table.
        case ofSocket
        /// For each process of a section anew, by the table.
        case perProcess
        /// Code of its own, because it depends on other keys.
        case byHand
    }

    /// What its value becomes part of.
    enum Holder: UInt8, CaseIterable {
        case supervisor, server, client, process, group, hook
        /// Where a server listens, which code of its own compares and shows.
        case address
        /// Nothing: it was used up in reading.
        case nothing
    }

    enum Default {
        case none, required
        /// As it would be written.
        case value(StaticString)
        /// What it depends on.
        case prose(StaticString)
    }

    /// A version of Reeve.
    enum Since: UInt8 {
        case v010

        var text: StaticString {
            switch self {
            case .v010: "0.1.0"
            }
        }
    }

    /// nil: no code refers to it.
    let key: Key?
    let name: StaticString
    let sections: SectionKinds
    let type: KeyType
    let fallback: Default
    let reading: Reading
    private let ownHolder: Holder?
    /// Shown as `********`.
    let isSecret: Bool
    /// Reeve's version that brought it; nil: supervisord 4.3.0 has it.
    let since: Since?
    /// A process goes on with a new value: `update` doesn't restart it.
    let isInPlace: Bool
    /// What it does, as docs/keys.md says it.
    let sentence: StaticString

    init(
        _ key: Key?, _ name: StaticString, in sections: SectionKinds, _ type: KeyType,
        default fallback: Default = .none,
        read reading: Reading = .once, of holder: Holder? = nil, isSecret: Bool = false, since: Since? = nil,
        isInPlace: Bool = false, _ sentence: StaticString
    ) {
        self.key = key
        self.name = name
        self.sections = sections
        self.type = type
        self.fallback = fallback
        self.reading = reading
        ownHolder = holder
        self.isSecret = isSecret
        self.since = since
        self.isInPlace = isInPlace
        self.sentence = sentence
    }

    var holder: Holder {
        if let ownHolder { return ownHolder }
        if sections.contains(.supervisord) { return .supervisor }
        if sections.contains(.supervisorctl) { return .client }
        if !sections.isDisjoint(with: .servers) { return .server }
        if sections.contains(.hook) { return .hook }
        return sections.isDisjoint(with: .programs) ? .nothing : .process
    }
}
