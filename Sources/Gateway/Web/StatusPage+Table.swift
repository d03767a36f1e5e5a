import Supervise

/// The table of programs, in groups.
extension StatusPage {
    private var shown: [PageProgram] {
        (programs ?? []).filter { program in
            (show == nil || program.health == show)
                && (filter.isEmpty || program.fullName.lowercased().includes(filter.lowercased()))
                && (only.isEmpty || only.contains(program.fullName))
        }
    }

    /// A row, or what stands around rows.
    enum Piece {
        case begin(group: String, whole: ArraySlice<PageProgram>)
        case row(PageProgram)
        case end

        var markup: Markup {
            switch self {
            case .begin(let group, let whole):
                let isGroup = whole.count > 1 || whole.contains { $0.group != $0.name }
                return """
                    <tbody data-group="\(group)"\(isGroup ? " class=\"group\"" as Markup : "")>
                    \(isGroup ? StatusPage.heading(group, whole) : "")
                    """
            case .row(let program): return StatusPage.row(program)
            case .end: return "</tbody>\n"
            }
        }
    }

    var pieces: [Piece] {
        var all: [String: ArraySlice<PageProgram>] = [:]
        for members in Self.groups(programs ?? []) { all[members.first?.group ?? ""] = members }
        var pieces: [Piece] = []
        for members in Self.groups(shown) {
            guard let group = members.first?.group else { continue }
            pieces.append(.begin(group: group, whole: all[group] ?? members))
            for program in members { pieces.append(.row(program)) }
            pieces.append(.end)
        }
        return pieces
    }

    var table: Markup {
        guard let programs, !programs.isEmpty else { return "" }
        return """
            <table id="programs">
            <thead><tr><th scope="col">Program</th><th scope="col">State</th><th scope="col" class="usage">Processor and memory</th>\
            <th scope="col">Actions</th></tr></thead>
            \(rows)</table>
            <p class="nothing" id="nothing"\(shown.isEmpty && only.isEmpty ? "" : " hidden")>No program matches.</p>

            """
    }

    /// They are sorted by group.
    private static func groups(_ programs: [PageProgram]) -> [ArraySlice<PageProgram>] {
        var groups: [ArraySlice<PageProgram>] = []
        var rest = programs[...]
        while let first = rest.first {
            let members = rest.prefix { $0.group == first.group }
            groups.append(members)
            rest = rest.dropFirst(members.count)
        }
        return groups
    }

    /// - Parameter members: all of them, also those that aren't shown.
    fileprivate static func heading(_ group: String, _ members: ArraySlice<PageProgram>) -> Markup {
        var words: [String] = []
        for (health, word) in [
            (PageProgram.Attention.ill, "ill"), (.moving, "changing"), (.well, "running"), (.resting, "stopped"),
        ] {
            let count = members.count { $0.health == health }
            if count > 0 { words.append("\(count) \(word)") }
        }
        let worst =
            [PageProgram.Attention.ill, .moving, .well].first { health in members.contains { $0.health == health } }
            ?? .resting
        return """
            <tr class="heading" id="group-\(group)"><th colspan="3" scope="rowgroup">\
            <button type="button" class="fold" aria-expanded="true" aria-label="Programs of \(group)"></button>\
            <span class="badge \(worst.rawValue)"><span class="lamp" aria-hidden="true"></span></span> \
            <b>\(group)</b> <span class="sum">\(words.joined(separator: ", "))</span></th>
            <td class="actions">\(buttons(ofGroup: group, members))</td></tr>

            """
    }

    fileprivate static func row(_ program: PageProgram) -> Markup {
        let name = program.fullName
        let why: Markup = program.reason.isEmpty ? "" : "<span class=\"why\">\(program.reason)</span>"
        let pid: Markup = program.pid == 0 ? "" : "<span class=\"pid\">pid \(program.pid)</span>"
        let isUp = program.state == .running || program.state == .starting
        return """
            <tr id="row-\(name)" data-name="\(name)" data-health="\(program.health.rawValue)">
            <th scope="row"><a href="\(tail(program))">\(shortName(program))</a></th>
            <td>\(badge(program)) \(why)\(age(program, isUp ? "" : "ago"))\(pid)\(history(program))</td>
            <td class="usage" data-usage="\(name)"></td>
            <td class="actions">\(buttons(program))</td>
            </tr>

            """
    }

    private static func shortName(_ program: PageProgram) -> Markup {
        program.group == program.name
            ? "\(program.name)" : "<span class=\"of\">\(program.group):</span>\(program.name)"
    }

    static func tail(_ program: PageProgram) -> String {
        "tail.html?processname=\(FormFields.quoted(program.fullName))"
    }

    static func badge(_ program: PageProgram) -> Markup {
        "<span class=\"badge \(program.health.rawValue)\"><span class=\"lamp\" aria-hidden=\"true\"></span>\(program.word)</span>"
    }

    /// The script lets it grow.
    static func age(_ program: PageProgram, _ suffix: String) -> Markup {
        guard let age = program.age else { return "" }
        let after: Markup = suffix.isEmpty ? "" : " \(suffix)"
        return " <span class=\"age\"><time data-age=\"\(age)\">\(Age.text(age))</time>\(after)</span> "
    }

    static func buttons(_ program: PageProgram) -> Markup {
        let name = program.fullName
        var buttons = Markup()
        if program.canStart { buttons += button("start", "Start", name) }
        if program.state == .running { buttons += button("restart", "Restart", name) }
        if program.canStop { buttons += button("stop", "Stop", name) }
        buttons += button("clearlog", "Clear log", name, asks: true)
        return """
            <form method="post" action="index.html"><input type="hidden" name="processname" value="\(name)">\(buttons)</form>
            """
    }

    private static func buttons(ofGroup group: String, _ members: ArraySlice<PageProgram>) -> Markup {
        var buttons = Markup()
        if members.contains(where: \.canStart) { buttons += button("startgroup", "Start", group) }
        if members.contains(where: { $0.state == .running }) {
            buttons += button("restartgroup", "Restart", group, asks: true)
        }
        if members.contains(where: \.canStop) { buttons += button("stopgroup", "Stop", group, asks: true) }
        return """
            <form method="post" action="index.html"><input type="hidden" name="groupname" value="\(group)">\(buttons)</form>
            """
    }

    /// - Parameter asks: needs a confirmation: from the script, or without it from the page that a GET leads to.
    private static func button(_ action: String, _ word: String, _ name: String, asks: Bool = false) -> Markup {
        """
        <button name="action" value="\(action)" aria-label="\(word) \(name)"\(asks ? " formmethod=\"get\"" as Markup : "")>\(word)</button>
        """
    }
}
