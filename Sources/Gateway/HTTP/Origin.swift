import NIOHTTP1

/// Who a browser says has made it send a request: a page of another site must not command the programs here with the
/// password that the browser keeps.
enum Origin {
    /// `Origin` or `Sec-Fetch-Site` names another site. A program that is no browser says neither, and is no danger: it has
    /// nobody's password but its own.
    ///
    /// - Source: https://www.w3.org/TR/fetch-metadata/, RFC 6454. Pages can set neither header.
    static func isForeign(_ headers: HTTPHeaders) -> Bool {
        // Says it all where browsers send it, also behind a proxy that changes `Host`.
        if let site = headers.first(name: "Sec-Fetch-Site") { return site != "same-origin" && site != "none" }
        guard headers.contains(name: "Origin") else { return false }
        guard let origin = headers.first(name: "Origin"), let colon = origin.firstIndex(of: ":"),
            origin[colon...].hasPrefix("://"), let host = headers.first(name: "Host")
        else { return true }
        // The scheme may be another: `https` ends at a proxy.
        return authority(origin[colon...].dropFirst(3)) != authority(host[...])
    }

    private static func authority(_ text: Substring) -> String {
        let text = text.lowercased()
        for port in [":80", ":443"] where text.hasSuffix(port) { return String(text.dropLast(port.count)) }
        return text
    }
}
