import NIOHTTP1

/// A file that is part of this executable.
struct Asset {
    let type: String
    let body: [UInt8]
    /// Tells whether a browser's copy is current.
    let tag: String

    private init(_ type: String, _ body: [UInt8]) {
        self.type = type
        self.body = body
        // FNV-1a: two files with one tag are no attack.
        let hash = body.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        tag = "\"\(String(hash, radix: 16))\""
    }

    static let folders = ["/stylesheets/", "/scripts/", "/images/"]

    /// By path. The path of the style sheet is supervisord's.
    static let all: [String: Asset] = [
        "/stylesheets/supervisor.css": Asset("text/css;charset=utf-8", PackageResources.supervisor_css),
        "/scripts/theme.js": script(PackageResources.theme_js),
        "/scripts/status.js": script(PackageResources.status_js),
        "/scripts/tail.js": script(PackageResources.tail_js),
        "/scripts/ansi.js": script(PackageResources.ansi_js),
        "/scripts/detail.js": script(PackageResources.detail_js),
        "/scripts/graph.js": script(PackageResources.graph_js),
        "/scripts/keys.js": script(PackageResources.keys_js),
        "/scripts/usage.js": script(PackageResources.usage_js),
        "/scripts/shared.js": script(PackageResources.shared_js),
        "/images/icon.svg": Asset("image/svg+xml", PackageResources.icon_svg),
        "/images/icon-ill.svg": Asset("image/svg+xml", PackageResources.icon_ill_svg),
    ]

    private static func script(_ body: [UInt8]) -> Asset { Asset("text/javascript;charset=utf-8", body) }

    /// Browsers ask each time whether it has changed, which is cheap: after an update no browser has an old script.
    func response(to head: HTTPRequestHead) -> HTTPResponse {
        let headers = [
            ("ETag", tag), ("Cache-Control", "no-cache"), ("X-Content-Type-Options", "nosniff"),
        ]
        if head.headers[canonicalForm: "If-None-Match"].contains(where: { $0 == tag || $0 == "W/\(tag)" }) {
            return HTTPResponse(status: .notModified, headers: headers, body: [])
        }
        return HTTPResponse(status: .ok, headers: [("Content-Type", type)] + headers, body: body)
    }
}
