/// `/etc/passwd` and `/etc/group`, read by hand: the C library's look-ups load modules, which a static program can't.
public struct AccountFile: Sendable {
    public struct Entry: Equatable, Sendable {
        public var name: String
        public var id: Int
        /// The primary group; of a group its own number.
        public var group: Int
        /// Of a group: empty.
        public var home: String
        /// Of a group: its members' names.
        public var members: [String]
    }

    public private(set) var entries: [Entry] = []

    /// Lines that aren't well-formed are passed over, as the C library does.
    public static func users(_ bytes: [UInt8]) -> AccountFile {
        var file = AccountFile()
        for line in Text(bytes).split(by: ASCII.newline) {
            let fields = line.split(by: ASCII.colon)
            guard fields.count >= 6, !fields[0].isEmpty, let id = number(fields[2]), let group = number(fields[3])
            else { continue }
            file.entries.append(
                Entry(name: fields[0].string, id: id, group: group, home: fields[5].string, members: []))
        }
        return file
    }

    public static func groups(_ bytes: [UInt8]) -> AccountFile {
        var file = AccountFile()
        for line in Text(bytes).split(by: ASCII.newline) {
            let fields = line.split(by: ASCII.colon)
            guard fields.count >= 3, !fields[0].isEmpty, let id = number(fields[2]) else { continue }
            var members: [String] = []
            if fields.count > 3 {
                for member in fields[3].split(by: ASCII.comma) where !member.isEmpty { members.append(member.string) }
            }
            file.entries.append(Entry(name: fields[0].string, id: id, group: id, home: "", members: members))
        }
        return file
    }

    public func entry(named name: String) -> Entry? {
        for entry in entries where entry.name.utf8.elementsEqual(name.utf8) { return entry }
        return nil
    }

    public func entry(id: Int) -> Entry? {
        for entry in entries where entry.id == id { return entry }
        return nil
    }

    /// The groups, by number, that list a user as a member; without the primary one.
    public func memberships(of user: String) -> [Int] {
        var ids: [Int] = []
        for entry in entries where entry.members.contains(where: { $0.utf8.elementsEqual(user.utf8) }) {
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
