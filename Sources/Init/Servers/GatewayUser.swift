import Host
import Supervise

/// The user that the gateway runs as if init may choose: one that no program has, so that no program can trace it, read
/// its memory (it knows the servers' passwords) or signal it.
final class GatewayUser: Equatable {
    /// Uids that are not assigned: systemd's allocation leaves 65520 to 65533 unused (https://systemd.io/UIDS-GIDS),
    /// and a user namespace of the usual 65,536 uids still has them. Images use 65532 and 65533 for "not root".
    private static let usual = 65529
    private static let least = 65520

    /// The account from `gateway_user=`. nil: a free uid.
    let account: Account?
    /// Of the programs.
    private let uids: Set<Int>
    /// The uid, if `account` is nil. It reads /etc/passwd, so it waits until the first gateway starts.
    private(set) lazy var free: Int = {
        let machine = SystemSurroundings()
        let own = machine.ownUser
        return Self.free { $0 == own || uids.contains($0) || machine.userName(id: $0) != nil }
    }()

    init(_ configuration: Configuration) {
        account = configuration.supervisord.gatewayUser
        var uids: Set<Int> = []
        for group in configuration.groups {
            for process in group.processes {
                // A named user has an entry in /etc/passwd, which is checked anyway.
                if case .id(let id) = process.user { uids.insert(id) }
            }
        }
        self.uids = uids
    }

    static func == (a: GatewayUser, b: GatewayUser) -> Bool { a.account == b.account && a.free == b.free }

    /// The highest free uid from `usual` downwards; if all are taken, the lowest: then programs use them on purpose.
    static func free(isTaken: (Int) -> Bool) -> Int {
        var uid = usual
        while uid > least, isTaken(uid) { uid -= 1 }
        return uid
    }
}
