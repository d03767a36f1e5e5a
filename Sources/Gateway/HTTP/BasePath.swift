import NIOHTTP1

/// The path below which a reverse proxy serves this server: `base_path=`.
///
/// A proxy may strip it from requests, or pass them on as they are; both work, since whatever doesn't begin with it is
/// taken as it is.
struct BasePath: Equatable {
    /// With a slash in front and none at the end; empty: none.
    let text: String

    /// - Parameter written: in the configuration, with or without these slashes.
    init(_ written: String) {
        let inner = written.utf8.drop { $0 == UInt8(ascii: "/") }.reversed().drop { $0 == UInt8(ascii: "/") }
        text = inner.isEmpty ? "" : "/" + String(decoding: Array(inner.reversed()), as: UTF8.self)
    }

    /// Takes it away from the front of an address; false if the address is the path itself, which is answered with
    /// `redirect`.
    func strip(_ head: inout HTTPRequestHead) -> Bool {
        guard !text.isEmpty, head.uri.utf8.starts(with: text.utf8) else { return true }
        let rest = head.uri.utf8.dropFirst(text.utf8.count)
        switch rest.first {
        case UInt8(ascii: "/"): head.uri = String(decoding: Array(rest), as: UTF8.self)
        case nil, UInt8(ascii: "?"): return false
        default: break
        }
        return true
    }

    /// To the page: relative to the path without a slash at its end, its links would lead elsewhere.
    var redirect: HTTPResponse {
        var response = HTTPResponse.error(.permanentRedirect)
        response.headers.append(("Location", text + "/"))
        return response
    }
}
