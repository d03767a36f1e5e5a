// What keys do in each view of `ctl top`, and the questions in its bottom line.

extension TopModel {
    // MARK: The table

    mutating func pressInTable(_ key: KeyPress) -> Command? {
        let here = place ?? 0
        switch key {
        case .up: select(here - 1)
        case .down: select(here + 1)
        case .pageUp, .control(UInt8(ascii: "b")): select(here - pageRows)
        case .pageDown, .control(UInt8(ascii: "f")): select(here + pageRows)
        case .home: select(0)
        case .end: select(Int.max)
        case .wheelUp: select(here - 3)
        case .wheelDown: select(here + 3)
        case .click(let row): if let place = program(atRow: row) { select(place) }
        case .control(UInt8(ascii: "m")), .control(UInt8(ascii: "j")): return openLog()
        case .character(let bytes): if bytes.count == 1 { return letterInTable(bytes[0], here) }
        case .control, .meta, .backspace, .delete, .left, .right, .wordLeft, .wordRight, .other: break
        }
        return nil
    }

    private mutating func letterInTable(_ letter: UInt8, _ here: Int) -> Command? {
        switch letter {
        case UInt8(ascii: "k"): select(here - 1)
        case UInt8(ascii: "j"): select(here + 1)
        case UInt8(ascii: "g"): select(0)
        case UInt8(ascii: "G"): select(Int.max)
        case UInt8(ascii: "l"): return openLog()
        case UInt8(ascii: "i"): if !selected.isEmpty { open(.details(name: selected)) }
        case UInt8(ascii: " "): toggleMark()
        case UInt8(ascii: "s"): return act("start", asks: false)
        case UInt8(ascii: "x"): return act("stop", asks: true)
        case UInt8(ascii: "r"): return act("restart", asks: true)
        case UInt8(ascii: "R"): return act("reload-program", asks: false)
        case UInt8(ascii: "K"): if let names = names() { question = .signal(names) }
        case UInt8(ascii: "/"): question = .filter(filter?.written ?? [])
        case UInt8(ascii: "n"): select(here + 1)
        case UInt8(ascii: "o"): sort(by: order.next)
        case UInt8(ascii: "t"): toggleTree()
        case UInt8(ascii: "c"): toggleGraph()
        case UInt8(ascii: "p"): togglePause()
        case UInt8(ascii: "q"): return .quit
        default: for order in TopOrder.allCases where order.key == letter { sort(by: order) }
        }
        return nil
    }

    private mutating func sort(by order: TopOrder) {
        self.order = order
        arrange()
        message = "sorted by \(order.word)"
    }

    private mutating func openLog() -> Command? {
        guard !selected.isEmpty else { return nil }
        pane = LogPane()
        open(.log(name: selected))
        return .follow(selected)
    }

    /// Those that a key is about: all marked ones, or the selected one.
    private mutating func names() -> [[UInt8]]? {
        guard !isReadOnly else {
            message = "--read-only: nothing is changed"
            return nil
        }
        let names = marked.isEmpty ? [selected] : marked
        return selected.isEmpty ? nil : names
    }

    private mutating func act(_ action: StaticString, asks: Bool) -> Command? {
        guard let names = names() else { return nil }
        let words = ["\(action)".bytes] + names
        guard asks else { return run(words) }
        question = .confirm(words)
        return nil
    }

    private mutating func run(_ words: [[UInt8]]) -> Command {
        message = "ctl \(Self.joined(words)) ..."
        return .run(words)
    }

    static func joined(_ words: [[UInt8]]) -> String {
        var text = ""
        for word in words { text += (text.utf8.isEmpty ? "" : " ") + String(decoding: word, as: UTF8.self) }
        return text
    }

    // MARK: The log

    /// Rows of the log: without its title and the bottom line.
    var logRows: Int { max(rows - 2, 1) }

    mutating func pressInLog(_ key: KeyPress) -> Command? {
        switch key {
        case .up, .wheelUp: pane.scroll(by: key == .up ? -1 : -3, page: logRows)
        case .down, .wheelDown: pane.scroll(by: key == .down ? 1 : 3, page: logRows)
        case .pageUp, .control(UInt8(ascii: "b")): pane.scroll(by: -logRows, page: logRows)
        case .pageDown, .control(UInt8(ascii: "f")): pane.scroll(by: logRows, page: logRows)
        case .home: pane.toStart()
        case .end: pane.toEnd()
        case .left: pane.shift(by: -8)
        case .right: pane.shift(by: 8)
        case .character(let bytes): if bytes.count == 1 { return letterInLog(bytes[0]) }
        case .control, .meta, .backspace, .delete, .wordLeft, .wordRight, .click, .other: break
        }
        return nil
    }

