import NIOHTTP1
import Supervise

/// The pages, at supervisord's paths, with their styles, scripts and icons.
final class WebHandler: RouteHandler {
    private let control: any Asking
    private let logs: LogReading
    private let actions: WebActions
    private let settings: GatewaySettings
    /// Links act, as in supervisord: `web_get_actions=true` of the server.
    private let getActions: Bool

    init(control: any Asking, settings: GatewaySettings, getActions: Bool) {
        self.control = control
        self.settings = settings
        self.getActions = getActions
        logs = LogReading(control)
        actions = WebActions(control: control)
    }

    /// Every path that is answered.
    var routes: [Route] {
        ["/", "/index.html", "/tail.html", "/mainlog.html", "/ok.html"].map {
            Route(pattern: .page($0), handler: self)
        }
            + Asset.folders.map { Route(pattern: .folder($0), handler: self) }
    }

    func refusal(of head: HTTPRequestHead) -> HTTPResponse? {
        let path = Route.single(HTTPRequest.path(of: head.uri))
        let isAsset = Asset.folders.contains { path.hasPrefix($0) }
        if isAsset, Asset.all[path] == nil { return .error(.notFound) }
        switch head.method {
        case .GET, .HEAD: return nil
        case .POST where !isAsset: return RequestOrigin.isForeign(head.headers) ? .error(.forbidden) : nil
        default:
            var response = HTTPResponse.error(.methodNotAllowed)
            response.headers.append(("Allow", isAsset ? "GET, HEAD" : "GET, HEAD, POST"))
            return response
        }
    }

    func handle(_ request: HTTPRequest, _ exchange: Exchange) {
        let form = FormFields(uri: request.head.uri, body: request.head.method == .POST ? request.body : [])
        switch Route.single(request.path) {
        case "/ok.html":
            exchange.respond(
                HTTPResponse(status: .ok, headers: [("Content-Type", "text/plain")], body: Array("OK".utf8)))
        case "/tail.html": tail(form, exchange)
        case "/mainlog.html": mainLog(form, exchange)
        case let path:
            if let asset = Asset.all[path] { return exchange.respond(asset.response(to: request.head)) }
            if form["action"] != nil { act(form, request.head, exchange) } else { status(form, exchange) }
        }
    }

    // MARK: Actions

    private func act(_ form: FormFields, _ head: HTTPRequestHead, _ exchange: Exchange) {
        guard let action = WebAction(form) else { return exchange.respond(.error(.badRequest)) }
        let isPost = head.method == .POST
        guard isPost || action == .refresh || getActions && head.method == .GET else {
            var response = HTTPResponse.html(confirmation(action, form), status: .methodNotAllowed)
            response.headers.append(("Allow", "POST"))
            return exchange.respond(response)
        }
        guard isPost || action == .refresh || !RequestOrigin.isForeign(head.headers) else {
            return exchange.respond(.error(.forbidden))
        }
        // The script wants a sentence, and watches itself how programs start; a form waits for that and gets a page.
        let wantsSentence = head.headers.first(name: "Accept") == "text/plain"
        actions.perform(action, waits: !wantsSentence) { message in
            if wantsSentence {
                return exchange.respond(
                    HTTPResponse(
                        status: message.isError ? .conflict : .ok,
                        headers: [("Content-Type", "text/plain;charset=utf-8"), ("Cache-Control", "no-store")],
                        body: Array(message.text.utf8)))
            }
            // A page of a program returns to itself; supervisord's only page is the other one.
            let page =
                form["back"] == "tail"
                ? "tail.html?processname=\(FormFields.quoted(form["processname"] ?? ""))&" : "./?"
            exchange.respond(
                HTTPResponse(
                    // supervisord's answer. After a POST the client must fetch the page.
                    status: isPost ? .seeOther : .movedPermanently,
                    headers: [
                        // Relative, so that it works behind a proxy with another path, too.
                        ("Location", "\(page)message=\(FormFields.quoted(message.text))"),
                        ("Cache-Control", "no-cache, no-store"),
                    ],
                    body: []))
        }
    }

    /// The answer to a link with an action: opening an address changes nothing, since another site could make a user
    /// open it.
    private func confirmation(_ action: WebAction, _ form: FormFields) -> [UInt8] {
        PageFrame(title: action.question, identifier: settings.identifier).page(
            around: """
                <main id="main" class="confirm">
                <h1>\(action.question)</h1>
                <form method="post" action="index.html">
                <input type="hidden" name="processname" value="\(form["processname"] ?? "")">
                <button name="action" value="\(form["action"] ?? "")" class="grave">Yes</button>
                <a class="button" href="./">No</a>
                </form>
                <p class="note">Links act at once only where the server's section has <code>web_get_actions=true</code>.</p>
                </main>

                """)
    }

