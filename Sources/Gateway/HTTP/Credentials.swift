import Supervise

/// A user and a password, as the configuration has them.
struct Credentials: Equatable {
    let username: [UInt8]
    /// The password itself, or `{SHA}` and the SHA-1 of it in hexadecimal, as supervisord takes it.
    let password: [UInt8]

    enum Verdict {
        case accepted
        case rejected
        /// What stands after `Basic` is no Base64.
        case malformed
    }

    /// - Parameter authorization: the header's value, nil without one.
    func judge(_ authorization: String?) -> Verdict {
        guard let authorization, let space = authorization.firstIndex(of: " "),
            authorization[..<space].lowercased() == "basic"
        else { return .rejected }
        guard let decoded = Base64.decode(authorization[space...].utf8) else { return .malformed }
        let parts = decoded.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return .rejected }
        let prefix = Array("{SHA}".utf8)
        // Both are compared whatever the first says: the time tells nothing about a name either.
        let isUser = Secret.isEqual(Array(parts[0]), username)
        let isPassword: Bool
        if password.starts(with: prefix) {
            isPassword = Secret.isEqual(SHA1.hexadecimal(of: Array(parts[1])), Array(password.dropFirst(prefix.count)))
        } else {
            isPassword = Secret.isEqual(Array(parts[1]), password)
        }
        return isUser && isPassword ? .accepted : .rejected
    }
}
