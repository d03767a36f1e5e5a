import NIOHTTP1

/// Answers requests to some paths.
protocol RouteHandler: AnyObject {
    /// Checks a request before its body arrives; returns an answer if it is rejected.
    func refusal(of head: HTTPRequestHead) -> HTTPResponse?
    /// Answers with `exchange.respond`, now or later, once.
    func handle(_ request: HTTPRequest, _ exchange: Exchange)
    /// The limit of bytes of a body.
    var longestBody: Int { get }
    /// For monitoring: answered at once, however many other requests wait.
    var isProbe: Bool { get }
}

extension RouteHandler {
    var isProbe: Bool { false }
    var longestBody: Int { Limits.body }
}

/// One row of the table of paths.
struct Route {
    enum Pattern {
        /// This path and nothing else.
        case exact(String)
        /// Every path that begins with it.
        case prefix(String)
        /// This path, or every path below this folder, with any number of slashes in front, as for supervisord's pages.
        case page(String)
        case folder(String)
        case template(PathTemplate)

        /// As docs/http.md has it.
        var text: String {
            switch self {
            case .exact(let path), .prefix(let path), .page(let path), .folder(let path): path
            case .template(let template): template.text
            }
        }
    }

    let pattern: Pattern
    let handler: any RouteHandler

    /// - Parameter path: of `uri`, decoded.
    fileprivate func matches(_ uri: String, _ path: String) -> Bool {
        switch pattern {
        case .exact(let wanted): path == wanted
        case .prefix(let wanted): path.utf8.starts(with: wanted.utf8)
        case .page(let wanted): Self.single(path) == wanted
        case .folder(let wanted): Self.single(path).utf8.starts(with: wanted.utf8)
        case .template(let template): template.values(in: uri) != nil
        }
    }

    /// With one slash in front instead of several.
    static func single(_ path: String) -> String {
        guard path.utf8.starts(with: "//".utf8) else { return path }
        return "/" + String(decoding: path.utf8.drop { $0 == UInt8(ascii: "/") }, as: UTF8.self)
    }
}

/// The table of paths: the first row that matches answers.
struct Router {
    let routes: [Route]

    func route(for uri: String) -> Route? {
        let path = HTTPRequest.path(of: uri)
        return routes.first { $0.matches(uri, path) }
    }
}

/// One request that is being answered. Belongs to the loop.
final class Exchange {
    typealias Opening = (status: HTTPResponseStatus, headers: [(name: String, value: String)])

    private var send: ((HTTPResponse) -> Void)?
    private var open: ((Opening, _ isEndless: Bool) -> AnswerStream?)?

    init(
        _ send: @escaping (HTTPResponse) -> Void,
        stream open: ((Opening, _ isEndless: Bool) -> AnswerStream?)? = nil
    ) {
        self.send = send
        self.open = open
    }

    /// The client is gone, or has its answer: no more work is needed.
    var isOver: Bool { send == nil }

    /// The first answer counts.
    func respond(_ response: HTTPResponse) {
        guard let send else { return }
        abandon()
        send(response)
    }

    /// Begins an answer whose length isn't known: in chunks, or for HTTP/1.0 until the connection closes. nil without a
    /// reader: the client is gone, wants no body (HEAD), or there are too many streams, which it is told.
    ///
    /// - Parameter isEndless: there may be nothing to write for any time, so a client that closes its sending side
    ///   counts as gone.
    func stream(
        status: HTTPResponseStatus = .ok, headers: [(name: String, value: String)] = [], isEndless: Bool = true
    ) -> AnswerStream? {
        guard let open else { return nil }
        abandon()
        return open((status, headers), isEndless)
    }

    func abandon() {
        send = nil
        open = nil
    }
}
