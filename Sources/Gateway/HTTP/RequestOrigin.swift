import NIOHTTP1

/// Which site a browser says has sent a request: a page of another site must not control the programs here with the
/// browser's saved password.
enum RequestOrigin {
    /// `Origin` or `Sec-Fetch-Site` names another site. Other programs than browsers send neither, and are no danger:
    /// they have no password but their own.
    ///
    /// - Source: https://www.w3.org/TR/fetch-metadata/, RFC 6454. Pages can set neither header.
    static func isForeign(_ headers: HTTPHeaders) -> Bool {
        // Sufficient where browsers send it, also behind a proxy that changes `Host`.
        if let site = headers.first(name: "Sec-Fetch-Site") { return site != "same-origin" && site != "none" }
        guard headers.contains(name: "Origin") else { return false }
        guard let origin = headers.first(name: "Origin"), let colon = origin.firstIndex(of: ":"),
            origin[colon...].hasPrefix("://"), let host = headers.first(name: "Host")
        else { return true }
        // The scheme may differ: `https` ends at a proxy.
        return authority(origin[colon...].dropFirst(3)) != authority(host[...])
    }

    private static func authority(_ text: Substring) -> String {
        let text = text.lowercased()
        for port in [":80", ":443"] where text.hasSuffix(port) { return String(text.dropLast(port.count)) }
        return text
    }
}
