import Supervise

/// What a program needs to become another user.
struct UserIdentity {
    var uid: UInt32
    var gid: UInt32
    /// The primary group first, then those that list the user.
    var groups: [UInt32]

    init?(_ account: Account, _ surroundings: any Surroundings) {
        let record: UserRecord? =
            switch account {
            case .name(let name): surroundings.user(named: name)
            case .id(let id): surroundings.user(id: id)
            }
        guard let record, case .id(let group) = record.group, let uid = UInt32(exactly: record.id),
            let gid = UInt32(exactly: group)
        else { return nil }
        self.uid = uid
        self.gid = gid
        groups = [gid]
    }
}
