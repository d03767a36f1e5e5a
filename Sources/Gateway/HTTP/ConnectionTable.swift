import NIOCore

/// All connections: how many there may be, and when there have been none for long enough to leave.
final class ConnectionTable {
    private let loop: any EventLoop
    private let statistics: Statistics
    private let limit: Int
    private let idleTime: TimeAmount
    private let idle: () -> Bool
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var leaving: Scheduled<Void>?
    private var servers: [any Channel] = []
    private var isAccepting = true

    /// - Parameter idle: called when there has been no connection for `idleTime`; false: something is still to be done, and
    ///   it is called again.
    init(
        limit: Int, idleTime: TimeAmount, statistics: Statistics, on loop: any EventLoop, idle: @escaping () -> Bool
    ) {
        self.loop = loop
        self.statistics = statistics
        self.limit = limit
        self.idleTime = idleTime
        self.idle = idle
        startLeaving()
    }

    var count: Int { connections.count }

    func add(server: any Channel) {
        servers.append(server)
        if !isAccepting { server.setOption(.autoRead, value: false).whenComplete { _ in } }
    }

    func remove(server: any Channel) { servers.removeAll { $0 === server } }

    func add(_ connection: Connection) {
        leaving?.cancel()
        leaving = nil
        statistics.connected()
        connections[ObjectIdentifier(connection)] = connection
        if connections.count >= limit { makeRoom(for: connection) }
    }

    func remove(_ connection: Connection) {
        connections[ObjectIdentifier(connection)] = nil
        if connections.isEmpty { startLeaving() }
        changed()
    }

    /// One has become dispensable, or is gone.
    func changed() {
        guard !isAccepting else { return }
        if connections.count >= limit { makeRoom() } else { accept(true) }
    }

    /// Sends away who has been doing nothing for longest; who has never asked anything goes first. Where everybody is at
    /// work, new ones stay in the backlog.
    ///
    /// - Parameter newest: stays in any case: it has had no time to ask anything.
    private func makeRoom(for newest: Connection? = nil) {
        var chosen: (connection: Connection, since: NIODeadline)?
        for connection in connections.values {
            guard connection !== newest, let since = connection.dispensableSince else { continue }
            let (rank, best) = (connection.isProven, chosen?.connection.isProven ?? true)
            if chosen == nil || !rank && best || rank == best && since < (chosen?.since ?? since) {
                chosen = (connection, since)
            }
        }
        accept(chosen != nil)
        if chosen != nil { statistics.displacedOne() }
        chosen?.connection.channel.close(promise: nil)
    }

    private func accept(_ accepts: Bool) {
        guard accepts != isAccepting else { return }
        isAccepting = accepts
        for server in servers { server.setOption(.autoRead, value: accepts).whenComplete { _ in } }
    }

    private func startLeaving(after time: TimeAmount? = nil) {
        leaving?.cancel()
        leaving = loop.assumeIsolated().scheduleTask(in: time ?? idleTime) { [self] in
            if connections.isEmpty, !idle() { startLeaving(after: max(idleTime, .seconds(1))) }
        }
    }
}
