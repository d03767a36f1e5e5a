import Kernel
import Supervise

/// Which peers may control init over its control socket: root, the socket's owner and init's own user; if a server of
/// the configuration has a password, all others must know it.
final class ControlAccess {
    private let keys: AccessKeys
    /// The socket's owner.
    private let owner: UInt32
    private var throttle = PasswordThrottle()

    enum Verdict {
        case accepted
        case rejected
        case tooSoon(milliseconds: Int)
    }

    init(_ servers: [ServerSettings], owner: UInt32?) {
        keys = AccessKeys(servers)
        self.owner = owner ?? SystemProcess.effectiveUID
    }

    /// The peer needs no password. A peer that the kernel doesn't identify (nil) counts as a stranger.
    func trusts(_ peer: UnixSocket.Peer?) -> Bool { !keys.isLocked || isOwner(peer) }

    /// Root or the owner: the last places are reserved for these.
    func isOwner(_ peer: UnixSocket.Peer?) -> Bool {
        guard let user = peer?.user else { return false }
        return user == 0 || user == owner || user == SystemProcess.effectiveUID
    }

    /// - Parameter challenge: the last one that the peer was given; empty: none, or it was used up.
    func judge(
        _ proof: [UInt8], challenge: [UInt8], of peer: UnixSocket.Peer?, log: (LogLevel, String) -> Void
    ) -> Verdict {
        let user = peer?.user ?? .max
        let now = Instant(nanoseconds: SystemClock.boottime)
        let delay = throttle.delay(of: user, now: now)
        guard delay == 0 else { return .tooSoon(milliseconds: delay) }
        if !challenge.isEmpty, keys.accept(proof, challenge: challenge) {
            throttle.succeeded(user)
            return .accepted
        }
        if throttle.failed(user, now: now) {
            log(
                .warn,
                "control socket: wrong user name or password from uid \(peer.map { "\($0.user)" } ?? "unknown") "
                    + "(pid \(peer?.pid ?? 0)); further ones of this user are delayed and not logged")
        }
        return .rejected
    }

    /// nil while the kernel has no random numbers yet.
    static func challenge() -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < AccessProtocol.challengeSize {
            guard let bits = try? Random.bits() else { return nil }
            for shift in stride(from: 0, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
            }
        }
        return bytes
    }
}
