import NIOHTTP1

/// A request whose head has arrived, and that may be answered.
struct HTTPRequest {
    let head: HTTPRequestHead
    /// That of its server; empty: none.
    var basePath = ""
    var body: [UInt8] = []

    /// Without the query, `%41` decoded, as in supervisord.
    var path: String { Self.path(of: head.uri) }

    static func path(of uri: String) -> String {
        Percent.decode(uri.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
    }
}

/// A complete answer.
struct HTTPResponse {
    var status: HTTPResponseStatus
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]
    /// Nothing more is read from this connection.
    var closes = false
    /// Others get the same body: it is in memory once.
    var isShared = false

    /// An error with its name as the body, for users of curl.
    static func error(_ status: HTTPResponseStatus, closes: Bool = false) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: [("Content-Type", "text/plain;charset=utf-8")],
            body: Array("\(status.code) \(status.reasonPhrase)\n".utf8), closes: closes)
    }

    /// An error in the form that the path's clients expect.
    static func error(_ status: HTTPResponseStatus, at uri: String) -> HTTPResponse {
        uri.utf8.starts(with: "/api/".utf8) ? ProblemDetails(status).response : error(status)
    }

    /// An error with a sentence for the person who must fix it.
    static func error(_ status: HTTPResponseStatus, at uri: String, _ detail: String) -> HTTPResponse {
        if uri.utf8.starts(with: "/api/".utf8) { return ProblemDetails(status, detail).response }
        var response = error(status)
        response.headers.append(("X-Content-Type-Options", "nosniff"))
        response.body = Array("\(status.code) \(status.reasonPhrase): \(detail)\n".utf8)
        return response
    }

    /// - Parameter methods: the supported ones, as `Allow` lists them.
    static func methodNotAllowed(_ methods: String) -> HTTPResponse {
        var response = error(.methodNotAllowed)
        response.headers.append(("Allow", methods))
        return response
    }

    static func json(_ value: JSON, _ status: HTTPResponseStatus = .ok) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
            body: value.text)
    }

    static func xml(_ body: [UInt8], isShared: Bool = false) -> HTTPResponse {
        HTTPResponse(status: .ok, headers: [("Content-Type", "text/xml")], body: body, isShared: isShared)
    }
}
