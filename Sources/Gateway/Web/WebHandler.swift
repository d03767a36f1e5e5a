import NIOHTTP1
import Supervise

/// The pages, at supervisord's paths, with their styles, scripts and icons.
final class WebHandler: RouteHandler {
    let control: any Asking
    let logs: LogReading
    private let actions: WebActions
    let settings: GatewaySettings
    /// Links act, as in supervisord: `web_get_actions=true` of the server.
    private let getActions: Bool
    let chronicle: Chronicle
    private let turns: Turns

    init(
        control: any Asking, settings: GatewaySettings, getActions: Bool, chronicle: Chronicle, turns: Turns
    ) {
        self.turns = turns
        self.chronicle = chronicle
        self.control = control
        self.settings = settings
        self.getActions = getActions
        logs = LogReading(control)
        actions = WebActions(control: control)
    }

    /// Every path that is answered.
    var routes: [Route] {
        ["/", "/index.html", "/tail.html", "/program.html", "/mainlog.html", "/logs.html", "/graph.html", "/ok.html"]
            .map {
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
        case "/program.html": details(form, exchange)
        case "/mainlog.html": mainLog(form, exchange)
        case "/logs.html": allLogs(exchange)
        case "/graph.html": graph(exchange)
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
                \(Self.hidden(form, "processname"))\(Self.hidden(form, "groupname"))
                <button name="action" value="\(form["action"] ?? "")" class="grave">Yes</button>
                <a class="button" href="./">No</a>
                </form>
                <p class="note">Links act at once only where the server's section has <code>web_get_actions=true</code>.</p>
                </main>

                """)
    }

    private static func hidden(_ form: FormFields, _ name: String) -> Markup {
        form[name].map { "<input type=\"hidden\" name=\"\(name)\" value=\"\($0)\">" } ?? ""
    }

    // MARK: Pages

    /// Programs that are read, and written, per turn: a few milliseconds of work.
    private static let slice = 64

    private func inSlices<Item>(
        _ items: ArraySlice<Item>, _ work: @escaping (Item) -> Void, then next: @escaping () -> Void
    ) {
        for item in items.prefix(Self.slice) { work(item) }
        let rest = items.dropFirst(Self.slice)
        if rest.isEmpty { return next() }
        turns.later { [self] in inSlices(rest, work, then: next) }
    }

    /// All programs; nil during a shutdown.
    func programs(_ completion: @escaping ([PageProgram]?) -> Void) {
        control.ask("reeve.allProcessInfo", [], waits: false) { [self] answer in
            guard case .value(let encoded) = answer, let infos = encoded.value?.array else { return completion(nil) }
            var programs: [PageProgram] = []
            programs.reserveCapacity(infos.count)
            inSlices(
                infos[...], { if let one = PageProgram($0) { programs.append(one) } }, then: { completion(programs) })
        }
    }

    private func status(_ form: FormFields, _ exchange: Exchange) {
        programs { [self] programs in
            guard !exchange.isOver else { return }
            var page = StatusPage(programs: programs, identifier: settings.identifier)
            page.message = form["message"]
            page.filter = form["filter"] ?? ""
            page.show = form["show"].flatMap(PageProgram.Attention.init(rawValue:))
            page.only = Set(form.all("only"))
            chronicle.begin()
            if form["part"] == nil || form["timeline"] != nil {
                page.timeline = Timeline(chronicle, programs ?? [])
            }
            let ill = page.ill.prefix(StatusPage.mostIll).map(\.fullName)
            lastLines(of: ill[...], [:]) { [self] lines in
                page.lastLines = lines
                var rows = Markup()
                inSlices(
                    page.pieces[...], { rows += $0.markup },
                    then: {
                        page.rows = rows
                        exchange.respond(.html(form["part"] == nil ? page.page : page.content.bytes))
                    })
            }
        }
    }
}
