import NIOHTTP1

/// A request whose head has come and is allowed to be answered.
struct HTTPRequest {
    let head: HTTPRequestHead
    var body: [UInt8] = []

    /// Without the query, `%41` decoded, as supervisord looks at it.
    var path: String { Self.path(of: head.uri) }

    static func path(of uri: String) -> String {
        let path = uri.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        var bytes: [UInt8] = []
        var rest = path[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2, !digits.contains(UInt8(ascii: "+")),
                let decoded = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(decoded)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A whole answer.
struct HTTPResponse {
    var status: HTTPResponseStatus
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]
    /// Nothing more is read from this connection.
    var closes = false

    /// An error with its name as the body, for people who look with curl.
    static func error(_ status: HTTPResponseStatus, closes: Bool = false) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: [("Content-Type", "text/plain;charset=utf-8")],
            body: Array("\(status.code) \(status.reasonPhrase)\n".utf8), closes: closes)
    }

    static func xml(_ body: [UInt8]) -> HTTPResponse {
        HTTPResponse(status: .ok, headers: [("Content-Type", "text/xml")], body: body)
    }
}
