import Host
import Supervise

/// Whom the gateway runs as where init may choose: somebody that no program is, so that no program can trace it, read its memory
/// (it knows the servers' passwords) or signal it.
struct GatewayUser: Equatable {
    /// Uids that nobody gives away: systemd's allocation leaves 65520 to 65533 unused (https://systemd.io/UIDS-GIDS), and a user
    /// namespace of the usual 65,536 uids still has them. 65532 and 65533 stand in images for "not root".
    private static let usual = 65529
    private static let least = 65520

    /// Set: by `gateway_user=`. nil: one that is free.
    let account: Account?
    /// The number, where `account` is nil.
    let free: Int

    init(_ configuration: Configuration) {
        account = configuration.supervisord.gatewayUser
        var programs: Set<Int> = []
        for group in configuration.groups {
            for process in group.processes {
                // One that is named has an entry in /etc/passwd, which is looked at anyway.
                if case .id(let id) = process.user { programs.insert(id) }
            }
        }
        let machine = SystemSurroundings()
        let own = machine.ownUser
        free = Self.free { $0 == own || programs.contains($0) || machine.userName(id: $0) != nil }
    }

    /// The highest from `usual` on down that is not taken; where all are, the least: then programs have made a point of it.
    static func free(isTaken: (Int) -> Bool) -> Int {
        var uid = usual
        while uid > least, isTaken(uid) { uid -= 1 }
        return uid
    }
}
