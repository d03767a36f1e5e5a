import Supervise

/// `/program.html`: everything that is known of one program.
struct DetailPage {
    let program: PageProgram
    let identifier: String
    var message: String?
    /// All programs, for those that depend on it.
    var others: [PageProgram] = []
    /// The last results of its health check, the oldest first.
    var checks: [CheckResult] = []
    /// How its runs have ended, the latest first.
    var ends: [PageProgram.LastExit] = []
    /// The ends of its logs.
    var logs: [(channel: LogChannel, text: TailPage.Log)] = []
    /// What it runs with; nil: init doesn't tell.
    var configuration: JSON?
    /// Where its streams go, by the name of the key.
    var logFiles: [String: String] = [:]
    var processes: ProcessTree?

    struct CheckResult {
        let time: Int
        let isSuccess: Bool
        let problem: String
        let output: String

        init(_ value: Value) {
            time = value["time"]?.int ?? 0
            isSuccess = value["success"]?.bool ?? false
            problem = value["problem"]?.text ?? ""
            output = value["output"]?.text ?? ""
        }
    }

    /// Bytes of each log.
    static let logBytes = 2000

    var page: [UInt8] {
        PageFrame(
            title: program.fullName, identifier: identifier, script: "detail.js", isIll: program.health == .ill
        ).page(around: content)
    }

    private var content: Markup {
        let banner: Markup = message.map { "<p class=\"message\" role=\"status\">\($0)</p>\n" } ?? ""
        return """
            <main id="main" class="detail">
            \(banner)\(TailPage.head(program.fullName, program))
            \(TailPage.tabs(program.fullName, .details))\
            <div class="cards" id="cards">
            \(health)\(needs)\(runs)\(lastLines)\(tree)\(settings)</div>
            </main>

            """
    }

    private static func card(_ id: String, _ title: String, _ content: Markup) -> Markup {
        """
        <section class="card" id="\(id)" aria-labelledby="\(id)-title"><h2 id="\(id)-title">\(title)</h2>
        \(content)</section>

        """
    }

    // MARK: Health

    private var health: Markup {
        guard !program.checkedHealth.isEmpty else { return "" }
        var rows = Markup()
        for check in checks.reversed() {
            let more: Markup = check.output.isEmpty ? "" : "<pre>\(Markup.text(check.output.utf8))</pre>"
            rows += """
                <li class="\(check.isSuccess ? "well" : "ill")"><span class="lamp" aria-hidden="true"></span>\(Timeline.clock(check.time)) \
                \(check.isSuccess ? "succeeded" : "failed: \(check.problem)")\(more)</li>

                """
        }
        let list: Markup = checks.isEmpty ? "<p class=\"note\">No check has ended yet.</p>\n" : "<ol>\n\(rows)</ol>\n"
        return Self.card("health", "Health: \(program.checkedHealth)", list)
    }

    // MARK: Dependencies

    private var needs: Markup {
        let map = DependencyMap(others)
        guard let here = map.node(of: program) else { return "" }
        let (waits, needed) = (map.edges.filter { $0.from == here }, map.edges.filter { $0.to == here })
        guard !waits.isEmpty || !needed.isEmpty else { return "" }
        func list(_ title: String, _ edges: [DependencyMap.Edge], _ end: (DependencyMap.Edge) -> Int) -> Markup {
            guard !edges.isEmpty else { return "" }
            var items = Markup()
            for edge in edges {
                let node = map.nodes[end(edge)]
                items += """
                    <li><a href="\(GraphPage.link(node))">\(node.name)</a> (\(edge.dependency.words)): <span class="badge \(node.mood.rawValue)">\
                    <span class="lamp" aria-hidden="true"></span>\(node.word)</span></li>

                    """
            }
            return "<h3>\(title)</h3>\n<ul class=\"plain\">\n\(items)</ul>\n"
        }
        return Self.card(
            "needs", "Dependencies",
            "\(list("Waits for", waits, \.to))\(list("Is needed by", needed, \.from))<p class=\"note\"><a href=\"graph.html\">Everything in a picture</a></p>\n"
        )
    }

