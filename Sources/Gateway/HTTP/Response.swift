import NIOHTTP1

/// A request whose head has come and is allowed to be answered.
struct HTTPRequest {
    let head: HTTPRequestHead
    var body: [UInt8] = []

    /// Without the query, `%41` decoded, as supervisord looks at it.
    var path: String { Self.path(of: head.uri) }

    static func path(of uri: String) -> String {
        Percent.decode(uri.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
    }
}

/// A whole answer.
struct HTTPResponse {
    var status: HTTPResponseStatus
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]
    /// Nothing more is read from this connection.
    var closes = false
    /// Others are given the same body: it is in memory once.
    var isShared = false

    /// An error with its name as the body, for people who look with curl.
    static func error(_ status: HTTPResponseStatus, closes: Bool = false) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: [("Content-Type", "text/plain;charset=utf-8")],
            body: Array("\(status.code) \(status.reasonPhrase)\n".utf8), closes: closes)
    }

    /// An error in the form that the path's clients read.
    static func error(_ status: HTTPResponseStatus, at uri: String) -> HTTPResponse {
        uri.utf8.starts(with: "/api/".utf8) ? Problem(status).response : error(status)
    }

    /// An error with a sentence for who has to do something about it.
    static func error(_ status: HTTPResponseStatus, at uri: String, _ detail: String) -> HTTPResponse {
        if uri.utf8.starts(with: "/api/".utf8) { return Problem(status, detail).response }
        var response = error(status)
        response.headers.append(("X-Content-Type-Options", "nosniff"))
        response.body = Array("\(status.code) \(status.reasonPhrase): \(detail)\n".utf8)
        return response
    }

    /// - Parameter methods: that there are, as `Allow` lists them.
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
