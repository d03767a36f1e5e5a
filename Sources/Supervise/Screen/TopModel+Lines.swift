// The lines of `ctl top`.

extension TopModel {
    /// All lines of the screen, from the top.
    public func lines(hasColours: Bool) -> [ScreenLine] {
        var lines: [ScreenLine]
        switch scene {
        case .table: lines = tableLines
        case .log(let name):
            lines = [logTitle(name)] + pane.page(columns: columns, rows: logRows, hasColours: hasColours)
        case .details(let name):
            lines = [ScreenLine("\(String(decoding: name, as: UTF8.self))", .bold)]
            lines += details.dropFirst(min(detailsTop, max(details.count - 1, 0))).prefix(logRows)
        case .help: lines = Self.help
        }
        lines = Array(lines.prefix(rows - 1))
        while lines.count < rows - 1 { lines.append(ScreenLine()) }
        return lines + [bottom]
    }

    /// The table without the bottom line, as `--once` prints it, too.
    public var tableLines: [ScreenLine] {
        var longest = 0
        for program in shown { longest = max(longest, StatusTable.width(program.name)) }
        let table = TopTable(longest: longest, width: columns, isUTF8: isUTF8)
        var lines = summary + [table.header(sortedBy: order, showsGraph: showsGraph)]
        for program in shown[top...] {
            guard lines.count < rows - 1 else { break }
            var line = table.line(program, isMarked: marked.contains(program.name), showsGraph: showsGraph)
            line.isSelected = program.name == selected
            lines.append(line)
            guard showsTree else { continue }
            for branch in program.tree { lines.append(table.line(branch)) }
        }
        if shown.isEmpty {
            lines.append(ScreenLine(programs.isEmpty ? "  there are no programs" : "  no program matches", .grey))
        }
        return lines
    }

    private func logTitle(_ name: [UInt8]) -> ScreenLine {
        var line = ScreenLine()
        line.add(name, .bold)
        line.add("  \(pane.count) lines")
        if let filter = pane.filter { line.add("  filter: ".bytes + filter.written, .yellow) }
        if pane.top != nil { line.add("  scrolled: End follows again", .yellow) }
        if isPaused { line.add("  paused", .yellow) }
        return line
    }

    // MARK: The bottom line

    private var bottom: ScreenLine {
        var line = ScreenLine()
        if let question {
            add(question, to: &line)
        } else if !message.utf8.isEmpty {
            line.add(message, .bold)
        } else {
            for (key, meaning) in keys {
                // The keys that don't fit are in the help.
                guard line.width + key.utf8CodeUnitCount + meaning.utf8CodeUnitCount + 2 < columns else { break }
                line.add("\(key)", .bold)
                line.add(" \(meaning)  ", .grey)
            }
        }
        return line
    }

    private func add(_ question: Question, to line: inout ScreenLine) {
        let cursor = "_".bytes
        switch question {
        case .confirm(let words): line.add("ctl \(Self.joined(words)) ? y/N", .bold)
        case .signal(let names):
            line.add("signal \(Self.joined(names)): ", .bold)
            for signal in Self.signals { line.add("\(Character(UnicodeScalar(signal.letter))) \(signal.name)  ") }
        case .filter(let text): line.add("programs that match (! inverts): ".bytes + text + cursor)
        case .search(let text): line.add("search: ".bytes + text + cursor)
        case .logFilter(let text): line.add("only lines that match (! inverts): ".bytes + text + cursor)
        case .file(let text): line.add("write to the file: ".bytes + text + cursor)
        }
    }

    private var keys: [(StaticString, StaticString)] {
        switch scene {
        case .table:
            let changing: [(StaticString, StaticString)] =
                isReadOnly
                ? [] : [("s", "start"), ("x", "stop"), ("r", "restart"), ("K", "signal"), ("R", "reload")]
            return [("?", "help"), ("q", "quit"), ("l", "log"), ("i", "info")] + changing
                + [("Space", "mark"), ("/", "filter"), ("o", "sort"), ("t", "tree"), ("c", "CPU"), ("p", "pause")]
        case .log:
            return [
                ("q", "back"), ("End", "follow"), ("/", "search"), ("n", "next"), ("f", "filter"), ("w", "wrap"),
                ("v", "pager"), ("S", "save"), ("?", "help"),
            ]
        case .details: return [("q", "back"), ("l", "log"), ("?", "help")]
        case .help: return [("q", "back")]
        }
    }

    private static let help: [ScreenLine] = {
        let rows: [(StaticString, StaticString)] = [
            ("up down j k PgUp PgDn", "select; g G, Home End: first, last"),
            ("Enter l", "the log of a program"), ("i", "what is known about it"),
            ("s x r R", "start, stop, restart, reload"), ("K", "send a signal"),
            ("Space", "mark: keys then act on all marked"), ("/", "filter by a regular expression, ! inverts"),
            ("o N T C M E U", "sort: next; name state CPU memory restarts uptime"),
            ("t c", "processes below programs; CPU over time"), ("p m Ctrl-L", "pause, mouse, draw again"),
            ("In the log:", ""), ("up down PgUp End", "scroll; End follows again"),
            ("/ n N f", "search, next, previous; only matching lines"),
            ("w left right", "wrap long lines; move sideways"), ("v S", "into $PAGER; into a file"),
            ("Esc q", "back; q in the table leaves. Ctrl-C leaves"),
        ]
        var lines: [ScreenLine] = []
        for (keys, meaning) in rows {
            var line = ScreenLine()
            line.column("\(keys)".bytes, 22, .bold)
            line.add("\(meaning)")
            lines.append(line)
        }
        return lines
    }()
}
