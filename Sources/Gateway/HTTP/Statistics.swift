import NIOHTTP1

/// What the gateway has done since it started, for its metrics. Belongs to the loop.
final class Statistics {
    struct Kind: Hashable {
        /// As in the table of paths; `none` for an unknown path, and for requests that were rejected before it was
        /// looked up.
        var route: String
        var status: UInt
    }

    private(set) var answers: [Kind: Int] = [:]
    private(set) var connections = 0
    /// Connections that were closed to make room for others.
    private(set) var displaced = 0

    func answered(_ route: String, _ status: HTTPResponseStatus) {
        answers[Kind(route: route, status: status.code), default: 0] += 1
    }

    func connected() { connections += 1 }

    func displacedOne() { displaced += 1 }
}