    // MARK: Pages

    private func status(_ form: FormFields, _ exchange: Exchange) {
        control.ask("reeve.allProcessInfo", [], waits: false) { [self] answer in
            guard !exchange.isOver else { return }
            var programs: [PageProgram]?
            if case .value(let encoded) = answer { programs = encoded.value?.array?.compactMap(PageProgram.init) }
            var page = StatusPage(programs: programs, identifier: settings.identifier)
            page.message = form["message"]
            page.filter = form["filter"] ?? ""
            page.show = form["show"].flatMap(PageProgram.Attention.init(rawValue:))
            page.only = Set(form.all("only"))
            let ill = page.ill.prefix(StatusPage.mostIll).map(\.fullName)
            lastLines(of: ill[...], [:]) { lines in
                page.lastLines = lines
                exchange.respond(.html(form["part"] == nil ? page.page : page.content.bytes))
            }
        }
    }

    /// One after the other: of stderr, or of stdout if there is no stderr.
    private func lastLines(
        of names: ArraySlice<String>, _ found: [String: [UInt8]], _ completion: @escaping ([String: [UInt8]]) -> Void
    ) {
        guard let name = names.first else { return completion(found) }
        end(of: .stderr, name) { [self] stderr in
            let next = { (lines: [UInt8]?) in
                var found = found
                found[name] = lines
                self.lastLines(of: names.dropFirst(), found, completion)
            }
            if let lines = stderr.flatMap(LastLines.of) { return next(lines) }
            end(of: .stdout, name) { next($0.flatMap(LastLines.of)) }
        }
    }

    private func end(of channel: LogChannel, _ name: String, _ completion: @escaping ([UInt8]?) -> Void) {
        logs.read(channel, [.string(name), .int(-LastLines.read), .int(0)]) { outcome in
            guard case .value(let encoded) = outcome else { return completion(nil) }
            completion(encoded.value?.bytes)
        }
    }

    /// The default and the maximum size of the log on a page: a browser has to lay it out at once.
    private static let limits = 1024...(4 << 20)

    private func tail(_ form: FormFields, _ exchange: Exchange) {
        let limit = Self.limit(form)
        let channel: LogChannel = form["channel"] == "stderr" ? .stderr : .stdout
        guard let name = form["processname"] else {
            let page = TailPage(
                subject: .nobody, identifier: settings.identifier, channel: channel, log: .text([]), limit: limit)
            return exchange.respond(.html(page.page))
        }
        control.ask("reeve.processInfo", [.text(name)], waits: false) { [self] answer in
            var program: PageProgram?
            if case .value(let encoded) = answer { program = encoded.value.flatMap(PageProgram.init) }
            logs.read(channel, [.string(name), .int(-limit), .int(0)]) { [self] outcome in
                let log: TailPage.Log
                switch outcome {
                case .value(let encoded): log = .text(encoded.value?.bytes ?? [])
                case .fault(Fault.noFile.rawValue, _): log = .refused("No file for \(name)")
                case .fault(let code, let text): log = .refused("ERROR: \(Fault.explanation(code: code, text: text))")
                }
                var page = TailPage(
                    subject: .program(name, program), identifier: settings.identifier, channel: channel, log: log,
                    limit: limit)
                page.message = form["message"]
                page.processes = (program?.pid).flatMap { $0 == 0 ? nil : ProcessTree.below($0) }
                exchange.respond(.html(page.page))
            }
        }
    }

    private func mainLog(_ form: FormFields, _ exchange: Exchange) {
        let limit = Self.limit(form)
        logs.read(.main, [.int(-limit), .int(0)]) { [self] outcome in
            let log: TailPage.Log
            switch outcome {
            case .value(let encoded): log = .text(encoded.value?.bytes ?? [])
            case .fault(Fault.noFile.rawValue, _): log = .refused("The supervisor has no log file")
            case .fault(let code, let text): log = .refused("ERROR: \(Fault.explanation(code: code, text: text))")
            }
            let page = TailPage(
                subject: .main, identifier: settings.identifier, channel: .main, log: log, limit: limit)
            exchange.respond(.html(page.page))
        }
    }

    private static func limit(_ form: FormFields) -> Int {
        // As in supervisord: without a number it is the default, and too small a number becomes the minimum.
        let wanted = form["limit"].flatMap { $0.utf8.allSatisfy { (48...57).contains($0) } ? Int($0) ?? .max : nil }
        return min(max(wanted ?? limits.lowerBound, limits.lowerBound), limits.upperBound)
    }
}
