import Testing

@testable import Supervise

/// Types `keys`, and shows the line with `|` for the cursor, then what the last key requested.
private func typed(_ keys: String, history: [String] = [], matches: [String] = []) -> String {
    var editor = LineEditor(history: LineHistory(file: history.flatMap { Array($0.utf8) + [10] }))
    var said = ""
    for byte in keys.utf8 {
        switch editor.take(byte) {
        case .show, .nothing: said = ""
        case .refuse: said = " bell"
        case .enter(let line):
            said = " enter(\(String(decoding: line, as: UTF8.self)))"
            editor.remember(line)
            editor.begin()
        case .end: said = " end"
        case .clear: said = " clear"
        case .findCompletions:
            let word = String(decoding: editor.word, as: UTF8.self)
            let (reaction, list) = editor.complete(matches.filter { $0.hasPrefix(word) }.map { Array($0.utf8) })
            said = reaction == .refuse ? " bell" : ""
            if !list.isEmpty {
                said += " [" + list.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",") + "]"
            }
        }
    }
    let text =
        String(decoding: editor.text[..<editor.cursor], as: UTF8.self) + "|"
        + String(decoding: editor.text[editor.cursor...], as: UTF8.self)
    guard let search = editor.search else { return text + said }
    return "(\(search.hasFailed ? "failed " : "")\(String(decoding: search.wanted, as: UTF8.self))) \(text)\(said)"
}

private let esc = "\u{1B}"
private let (left, right, up, down) = ("\(esc)[D", "\(esc)[C", "\(esc)[A", "\(esc)[B")
private let (tab, bell) = ("\t", " bell")

@Suite struct LineEditorTests {
    @Test(arguments: [
        ("", "|"), ("abc", "abc|"), ("abc\(left)\(left)x", "ax|bc"), ("ab\(esc)ODx", "ax|b"), ("ab\u{2}x", "ax|b"),
        ("ab\u{1}x", "x|ab"), ("ab\(esc)[H\(esc)[Fx", "abx|"), ("ab\(esc)[1~x", "x|ab"),
        ("ab\(esc)[7~\(esc)[8~x", "abx|"), ("ab\(esc)OHx", "x|ab"), ("ab\u{1}\u{5}x", "abx|"),
        ("ab\u{1}\u{6}x", "ax|b"),
        ("abc\u{7F}", "ab|"), ("abc\u{8}", "ab|"), ("\u{7F}", "| bell"), ("abc\(left)\u{4}", "ab|"),
        ("abc\u{4}", "abc| bell"),
        ("\u{4}", "| end"), ("abc\u{1}\(esc)[3~", "|bc"), ("one two\u{17}", "one |"), ("a:b \u{17}", "|"),
        ("\u{17}", "| bell"),
        ("one two\u{1}\u{B}", "|"), ("one two\(left)\(left)\u{B}", "one t|"), ("one two\(left)\u{15}", "|o"),
        ("one two\u{17}\u{17}\u{19}", "one two|"), ("one two\u{17}x\u{19}", "one xtwo|"),
        ("ab\(left)\u{B}\u{1}\u{19}", "b|a"),
        ("one two\(esc)b", "one |two"), ("one two\(esc)[1;5D\(esc)[1;5D", "|one two"),
        ("one two\u{1}\(esc)f", "one| two"),
        ("one two\u{1}\(esc)d", "| two"), ("one two\(esc)\u{7F}", "one |"), ("ab\u{14}", "ba|"),
        ("abc\(left)\u{14}", "acb|"),
        ("a\u{14}", "a| bell"), ("ab\u{C}", "ab| clear"), ("stop x\n", "| enter(stop x)"), ("a\r", "| enter(a)"),
        ("\n", "| enter()"), ("ab\(left)c\n", "| enter(acb)"), ("a\(esc)[15~b", "ab|"), ("a\(esc)[[Ab", "ab|"),
        ("a\(esc)[200~b", "ab|"), ("a\u{0}\u{1C}b", "ab|"),
    ])
    func keys(_ keys: String, _ expected: String) {
        #expect(typed(keys) == expected, "\(keys.debugDescription)")
    }

