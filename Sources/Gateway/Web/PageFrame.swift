import NIOHTTP1
import Supervise

/// The frame of every page.
struct PageFrame {
    /// Shown first, and in the browser's list of tabs.
    let title: String
    /// The name of this supervisor.
    let identifier: String
    /// The script in `scripts/` that makes the page live; without JavaScript the page works, but is static.
    var script: String?
    /// The icon of the tab.
    var isIll = false

    func page(around content: Markup) -> [UInt8] {
        let live: Markup = script.map { "<script type=\"module\" src=\"scripts/\($0)\"></script>\n" } ?? ""
        let icon = isIll ? "icon-ill.svg" : "icon.svg"
        let markup: Markup = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>\(title) · \(identifier)</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <link rel="icon" href="images/\(icon)" type="image/svg+xml">
            <link rel="stylesheet" href="stylesheets/supervisor.css">
            <script src="scripts/theme.js"></script>
            \(live)</head>
            <body>
            <a class="skip" href="#content">Skip to the content</a>
            <header class="top">
            <a class="brand" href="./">\(identifier)</a>
            <nav aria-label="Pages"><a href="./">Programs</a> <a href="graph.html">Dependencies</a> <a href="logs.html">All logs</a> <a href="mainlog.html">Supervisor log</a></nav>
            <button type="button" id="keys" class="quiet" aria-label="Keys" hidden>?</button>
            <button type="button" id="theme" class="quiet" hidden>Theme</button>
            </header>
            <div id="content" tabindex="-1">
            \(content)</div>
            <footer>\(Version.name) \(Version.number)<span id="live" role="status"></span></footer>
            </body>
            </html>

            """
        return markup.bytes
    }
}

extension HTTPResponse {
    /// A page: never cached, never inside another's frame, and nothing in it comes from elsewhere.
    static func html(_ body: [UInt8], status: HTTPResponseStatus = .ok) -> HTTPResponse {
        HTTPResponse(
            status: status,
            headers: [
                ("Content-Type", "text/html;charset=utf-8"), ("Cache-Control", "no-cache, no-store"),
                ("Pragma", "no-cache"), ("Content-Security-Policy", contentPolicy),
                ("X-Content-Type-Options", "nosniff"),
                // Forms must send their origin: `no-referrer` would make that "null".
                ("Referrer-Policy", "same-origin"),
            ],
            body: body)
    }

    private static let contentPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")
}
