/// What `reread`, `update` and RPC call a process group.
public struct GroupSettings: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        case program, eventListener, fcgi
    }

    public let name: String
    public let priority: Int
    public let kind: Kind
    /// What the section says of the group, beside its priority.
    let values: KeyValues
    /// In upstream's order: sorted inside a section, concatenated in a `[group]`.
    public let processes: [ProcessSettings]
    /// The listening sockets of members that are FastCGI programs, also of those in a `[group]`.
    public let sockets: [SharedSocket]

    init(
        _ name: String, priority: Int = 999, kind: Kind = .program, _ values: KeyValues = [:],
        processes: [ProcessSettings] = [], sockets: [SharedSocket] = []
    ) {
        self.name = name
        self.priority = priority
        self.kind = kind
        self.values = values
        self.processes = processes
        self.sockets = sockets
    }

    func with(_ processes: [ProcessSettings]) -> GroupSettings {
        GroupSettings(name, priority: priority, kind: kind, values, processes: processes, sockets: sockets)
    }

    // Of event listeners.

    /// Events kept while no listener of the pool is ready.
    public var bufferSize: Int { values.int(.bufferSize, or: .group) }
    /// Sorted, no repeats, abstract types unexpanded.
    public var events: [String] { values.texts(.events) ?? [] }
}

/// A listening socket and the members of its group that get it as descriptor 0.
public struct SharedSocket: Equatable, Sendable {
    public let settings: SocketSettings
    /// Positions in `GroupSettings.processes`.
    public let processes: Range<Int>

    public init(settings: SocketSettings, processes: Range<Int>) {
        self.settings = settings
        self.processes = processes
    }
}

/// `socket=` of `[fcgi-program:x]`.
public struct SocketSettings: Equatable, Sendable {
    public enum Address: Equatable, Sendable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    public let address: Address
    public let backlog: Int?
    /// Mode of a unix socket. Default 0700; nil for TCP.
    public let mode: UInt32?
    public let owner: Ownership?

    public init(address: Address, backlog: Int? = nil, mode: UInt32? = nil, owner: Ownership? = nil) {
        self.address = address
        self.backlog = backlog
        self.mode = mode
        self.owner = owner
    }

    public var url: String {
        switch address {
        case .tcp(let host, let port): "tcp://\(host):\(port)"
        case .unix(let path): "unix://\(path)"
        }
    }
}
