/// How a peer of the control socket identifies the supervisor, and proves that it knows the password if one is
/// required.
///
/// init answers `reeve.identify()` to every peer, also during a shutdown. If a server of the configuration has a
/// password, a peer that is neither root nor the socket's owner gets a `challenge` with it, and `unauthorized` for any
/// other request until it has sent `reeve.authenticate(proof)`. The password itself never goes over the socket: a
/// process that has taken the socket's name learns nothing that it could use elsewhere.
public enum AccessProtocol {
    public static let identify = "reeve.identify"
    public static let authenticate = "reeve.authenticate"

    /// Bytes of a challenge.
    public static let challengeSize = 32

    /// Fault codes that XML-RPC doesn't have.
    public enum Rejection: Int, Sendable {
        /// Name and password are missing or wrong.
        case unauthorized = 401
        /// Too many wrong attempts from this user: the text is the number of milliseconds until the next one is
        /// checked.
        case tooSoon = 429
    }

    /// Proves that the sender knows the name and the password of a server: an HMAC over the challenge and the name,
    /// whose key is the SHA-1 of the password. So a server that only has `{SHA}` can check it as well.
    ///
    /// - Parameter key: see `key(of:)` and `key(configured:)`.
    public static func proof(challenge: [UInt8], username: [UInt8], key: [UInt8]) -> [UInt8] {
        SHA1.authenticationCode(of: challenge + username, key: key)
    }

    /// The key of a password that a client has.
    public static func key(of password: [UInt8]) -> [UInt8] { SHA1.digest(of: password) }

    /// The key of a password as the configuration has it, plain or `{SHA}` and lower-case hexadecimal; nil if no
    /// password can match.
    public static func key(configured password: [UInt8]) -> [UInt8]? {
        let prefix = Array("{SHA}".utf8)
        guard password.starts(with: prefix) else { return key(of: password) }
        let digits = password.dropFirst(prefix.count)
        guard digits.count == 2 * SHA1.size else { return nil }
        var key: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                key.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return key
    }
}

/// Names and passwords of the server sections: any of them opens the control socket, as it would open its own server.
public struct AccessKeys: Equatable, Sendable {
    private struct Entry: Equatable, Sendable {
        var username: [UInt8]
        var key: [UInt8]
    }

    private var entries: [Entry] = []
    /// A section requires a password; true also for one that no password can match.
    public private(set) var isLocked = false

    public init(_ servers: [ServerSettings]) {
        for server in servers where server.isAuthenticated {
            isLocked = true
            guard let username = server.username, let password = server.password,
                let key = AccessProtocol.key(configured: password.bytes)
            else { continue }
            entries.append(Entry(username: username.bytes, key: key))
        }
    }

    /// Checks the proof against all of them. The time doesn't tell which one matched, or how close a wrong one came.
    public func accept(_ proof: [UInt8], challenge: [UInt8]) -> Bool {
        var isGood = false
        for entry in entries {
            let expected = AccessProtocol.proof(challenge: challenge, username: entry.username, key: entry.key)
            let isThis = Secret.isEqual(proof, expected)
            isGood = isThis || isGood
        }
        return isGood
    }
}
