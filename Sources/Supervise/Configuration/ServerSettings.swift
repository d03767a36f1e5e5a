/// `[inet_http_server]`, `[unix_http_server]` and their named forms.
public struct ServerSettings: Equatable, Sendable {
    public enum Address: Equatable, Sendable {
        /// An empty host means every interface.
        case inet(host: String, port: Int)
        case unix(path: String, mode: UInt32, owner: Ownership)
    }

    public let section: String
    public let address: Address
    let values: KeyValues

    init(_ section: String, _ address: Address, _ values: KeyValues = [:]) {
        self.section = section
        self.address = address
        self.values = values
    }

    /// What follows the colon of the section's name.
    var name: String? {
        let section = Text(section)
        guard let colon = section.bytes.firstIndex(of: ASCII.colon) else { return nil }
        return Text(section.bytes[(colon + 1)...]).string
    }
    public var username: String? { values.text(.username) }
    /// Plain or `{SHA}` and hex.
    public var password: String? { values.text(.password) }
    /// Where `password` was read from, absolute; nil: it stands in the configuration.
    public var passwordFile: String? { values.text(.passwordFile) }
    /// An inet server may be reached from elsewhere without a password.
    public var allowUnauthenticated: Bool { values.bool(.allowUnauthenticated, or: .server) }
    /// Names, in lower case, that requests to an inet server without a password may have in their `Host` beside those that no other
    /// site can take; `*`: any.
    public var allowedHosts: [String] { values.texts(.allowedHosts) ?? [] }
    /// The web page acts on GET requests, as supervisord's: whatever page a browser shows can then stop programs.
    public var webGetActions: Bool { values.bool(.webGetActions, or: .server) }
    /// Probes of health are answered without a password.
    public var healthPublic: Bool { values.bool(.healthPublic, or: .server) }
    /// Requests may have this in front of their path.
    public var basePath: String? { values.text(.basePath) }

    /// Clients are asked for a password; as in supervisord it is the name that decides.
    public var isAuthenticated: Bool { !(username ?? "").isEmpty }
}
