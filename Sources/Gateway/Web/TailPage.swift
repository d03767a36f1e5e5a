import Supervise

/// `/tail.html` and `/mainlog.html`: the end of a log; for a program's log with the program's state, buttons and
/// processes.
struct TailPage {
    enum Subject {
        case program(String, PageProgram?)
        /// The supervisor itself.
        case main
        /// A request that names no program.
        case nobody
    }

    let subject: Subject
    let identifier: String
    let channel: LogChannel
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
        case .nobody: return "<section class=\"subject\" id=\"subject\"><h1>No process name found</h1></section>\n"
        case .program(let name, let program):
            guard let program else {
                return "<section class=\"subject\" id=\"subject\"><h1>\(name)</h1></section>\n"
            }
            let why: Markup = program.reason.isEmpty ? "" : "<span class=\"why\">\(program.reason)</span>"
            let pid: Markup = program.pid == 0 ? "" : "<span class=\"pid\">pid \(program.pid)</span>"
            let isUp = program.state == .running || program.state == .starting
            return """
                <section class="subject" id="subject" data-name="\(name)">
                <h1>\(name)</h1>
                <p>\(StatusPage.badge(program)) \(why)\(StatusPage.age(program, isUp ? "" : "ago"))\(pid)\(StatusPage.history(program))</p>
                <div class="actions">\(StatusPage.buttons(program))</div>
                </section>

                """
        }
    }

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
        case .program(let name, _):
            tabs = "<nav class=\"show\" aria-label=\"Log\">\(tab(name, .stdout))\(tab(name, .stderr))</nav>\n"
            let path = "api/v1/processes/\(Self.segment(name))/logs/\(channel.rawValue)"
            source = "data-log=\"\(path)\""
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
            <div class="tools">\(tabs)<a class="button" id="refresh" href="\(address(channel))">Refresh</a></div>
            \(body)</section>

            """
    }

    private func tab(_ name: String, _ other: LogChannel) -> Markup {
        let current: Markup = other == channel ? " aria-current=\"true\"" : ""
        return "<a href=\"\(address(other))\"\(current)>\(other.rawValue)</a>\n"
    }

    private func address(_ channel: LogChannel) -> String {
        guard case .program(let name, _) = subject else { return "mainlog.html?limit=\(limit)" }
        let more = channel == .stderr ? "&channel=stderr" : ""
        return "tail.html?processname=\(FormFields.quoted(name))&limit=\(limit)\(more)"
    }

    /// One segment of a path.
    private static func segment(_ name: String) -> String {
        FormFields.quoted(name).split(separator: "/", omittingEmptySubsequences: false).joined(separator: "%2F")
    }
}