    @Test(arguments: [
        ("é\(left)x", "x|é"), ("aé日\u{7F}", "aé|"), ("aé日\(left)\(left)\u{4}", "a|日"), ("é日\u{14}", "日é|"),
        ("日本\u{17}", "|"),
    ])
    func charactersOfSeveralBytes(_ keys: String, _ expected: String) { #expect(typed(keys) == expected) }

    @Test(arguments: [
        ("\(up)", "two|"), ("\(up)\(up)", "one|"), ("\(up)\(up)\(up)", "one| bell"), ("new\(up)\(down)", "new|"),
        ("\(down)", "| bell"), ("\u{10}\u{10}\u{E}", "two|"), ("\(esc)<", "one|"), ("\(esc)<\(esc)>", "|"),
        ("\(up)x\n\(up)", "twox|"), ("two\n\(up)\(up)", "one|"), ("three\n\n\(up)\(up)", "two|"),
    ])
    func historyLines(_ keys: String, _ expected: String) { #expect(typed(keys, history: ["one", "two"]) == expected) }

    @Test(arguments: [
        ("\u{12}", "() |"), ("\u{12}st", "(st) |stop web"), ("\u{12}st\u{12}", "(st) |start web"),
        ("\u{12}st\u{12}\u{12}", "(failed st) |start web"), ("\u{12}sta", "(sta) |start web"),
        ("\u{12}web", "(web) stop |web"),
        ("\u{12}zz", "(failed zz) |"), ("\u{12}st\n", "| enter(stop web)"), ("x\u{12}st\u{7}", "x|"),
        ("\u{12}st\u{5}x", "stop webx|"), ("\u{12}stax\u{7F}", "(sta) |start web"), ("\u{12}st\(up)", "start web|"),
        ("\u{12}pid\(left)", "|pid"), ("\(up)\(up)\u{12}st", "(st) |start web"),
    ])
    func search(_ keys: String, _ expected: String) {
        #expect(typed(keys, history: ["pid", "start web", "stop web"]) == expected)
    }

    @Test(arguments: [
        ("he\(tab)", "help |"), ("st\(tab)", "st| bell"), ("st\(tab)\(tab)", "st| [start ,status ,stop ]"),
        ("sta\(tab)", "sta| bell"),
        ("x\(tab)", "x| bell"), ("x\(tab)\(tab)", "x| bell"), ("stop pa\(tab)", "stop pair:|"),
        ("stop pa\(tab)\(tab)", "stop pair:| bell"), ("stop pa\(tab)\(tab)\(tab)", "stop pair:| [pair:one ,pair:* ]"),
        ("stop pair:o\(tab)", "stop pair:one |"), ("stop my-\(tab)", "stop my-web |"),
        ("stop\(left)\(left)\(tab)", "st|op bell"),
        ("st\(tab)a\(tab)", "sta| bell"), ("(he\(tab)", "(help |"), ("", "|"),
    ])
    func completion(_ keys: String, _ expected: String) {
        let words = ["help ", "start ", "status ", "stop ", "pair:one ", "pair:* ", "my-web "]
        #expect(typed(keys, matches: words) == expected)
    }

    @Test func aLineIsBounded() {
        var editor = LineEditor()
        for _ in 0..<(LineEditor.longest + 10) { _ = editor.press(.character([97])) }
        #expect(editor.text.count == LineEditor.longest)
        #expect(editor.press(.character([97])) == .refuse)
    }

    @Test func anyBytesAreTaken() {
        var generator = SystemRandomNumberGenerator()
        var editor = LineEditor(history: LineHistory(file: Array("one\ntwo words\n".utf8)))
        var view = LineView()
        for _ in 0..<50_000 {
            let byte = Bool.random(using: &generator) ? UInt8.random(in: 0...255) : UInt8.random(in: 0...31)
            if case .enter(let line) = editor.take(byte) {
                editor.remember(line)
                editor.begin()
            }
            if editor.text.count > 200 { editor.begin() }
            #expect(editor.cursor >= 0 && editor.cursor <= editor.text.count)
            _ = view.draw(prompt: Array("> ".utf8), text: editor.text, cursor: editor.cursor, columns: Int(byte % 9))
        }
    }
}

@Suite struct LineHistoryTests {
    @Test(arguments: [
        ("", [], ""), ("a\nb\n", [], "a\nb\n"), ("a\nb", ["c"], "a\nb\nc\n"),
        ("a\n", ["a", "b", "b", "", "a"], "a\nb\na\n"),
        ("a\n\n\na\na\n", [], "a\na\na\n"),
    ])
    func file(_ file: String, _ lines: [String], _ expected: String) {
        var history = LineHistory(file: Array(file.utf8))
        for line in lines { history.add(Array(line.utf8)) }
        #expect(String(decoding: history.file, as: UTF8.self) == expected)
        #expect(history.hasChanged == (expected != file.replacing("\n\n\n", with: "\n")))
    }

    @Test func itIsBounded() {
        var history = LineHistory()
        for number in 0..<(LineHistory.limit + 5) { history.add(Array("\(number)".utf8)) }
        #expect(history.lines.count == LineHistory.limit)
        #expect(history.lines.first == Array("5".utf8))
        let long = [UInt8](repeating: 97, count: LineHistory.longestFile - 4) + Array("\nend".utf8)
        #expect(LineHistory(file: long).lines == [Array("end".utf8)])
    }
}

/// A terminal that understands what `LineView` sends.
private struct Screen {
    var rows: [[String]] = [[]]
    var (row, column) = (0, 0)
    let columns: Int

    init(columns: Int) { self.columns = columns }

    mutating func take(_ bytes: [UInt8]) {
        var rest = Substring(String(decoding: bytes, as: UTF8.self))
        while let character = rest.unicodeScalars.popFirst() {
            switch character {
            case "\r": column = 0
            case "\n": down()
            case "\u{1B}":
                rest.removeFirst()
                let number = Int(rest.prefix { $0.isNumber }) ?? 1
                rest = rest.drop { $0.isNumber }
                switch rest.removeFirst() {
                case "A": row -= number
                case "C": column += number
                case "J":
                    rows.removeLast(rows.count - row - 1)
                    rows[row] = Array(rows[row].prefix(column))
                default: Issue.record("an unknown sequence")
                }
            default: put(character)
            }
        }
    }

    mutating func put(_ character: Unicode.Scalar) {
        let width = CharacterWidth.of(character.value)
        if width == 0 {
            rows[row][column - 1] += String(character)
            return
        }
        if column + width > columns {
            column = 0
            down()
        }
        while rows[row].count < column + width { rows[row].append(" ") }
        rows[row][column] = String(character)
        if width == 2 { rows[row][column + 1] = "" }
        column += width
    }

    mutating func down() {
        row += 1
        if row == rows.count { rows.append([]) }
    }

    var text: String { rows.map { $0.joined() }.joined(separator: "/") + " \(row),\(column)" }
}

@Suite struct LineViewTests {
    @Test(arguments: [
        ("", "> 0,2"), ("ab", "> ab 0,4"), ("ab\(left)", "> ab 0,3"), ("abcdef", "> abcdef/ 1,0"),
        ("abcdefg", "> abcdef/g 1,1"),
        ("abcdefg\u{1}", "> abcdef/g 0,2"), ("abcdefg\u{1}x", "> xabcde/fg 0,3"), ("abcdefghijklmnop\u{15}", "> 0,2"),
        ("abcdefg\u{7F}", "> abcdef/ 1,0"), ("abcdefg\u{7F}\u{7F}", "> abcde 0,7"), ("日本語", "> 日本語/ 1,0"),
        ("a日本語", "> a日本/語 1,2"), ("a日本語\(left)\(left)", "> a日本/語 0,5"), ("日\u{301}x", "> 日\u{301}x 0,5"),
        ("é\u{7F}a", "> a 0,3"),
    ])
    func rows(_ keys: String, _ expected: String) {
        var (editor, view, screen) = (LineEditor(), LineView(), Screen(columns: 8))
        let prompt = Array("> ".utf8)
        screen.take(view.draw(prompt: prompt, text: [], cursor: 0, columns: 8))
        for byte in keys.utf8 where editor.take(byte) == .show {
            screen.take(view.draw(prompt: prompt, text: editor.text, cursor: editor.cursor, columns: 8))
        }
        #expect(screen.text.replacing(">  ", with: "> ") == expected)
        // The next line begins below, whatever was there before.
        screen.take(view.leave(prompt: prompt, text: editor.text, columns: 8))
        #expect(screen.column == 0 && screen.row == screen.rows.count - 1)
        #expect(screen.rows.last == [])
    }

    @Test func whatNoTerminalShouldGet() {
        var view = LineView()
        let bytes = view.draw(
            prompt: [], text: [27, 91, 0xFF, 0xC2, 0x9B, 0xED, 0xA0, 0x80, 9], cursor: 9, columns: 80)
        #expect(String(decoding: bytes, as: UTF8.self) == "\r\u{1B}[J^[[?????" + "?^I")
    }
}
