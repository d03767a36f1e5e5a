import NIOHTTP1
import Supervise

/// `/logtail/NAME[/CHANNEL]` and `/mainlogtail`: the end of a log, then what is written, as an endless stream.
///
/// The error answers are supervisord's.
final class LogTail: RouteHandler {
    /// Bytes of earlier output.
    private static let backlog = 1024

    private let following: LogFollowing
    private let isMain: Bool

    init(_ following: LogFollowing, isMain: Bool) {
        self.following = following
        self.isMain = isMain
    }

    func refusal(of head: HTTPRequestHead) -> HTTPResponse? { head.method == .GET ? nil : .error(.badRequest) }

    func handle(_ request: HTTPRequest, _ exchange: Exchange) {
        guard let (name, channel) = target(of: request.path) else { return exchange.respond(.error(.notFound)) }
        following.follow(name, channel, backlog: Self.backlog, as: .plain, exchange) { code, _ in
            switch Fault(rawValue: code) {
            case .badName, .noFile: exchange.respond(.error(.notFound))
            default: exchange.respond(.error(.internalServerError))
            }
        }
    }

    private func target(of path: String) -> (name: String, LogChannel)? {
        guard !isMain else { return ("", .main) }
        let parts = path.drop { $0 == "/" }.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        // init's own log has an empty name.
        guard parts.count > 1, !parts[1].isEmpty else { return nil }
        guard parts.count > 2 else { return (String(parts[1]), .stdout) }
        return LogChannel(rawValue: String(parts[2])).flatMap { $0 == .main ? nil : (String(parts[1]), $0) }
    }
}
