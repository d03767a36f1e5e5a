import NIOHTTP1

/// What answers requests to some paths.
protocol RouteHandler: AnyObject {
    /// Looks at a request before its body comes; an answer if it is refused.
    func refusal(of head: HTTPRequestHead) -> HTTPResponse?
    /// Answers by `exchange.respond`, now or later, once.
    func handle(_ request: HTTPRequest, _ exchange: Exchange)
}

/// One row of the table of paths.
struct Route {
    enum Pattern {
        /// This path and nothing else.
        case exact(String)
        /// Every path that begins so.
        case prefix(String)
    }

    let pattern: Pattern
    let handler: any RouteHandler

    func matches(_ path: String) -> Bool {
        switch pattern {
        case .exact(let wanted): path == wanted
        case .prefix(let wanted): path.utf8.starts(with: wanted.utf8)
        }
    }
}

/// The table of paths: the first row that matches answers.
struct Router {
    let routes: [Route]

    func handler(for path: String) -> (any RouteHandler)? {
        routes.first { $0.matches(path) }?.handler
    }
}

/// One request that is being answered. Belongs to the loop.
final class Exchange {
    private var send: ((HTTPResponse) -> Void)?

    init(_ send: @escaping (HTTPResponse) -> Void) { self.send = send }

    /// The client is gone, or has its answer: nothing needs to be worked out any more.
    var isOver: Bool { send == nil }

    /// The first answer counts.
    func respond(_ response: HTTPResponse) {
        guard let send else { return }
        self.send = nil
        send(response)
    }

    func abandon() { send = nil }
}
