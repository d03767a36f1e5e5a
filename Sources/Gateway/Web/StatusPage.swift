import Supervise

/// `/`: which programs are healthy, which are not and why, and the buttons.
struct StatusPage {
    /// All of them, by group and name; nil during a shutdown, when the supervisor reports no programs.
    let programs: [PageProgram]?
    let identifier: String
    /// The result of the previous action, from the address.
    var message: String?
    /// Shows only programs whose name contains this.
    var filter = ""
    /// Shows only programs of this health; nil: all.
    var show: PageProgram.Attention?
    /// Writes only these rows; empty: all. For the script, which knows the others.
    var only: Set<String> = []
    /// The last lines of failed programs.
    var lastLines: [String: [UInt8]] = [:]

    /// Those of the table: what `pieces` has, which takes long with thousands of programs.
    var rows = Markup()
    /// What has happened; nil: the script has asked for the rest only.
    var timeline: Timeline?

    /// The most programs that are listed above the table, with their last lines; further ones are only counted.
    static let mostIll = 6

    var ill: [PageProgram] { (programs ?? []).filter { $0.health == .ill } }

    var page: [UInt8] {
        PageFrame(title: verdict, identifier: identifier, script: "status.js", isIll: !ill.isEmpty)
            .page(around: content)
    }

    /// The part that the script replaces after a change.
    var content: Markup {
        let total = programs?.count ?? 0
        return """
            <main id="main" data-total="\(total)" data-title="\(verdict)">
            \(banner)\(head)\(attention)\(total == 0 ? "" : tools)\(table)\(timeline?.markup ?? "")</main>

            """
    }

    // MARK: The verdict

    private func count(_ health: PageProgram.Attention) -> Int { (programs ?? []).filter { $0.health == health }.count }

    private var mood: String {
        guard let programs else { return "moving" }
        if count(.ill) > 0 { return "ill" }
        if count(.moving) > 0 { return "moving" }
        return programs.isEmpty || count(.well) == 0 ? "resting" : "well"
    }

    private var verdict: String {
        guard let programs else { return "Shutting down" }
        let (ill, moving, resting, well) = (count(.ill), count(.moving), count(.resting), count(.well))
        if programs.isEmpty { return "No programs to manage" }
        if ill > 0 {
            return programs.count == 1
                ? "The program needs attention"
                : "\(ill) of \(programs.count) programs need\(ill == 1 ? "s" : "") attention"
        }
        if moving > 0 { return "\(Markup.count(moving, "program")) \(moving == 1 ? "is" : "are") changing" }
        if well == 0 { return "No program is running" }
        if resting > 0 { return "All is well" }
        return well == 1 ? "The program is running" : "All \(well) programs are running"
    }

    private var head: Markup {
        let all: Markup =
            programs?.isEmpty ?? true
            ? ""
            : """
            <form class="all" method="post" action="index.html">
            <button name="action" value="startall">Start all</button>
            <button type="button" popovertarget="sure-restartall">Restart all</button>
            <button type="button" popovertarget="sure-stopall">Stop all</button>
            <div class="sure" id="sure-restartall" popover><p>Restart all \(Markup.count(programs?.count ?? 0, "program"))?</p>
            <button name="action" value="restartall" class="grave">Restart all</button>
            <button type="button" popovertarget="sure-restartall" popovertargetaction="hide">Cancel</button></div>
            <div class="sure" id="sure-stopall" popover><p>Stop all \(Markup.count(programs?.count ?? 0, "program"))?</p>
            <button name="action" value="stopall" class="grave">Stop all</button>
            <button type="button" popovertarget="sure-stopall" popovertargetaction="hide">Cancel</button></div>
            </form>

            """
        return """
            <section class="verdict \(mood)" id="verdict">
            <h1><span class="lamp" aria-hidden="true"></span>\(verdict)</h1>
            \(all)</section>

            """
    }

    private var banner: Markup {
        guard let message else { return "" }
        let isError = ["ERROR", "unexpected", "No such"].contains { message.hasPrefix($0) }
        return "<p class=\"message\(isError ? " error" : "")\" role=\"status\">\(message)</p>\n"
    }

    // MARK: What is wrong

    private var attention: Markup {
        let ill = self.ill
        guard !ill.isEmpty else { return "" }
        var items = Markup()
        for program in ill.prefix(Self.mostIll) {
            let lines: Markup =
                lastLines[program.fullName].map { "<pre>\(Markup.text($0))</pre>" } ?? ""
            items += """
                <li id="ill-\(program.fullName)"><p><a href="\(Self.tail(program))">\(program.fullName)</a> \
                \(Self.badge(program)) <span class="why">\(program.reason)</span>\(Self.age(program, program.state == .running ? "" : "ago"))\
                \(Self.history(program))</p>\(lines)</li>

                """
        }
        let more: Markup =
            ill.count > Self.mostIll
            ? "<p><a href=\"?show=ill\" data-show=\"ill\">and \(ill.count - Self.mostIll) more</a></p>\n" : ""
        return """
            <section class="attention" id="attention" aria-label="Programs that need attention">
            <ul>
            \(items)</ul>
            \(more)</section>

            """
    }

    // MARK: The programs

    private var tools: Markup {
        let names: [(PageProgram.Attention, String)] = [
            (.ill, count(.ill) == 1 ? "needs attention" : "need attention"), (.moving, "changing"), (.well, "running"),
            (.resting, "stopped"),
        ]
        var links: Markup = Self.showLink(nil, "All \(programs?.count ?? 0)", show)
        for (health, words) in names where count(health) > 0 {
            links += Self.showLink(health, "\(count(health)) \(words)", show)
        }
        return """
            <div class="tools" id="tools">
            <nav class="show" aria-label="Show">\(links)</nav>
            <form class="filter" method="get" action="./" role="search">
            <input type="search" name="filter" id="filter" value="\(filter)" placeholder="Filter by name" \
            aria-label="Filter by name" autocomplete="off" spellcheck="false"></form>
            </div>

            """
    }

    private static func showLink(_ health: PageProgram.Attention?, _ words: String, _ shown: PageProgram.Attention?)
        -> Markup
    {
        let name = health?.rawValue ?? "all"
        let current: Markup = health == shown ? " aria-current=\"true\"" : ""
        let lamp: Markup = health.map { "<span class=\"lamp \($0.rawValue)\" aria-hidden=\"true\"></span>" } ?? ""
        return
            "<a href=\"\(health == nil ? "./" : "?show=\(name)")\" data-show=\"\(name)\"\(current)>\(lamp)\(words)</a>\n"
    }
}
