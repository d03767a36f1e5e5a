import Supervise

/// One HTTP server, as `reeve.servers()` describes it.
struct HTTPServerSettings: Equatable {
    enum Kind: String {
        case unix, inet
    }

    /// The name of its section.
    var name: String
    var kind: Kind
    /// A path, or `host:port`: for messages.
    var address: String
    /// The required credentials; nil: none.
    var credentials: Credentials?
    /// The web page acts on GET requests.
    var getActs: Bool
    /// Health probes need no credentials.
    var healthIsPublic: Bool
    /// The values of `Host` that are accepted besides the names and addresses that no other site can own.
    var allowedHosts: [String]
    var basePath: BasePath

    init?(_ value: Value) {
        guard let name = value["name"]?.text, let kind = (value["kind"]?.text).flatMap(Kind.init(rawValue:)),
            let authenticated = value["authenticated"]?.bool
        else { return nil }
        self.name = name
        self.kind = kind
        address = value["address"]?.text ?? ""
        getActs = value["web_get_actions"]?.bool ?? false
        healthIsPublic = value["health_public"]?.bool ?? false
        basePath = BasePath(value["base_path"]?.text ?? "")
        allowedHosts = (value["allowed_hosts"]?.array ?? []).compactMap { $0.text }
        if authenticated {
            // Without both, no one gets in: never everyone.
            guard let username = value["username"]?.bytes, let password = value["password"]?.bytes else { return nil }
            credentials = Credentials(username: username, password: password)
        }
    }
}

/// The answer to `reeve.gatewaySettings()`.
struct GatewaySettings: Equatable {
    /// Seconds without a connection after which the gateway exits.
    var idleTimeout = 60
    /// The name of this supervisor.
    var identifier = "supervisor"

    init(_ value: Value) {
        if let seconds = value["idle_timeout"]?.int, seconds >= 0 { idleTimeout = min(seconds, 1 << 30) }
        if let name = value["identifier"]?.text { identifier = name }
    }
}
