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
        let isUser = Self.isEqual(Array(parts[0]), username)
        let isPassword: Bool
        if password.starts(with: prefix) {
            isPassword = Self.isEqual(SHA1.hexadecimal(of: Array(parts[1])), Array(password.dropFirst(prefix.count)))
        } else {
            isPassword = Self.isEqual(Array(parts[1]), password)
        }
        return isUser && isPassword ? .accepted : .rejected
    }

    /// Takes as long for a near miss as for a far one: the time depends on the length of what was given only.
    static func isEqual(_ given: [UInt8], _ secret: [UInt8]) -> Bool {
        var difference = given.count ^ secret.count
        for index in given.indices {
            // An empty secret is compared with anything, and differs by its length.
            let expected = secret.isEmpty ? 0 : secret[index % secret.count]
            difference |= Int(given[index] ^ expected)
        }
        return difference == 0
    }
}
