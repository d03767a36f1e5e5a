/// The users of a listening socket that several processes share.
///
/// The socket exists from the start of the first of them until none runs or is about to run again.
public struct SocketUse: Equatable, Sendable {
    /// Each once.
    private var users: [ProcessID] = []

    public init() {}

    /// True when no process needs the socket: then it doesn't exist.
    public var isUnused: Bool { users.isEmpty }

    public mutating func begin(_ user: ProcessID) {
        if !users.contains(user) { users.append(user) }
    }

    /// Removes users that no longer need the socket; true if that was the last: the socket must be closed.
    public mutating func end(where isOver: (ProcessID) -> Bool) -> Bool {
        guard !users.isEmpty else { return false }
        users.removeAll(where: isOver)
        return users.isEmpty
    }
}
