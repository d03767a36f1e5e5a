/// `[supervisorctl]`, and where the control socket of the same file is.
public struct ClientSettings: Equatable, Sendable {
    /// The file that was read; nil when there is none.
    public let file: String?
    let values: KeyValues
    /// As `ControlSocket.paths`.
    public let controlSockets: [String]
    /// Ports of the `[inet_http_server]` sections.
    public let inetPorts: [Int]
    /// `[supervisord] gateway=`; nil: it isn't said.
    public let gateway: String?
    /// True when the file has a `serverurl`: then no other server is tried.
    public let namesServer: Bool

    init(
        file: String?, _ values: KeyValues, controlSockets: [String], inetPorts: [Int], gateway: String?,
        namesServer: Bool
    ) {
        self.file = file
        self.values = values
        self.controlSockets = controlSockets
        self.inetPorts = inetPorts
        self.gateway = gateway
        self.namesServer = namesServer
    }

    /// Without a configuration.
    public init(controlSockets: [String] = []) {
        self.init(
            file: nil, [:], controlSockets: controlSockets, inetPorts: [], gateway: nil, namesServer: false)
    }

    /// The path of a `unix://` URL is absolute.
    public var serverURL: String { values.text(.serverurl, or: .client) }
    public var username: String? { values.text(.username) }
    public var password: String? { values.text(.password) }
    public var prompt: String { values.text(.prompt, or: .client) }
    /// Absolute; nil: no history is kept.
    public var historyFile: String? { values.text(.historyFile) }
}