    private mutating func letterInLog(_ letter: UInt8) -> Command? {
        switch letter {
        case UInt8(ascii: "k"): pane.scroll(by: -1, page: logRows)
        case UInt8(ascii: "j"): pane.scroll(by: 1, page: logRows)
        case UInt8(ascii: "g"): pane.toStart()
        case UInt8(ascii: "G"): pane.toEnd()
        case UInt8(ascii: " "): pane.scroll(by: logRows, page: logRows)
        case UInt8(ascii: "w"): pane.toggleWrap()
        case UInt8(ascii: "/"): question = .search(pane.sought?.written ?? [])
        case UInt8(ascii: "f"): question = .logFilter(pane.filter?.written ?? [])
        case UInt8(ascii: "n"): find(isForward: true)
        case UInt8(ascii: "N"): find(isForward: false)
        case UInt8(ascii: "p"): togglePause()
        case UInt8(ascii: "v"): return .page
        case UInt8(ascii: "S"): question = .file([])
        case UInt8(ascii: "q"): return back()
        default: break
        }
        return nil
    }

    private mutating func find(isForward: Bool) {
        if pane.sought == nil {
            message = "nothing is looked for: / begins"
        } else if !pane.find(isForward: isForward, page: logRows) {
            message = isForward ? "no further line has it" : "no earlier line has it"
        }
    }

    mutating func pressInDetails(_ key: KeyPress) -> Command? {
        let last = max(details.count - logRows, 0)
        switch key {
        case .up, .wheelUp, .character([UInt8(ascii: "k")]): detailsTop = max(detailsTop - 1, 0)
        case .down, .wheelDown, .character([UInt8(ascii: "j")]): detailsTop = min(detailsTop + 1, last)
        case .pageUp: detailsTop = max(detailsTop - logRows, 0)
        case .pageDown: detailsTop = min(detailsTop + logRows, last)
        case .home: detailsTop = 0
        case .end: detailsTop = last
        case .character([UInt8(ascii: "q")]), .character([UInt8(ascii: "i")]):
            detailsTop = 0
            return back()
        case .character([UInt8(ascii: "l")]): return openLog()
        case .control, .meta, .backspace, .delete, .left, .right, .wordLeft, .wordRight, .click, .character, .other:
            break
        }
        return nil
    }

    // MARK: Questions

    /// The signals that `K` offers, by letter.
    static let signals: [(letter: UInt8, name: StaticString)] = [
        (UInt8(ascii: "t"), "TERM"), (UInt8(ascii: "i"), "INT"), (UInt8(ascii: "h"), "HUP"),
        (UInt8(ascii: "1"), "USR1"),
        (UInt8(ascii: "2"), "USR2"), (UInt8(ascii: "q"), "QUIT"), (UInt8(ascii: "k"), "KILL"),
    ]

    mutating func answer(_ key: KeyPress) -> Command? {
        guard let asked = question else { return nil }
        switch asked {
        case .confirm(let words):
            question = nil
            if key == .character([UInt8(ascii: "y")]) || key == .character([UInt8(ascii: "Y")]) { return run(words) }
            message = "nothing was done"
        case .signal(let names):
            question = nil
            guard case .character(let bytes) = key, let chosen = Self.signals.first(where: { [$0.letter] == bytes })
            else {
                message = "nothing was sent"
                return nil
            }
            let words = ["signal".bytes, "\(chosen.name)".bytes] + names
            guard chosen.letter == UInt8(ascii: "k") else { return run(words) }
            question = .confirm(words)
        case .filter(let text):
            question = nil
            if let next = Self.edited(text, key) {
                question = .filter(next)
                setFilter(next)
            }
        case .search(let text): edit(text, key, { .search($0) }, { $0.search(for: $1) })
        case .logFilter(let text):
            edit(text, key, { .logFilter($0) }, { $0.pane.setFilter(TextPattern($1, expression: $0.expression)) })
        case .file(let text):
            question = Self.edited(text, key).map { .file($0) }
            if question == nil, !text.isEmpty { return .save(text) }
        }
        return nil
    }

    private mutating func search(for text: [UInt8]) {
        pane.setSought(TextPattern(text, expression: expression))
        if pane.sought != nil, !pane.find(isForward: false, page: logRows), !pane.find(isForward: true, page: logRows) {
            message = "no line has it"
        }
    }

    /// Enter ends it.
    private mutating func edit(
        _ text: [UInt8], _ key: KeyPress, _ again: ([UInt8]) -> Question, _ done: (inout TopModel, [UInt8]) -> Void
    ) {
        question = Self.edited(text, key).map(again)
        if question == nil { done(&self, text) }
    }

    /// nil after Enter.
    private static func edited(_ text: [UInt8], _ key: KeyPress) -> [UInt8]? {
        var text = text
        switch key {
        case .character(let bytes): text += bytes
        case .backspace: while let last = text.popLast(), last & 0xC0 == 0x80 { continue }
        case .control(UInt8(ascii: "u")): text = []
        case .control(UInt8(ascii: "m")), .control(UInt8(ascii: "j")): return nil
        case .control, .meta, .delete, .left, .right, .up, .down, .home, .end, .wordLeft, .wordRight, .pageUp,
            .pageDown,
            .click, .wheelUp, .wheelDown, .other:
            break
        }
        return text
    }
}
