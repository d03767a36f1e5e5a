/// `/etc/passwd` and `/etc/group`, read by hand: the C library's look-ups load modules, which a static program can't.
public struct AccountFile: Sendable {
    public struct Entry: Equatable, Sendable {
        public var name: String
        public var id: Int
        /// The primary group; of a group its own number.
        public var group: Int
        /// Of a group: empty.
        public var home: String
        /// The login shell; of a group, and where the field is missing, empty.
        public var shell = ""
        /// Of a group: its members' names.
        public var members: [String]
    }

    public private(set) var entries: [Entry] = []

    /// Lines that aren't well-formed are passed over, as the C library does.
    public static func users(_ bytes: [UInt8]) -> AccountFile { AccountFile(bytes, fields: 6) }
    public static func groups(_ bytes: [UInt8]) -> AccountFile { AccountFile(bytes, fields: 3) }

    /// A user's line has at least six fields, a group's three: the name, a password, the number, and then for a user its
    /// group, a comment and the home, for a group its members.
    private init(_ bytes: [UInt8], fields least: Int) {
        for line in Text(bytes).split(by: ASCII.newline) {
            let fields = line.split(by: ASCII.colon)
            guard fields.count >= least, !fields[0].isEmpty, let id = Self.number(fields[2]) else { continue }
            var entry = Entry(name: fields[0].string, id: id, group: id, home: "", members: [])
            if least == 6 {
                guard let group = Self.number(fields[3]) else { continue }
                entry.group = group
                entry.home = fields[5].string
                if fields.count > 6 { entry.shell = fields[6].string }
            } else if fields.count > 3 {
                for member in fields[3].split(by: ASCII.comma) where !member.isEmpty {
                    entry.members.append(member.string)
                }
            }
            entries.append(entry)
        }
    }

    public func entry(named name: String) -> Entry? {
        for entry in entries where entry.name == name { return entry }
        return nil
    }

    public func entry(id: Int) -> Entry? {
        for entry in entries where entry.id == id { return entry }
        return nil
    }

    /// The groups, by number, that list a user as a member; without the primary one.
    public func memberships(of user: String) -> [Int] {
        var ids: [Int] = []
        for entry in entries where entry.members.contains(where: { $0 == user }) {
            ids.append(entry.id)
        }
        return ids
    }

    private static func number(_ text: Text) -> Int? {
        guard !text.isEmpty, text.count <= 10 else { return nil }
        var value = 0
        for byte in text.bytes {
            guard (ASCII.zero...ASCII.nine).contains(byte) else { return nil }
            value = value * 10 + Int(byte - ASCII.zero)
        }
        return value
    }
}
