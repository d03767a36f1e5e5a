import NIOCore

/// All connections: how many there may be, who waits for what, and when there have been none for long enough to leave.
///
/// Where there are too many, further ones wait in the kernel's queue, in order; only who does nothing is sent away for them. The last
/// few places are a reserve: they are used when the others have been taken for a moment, and requests that may take long
/// never take the last of them, so a probe is answered whatever others wait for.
final class ConnectionTable {
    enum Admission: Equatable {
        case granted
        /// It will be, when `resume` is called.
        case waits
        /// Too many wait already.
        case refused
    }

    /// A request that waits to be worked on; whoever gives up waiting says so.
    final class Place {
        fileprivate var resume: (() -> Void)?

        fileprivate init(_ resume: @escaping () -> Void) { self.resume = resume }

        func cancel() { resume = nil }
    }

    private let loop: any EventLoop
    private let statistics: Statistics
    private let limit: Int
    /// Of `limit`.
    private let reserve: Int
    private let idleTime: TimeAmount
    private let idle: () -> Bool
    private var connections: [ObjectIdentifier: HTTPConnection] = [:]
    private var leaving: Scheduled<Void>?
    private var servers: [any Channel] = []
    private var isAccepting = true
    private var isReserveOpen = false
    private var look: Scheduled<Void>?
    /// Requests that are worked on, those of probes not counted.
    private var working = 0
    private var waiting = CircularBuffer<Place>()

    /// - Parameter idle: called when there has been no connection for `idleTime`; false: something is still to be done, and
    ///   it is called again.
    init(
        limit: Int, idleTime: TimeAmount, statistics: Statistics, on loop: any EventLoop, idle: @escaping () -> Bool
    ) {
        self.loop = loop
        self.statistics = statistics
        self.limit = limit
        reserve = min(Limits.reserve, max(limit / 8, 2))
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

    func add(_ connection: HTTPConnection) {
        leaving?.cancel()
        leaving = nil
        statistics.connected()
        connections[ObjectIdentifier(connection)] = connection
        balance()
    }

    func remove(_ connection: HTTPConnection) {
        connections[ObjectIdentifier(connection)] = nil
        if connections.isEmpty { startLeaving() }
        balance()
    }

    /// One may have become dispensable.
    func changed() {
        if !isAccepting { balance() }
    }

    // MARK: Connections

    private var isFull: Bool { connections.count >= (isReserveOpen ? limit : limit - reserve) }

    /// Accepts while there is room, or somebody to make room by; else looks again in a moment.
    private func balance() {
        if connections.count < limit - reserve { isReserveOpen = false }
        guard isFull else { return accept(true) }
        if let chosen = mostDispensable {
            accept(true)
            statistics.displacedOne()
            chosen.channel.close(promise: nil)
            return
        }
        accept(false)
        guard look == nil else { return }
        look = loop.assumeIsolated().scheduleTask(in: Limits.fullPatience) { [self] in
            look = nil
            guard isFull else { return }
            // Time has made nobody dispensable: whoever is there is at work.
            if mostDispensable == nil { isReserveOpen = true }
            balance()
        }
    }

    /// Who has been doing nothing for longest, and for longer than anybody needs; who has never asked anything goes first.
    private var mostDispensable: HTTPConnection? {
        let now = loop.now
        var chosen: (connection: HTTPConnection, since: NIODeadline)?
        for connection in connections.values {
            guard let since = connection.dispensableSince, since <= now else { continue }
            let (rank, best) = (connection.isProven, chosen?.connection.isProven ?? true)
            if chosen == nil || !rank && best || rank == best && since < (chosen?.since ?? since) {
                chosen = (connection, since)
            }
        }
        return chosen?.connection
    }

    private func accept(_ accepts: Bool) {
        guard accepts != isAccepting else { return }
        isAccepting = accepts
        for server in servers { server.setOption(.autoRead, value: accepts).whenComplete { _ in } }
    }

    // MARK: Requests

    /// A request that is no probe has come. Each that is granted is over when `finished` is called.
    ///
    /// - Parameter resume: called when it is granted, where it has to wait; never within this call.
    func admit(_ resume: @escaping () -> Void) -> (Admission, Place?) {
        if working < limit - reserve, waiting.isEmpty {
            working += 1
            return (.granted, nil)
        }
        waiting.removeAll { $0.resume == nil }
        guard waiting.count < reserve / 2 else { return (.refused, nil) }
        let place = Place(resume)
        waiting.append(place)
        return (.waits, place)
    }

    func finished() {
        working -= 1
        while working < limit - reserve, let place = waiting.popFirst() {
            guard let resume = place.resume else { continue }
            place.cancel()
            working += 1
            loop.assumeIsolated().execute(resume)
        }
    }

    private func startLeaving(after time: TimeAmount? = nil) {
        leaving?.cancel()
        leaving = loop.assumeIsolated().scheduleTask(in: time ?? idleTime) { [self] in
            if connections.isEmpty, !idle() { startLeaving(after: max(idleTime, .seconds(1))) }
        }
    }
}