    // MARK: Runs

    private var runs: Markup {
        var rows = Markup()
        if program.pid != 0 {
            rows +=
                "<li class=\"well\"><span class=\"lamp\" aria-hidden=\"true\"></span>\(Timeline.clock(program.started)) was started, pid \(program.pid)</li>\n"
        }
        for end in ends {
            let mood = end.code == 0 || !end.signal.isEmpty ? "resting" : "ill"
            rows +=
                "<li class=\"\(mood)\"><span class=\"lamp\" aria-hidden=\"true\"></span>\(Timeline.clock(end.time)) \(end.text)</li>\n"
        }
        let list: Markup = program.pid == 0 && ends.isEmpty ? "<p>It has not run yet.</p>\n" : "<ol>\n\(rows)</ol>\n"
        let note: Markup =
            ends.count < RunHistory.mostEndings
            ? "" : " init keeps the last \(RunHistory.mostEndings) ends of a program."
        return Self.card(
            "runs", "Runs",
            "\(list)<p class=\"note\">\(Markup.count(program.restarts, "restart")) by init.\(note)</p>\n")
    }

    // MARK: Logs and processes

    private var lastLines: Markup {
        var parts = Markup()
        for (channel, log) in logs {
            let address = "tail.html?processname=\(FormFields.quoted(program.fullName))&channel=\(channel.rawValue)"
            switch log {
            case .text(let bytes):
                let text = LastLines.plain(bytes)
                let body: Markup =
                    text.isEmpty
                    ? "<p class=\"note\">No output yet.</p>"
                    : "<pre tabindex=\"0\" aria-label=\"End of \(channel.rawValue)\">\(Markup.text(text))</pre>"
                parts += "<h3><a href=\"\(address)\">\(channel.rawValue)</a></h3>\n\(body)\n"
            case .refused(let reason): parts += "<h3>\(channel.rawValue)</h3>\n<p class=\"note\">\(reason)</p>\n"
            }
        }
        return Self.card("lines", "Last lines", parts)
    }

    private var tree: Markup {
        guard let processes else { return "" }
        return Self.card(
            "tree", Markup.count(processes.count, "process", "processes"),
            "<ul class=\"tree\">\(processes.markup)</ul>\n")
    }

    // MARK: Configuration

    private var settings: Markup {
        guard case .object(let members) = configuration else {
            return Self.card("settings", "Configuration", "<p class=\"note\">init didn’t tell its configuration.</p>\n")
        }
        var rows = Markup()
        for member in members {
            var value = Self.text(member.value)
            if member.value == .string("AUTO"), let file = logFiles[member.name], !file.isEmpty { value += ": \(file)" }
            rows += "<tr><th scope=\"row\">\(member.name)</th><td>\(value)</td></tr>\n"
        }
        return Self.card(
            "settings", "Configuration",
            """
            <table><thead class="heard"><tr><th scope="col">Key</th><th scope="col">Value</th></tr></thead><tbody>
            \(rows)</tbody></table>
            <p class="note">What it runs with: every key of supervisord’s, and those of Reeve’s own that are set. Of the \
            environment only the names.</p>

            """)
    }

    private static func text(_ value: JSON) -> Markup {
        switch value {
        case .null: "none"
        case .bool(let flag): "\(flag ? "true" : "false")"
        case .int(let number): "\(number)"
        case .double(let number): "\("\(number)")"
        case .string(let text): "\(text)"
        case .array(let values): list(values.map(text), ", ")
        case .object(let members): list(members.map { "\($0.name)=\(text($0.value))" }, "<br>")
        }
    }

    private static func list(_ items: [Markup], _ separator: Markup) -> Markup {
        items.enumerated().reduce(into: Markup()) { $0 += $1.offset > 0 ? "\(separator)\($1.element)" : $1.element }
    }
}
