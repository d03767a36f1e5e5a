/// Who needs a listening socket that several processes share.
///
/// It is there from the start of the first of them until none runs or is about to run again.
public struct SocketUse: Equatable, Sendable {
    /// Each once.
    private var users: [ProcessID] = []

    public init() {}

    /// True when nobody needs it: then it doesn't exist.
    public var isUnused: Bool { users.isEmpty }

    public mutating func begin(_ user: ProcessID) {
        if !users.contains(user) { users.append(user) }
    }

    /// Forgets whoever doesn't need it any more; true when that was the last: the socket is to be closed.
    public mutating func end(where isOver: (ProcessID) -> Bool) -> Bool {
        guard !users.isEmpty else { return false }
        users.removeAll(where: isOver)
        return users.isEmpty
    }
}
