import Supervise

/// `/tail.html` and `/mainlog.html`: the end of a log; for a program's log with the program's state, buttons and
/// processes.
struct TailPage {
    enum Subject {
        case program(String, PageProgram?)
        /// The supervisor itself.
        case main
        /// Every program.
        case all
        /// A request that names no program.
        case nobody
    }

    let subject: Subject
    let identifier: String
    let channel: LogChannel
    /// stdout and stderr together, in place of `channel`.
    var isBoth = false
    /// The end of the log, or why there is none.
    let log: Log
    /// The requested number of bytes.
    let limit: Int
    var message: String?
    /// The program's process and its descendants; nil if they aren't visible.
    var processes: ProcessTree?

    enum Log {
        case text([UInt8])
        case refused(String)
    }

    var page: [UInt8] {
        let title: String
        switch subject {
        case .program(let name, _): title = "Supervisor tail of process \(name)"
        case .main: title = "Supervisor log"
        case .all: title = "All logs"
        case .nobody: title = "Supervisor tail of process None"
        }
        let isIll: Bool
        if case .program(_, let program?) = subject { isIll = program.health == .ill } else { isIll = false }
        return PageFrame(title: title, identifier: identifier, script: "tail.js", isIll: isIll).page(around: content)
    }

    private var content: Markup {
        let banner: Markup = message.map { "<p class=\"message\" role=\"status\">\($0)</p>\n" } ?? ""
        return "<main id=\"main\" class=\"tail\">\n\(banner)\(head)\(tree)\(viewer)</main>\n"
    }

    private var head: Markup {
        switch subject {
        case .main: return "<section class=\"subject\" id=\"subject\"><h1>Supervisor log</h1></section>\n"
        case .all: return "<section class=\"subject\" id=\"subject\"><h1>All logs</h1></section>\n"
        case .nobody: return "<section class=\"subject\" id=\"subject\"><h1>No process name found</h1></section>\n"
        case .program(let name, let program): return Self.head(name, program)
        }
    }

    /// The name of a program, its state and its buttons.
    static func head(_ name: String, _ program: PageProgram?) -> Markup {
        guard let program else { return "<section class=\"subject\" id=\"subject\"><h1>\(name)</h1></section>\n" }
        let why: Markup = program.reason.isEmpty ? "" : "<span class=\"why\">\(program.reason)</span>"
        let pid: Markup = program.pid == 0 ? "" : "<span class=\"pid\">pid \(program.pid)</span>"
        let isUp = program.state == .running || program.state == .starting
        return """
            <section class="subject" id="subject" data-name="\(name)">
            <h1>\(name)</h1>
            <p>\(StatusPage.badge(program)) \(why)\(StatusPage.age(program, isUp ? "" : "ago"))\(pid)\(StatusPage.history(program))</p>
            <p class="usage" data-usage="\(name)"></p>
            <div class="actions">\(StatusPage.buttons(program))</div>
            </section>

            """
    }

    /// What there is about a program.
    enum Tab: String, CaseIterable {
        case details, stdout, stderr, both

        func address(_ name: String, limit: Int? = nil) -> String {
            let page = self == .details ? "program.html" : "tail.html"
            let limit = limit.map { "&limit=\($0)" } ?? ""
            let more = self == .details || self == .stdout ? "" : "&channel=\(rawValue)"
            return "\(page)?processname=\(FormFields.quoted(name))\(self == .details ? "" : limit)\(more)"
        }
    }

    /// - Parameter limit: as the page has it.
    static func tabs(_ name: String, _ current: Tab, limit: Int? = nil) -> Markup {
        var links = Markup()
        for tab in Tab.allCases {
            let mark: Markup = tab == current ? " aria-current=\"page\"" : ""
            links += "<a href=\"\(tab.address(name, limit: limit))\"\(mark)>\(tab.rawValue)</a>\n"
        }
        return "<nav class=\"show\" aria-label=\"Of this program\">\(links)</nav>\n"
    }

    private var tab: Tab { isBoth ? .both : channel == .stderr ? .stderr : .stdout }

    private var tree: Markup {
        guard let processes else { return "" }
        let count = processes.count == 1 ? "1 process" : "\(processes.count) processes"
        return """
            <details class="processes" id="processes"><summary>\(count)</summary>
            <ul>\(processes.markup)</ul></details>

            """
    }

    private var viewer: Markup {
        let tabs: Markup
        var source: Markup = ""
        switch subject {
        case .nobody: return "<p class=\"refused\">No process name found</p>\n"
        case .main:
            tabs = ""
            source = "data-log=\"api/v1/log\""
        case .all:
            tabs = ""
            source = "data-log=\"api/v1/logs\" data-merged=\"programs\""
        case .program(let name, _):
            tabs = Self.tabs(name, tab, limit: limit)
            let path = "api/v1/processes/\(Self.segment(name))/logs"
            source =
                isBoth
                ? "data-log=\"\(path)\" data-merged=\"streams\"" : "data-log=\"\(path)/\(channel.rawValue)\""
        }
        let body: Markup
        switch log {
        case .refused(let reason): body = "<p class=\"refused\">\(reason)</p>\n"
        case .text(let bytes):
            body = """
                <pre id="log" class="log" tabindex="0" aria-label="Log">\(Markup.text(LastLines.plain(bytes)))</pre>

                """
        }
        return """
            <section class="viewer" id="viewer" \(source)>
            <div class="tools">\(tabs)<a class="button" id="refresh" href="\(address)">Refresh</a></div>
            \(body)</section>

            """
    }

    private var address: String {
        switch subject {
        case .program(let name, _): tab.address(name, limit: limit)
        case .all: "logs.html"
        case .main, .nobody: "mainlog.html?limit=\(limit)"
        }
    }

    /// One segment of a path.
    private static func segment(_ name: String) -> String {
        FormFields.quoted(name).split(separator: "/", omittingEmptySubsequences: false).joined(separator: "%2F")
    }
}
