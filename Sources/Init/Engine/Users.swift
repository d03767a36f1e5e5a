import Host
import Supervise

/// What a program needs to become another user.
struct UserIdentity {
    var uid: UInt32
    var gid: UInt32
    /// The primary group first, then those that list the user.
    var groups: [UInt32]

    /// Looks into the account files as they are now: an entry point may have added the user a moment ago.
    init?(_ account: Account) {
        let machine = SystemSurroundings()
        let record: UserRecord?
        var name = ""
        switch account {
        case .name(let text):
            record = machine.user(named: text)
            name = text
        case .id(let id):
            record = machine.user(id: id)
            name = machine.userName(id: id) ?? ""
        }
        guard let record, let uid = UInt32(exactly: record.id) else { return nil }
        groups = machine.allGroups(of: record, named: name).compactMap { UInt32(exactly: $0) }
        guard let gid = groups.first else { return nil }
        self.uid = uid
        self.gid = gid
    }
}
