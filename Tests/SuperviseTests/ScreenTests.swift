import Testing

@testable import Supervise

/// What `ctl top` is made of: lines, logs, the table and the keys.
@Suite struct ScreenTests {
    static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    static func plain(_ line: ScreenLine, _ columns: Int = 200) -> String { text(line.text(columns: columns)) }

    static func program(
        _ name: String, _ state: ProcessState = .running, cpu: Int? = nil, memory: Int? = nil
    ) -> TopProgram {
        var program = TopProgram(name: Array(name.utf8), state: state, word: Array(state.name.utf8))
        (program.cpu, program.memory, program.pid) = (cpu, memory, state == .running ? 7 : 0)
        program.readiness = state == .running ? .yes : .no
        return program
    }

    static func model(_ names: [String], rows: Int = 10) -> TopModel {
        var model = TopModel()
        model.rows = rows
        model.summary = [ScreenLine("summary")]
        model.update(names.map { program($0) })
        return model
    }

    static func selected(_ model: TopModel) -> String { text(model.selected) }

    // MARK: Lines

    @Test func onlyWhatDiffersIsDrawn() {
        var painter = ScreenPainter(hasColours: true)
        let first = painter.draw([ScreenLine("one"), ScreenLine("two")], columns: 20, rows: 3)
        #expect(Self.text(first).contains("\u{1B}[2J") && Self.text(first).contains("\u{1B}[2;1Htwo\u{1B}[K"))
        let holds1 =
            painter.draw([ScreenLine("one"), ScreenLine("two")], columns: 20, rows: 3).isEmpty
        #expect(holds1)
        let holds2 =
            Self.text(painter.draw([ScreenLine("one"), ScreenLine("2")], columns: 20, rows: 3))
            == "\u{1B}[2;1H2\u{1B}[K"
        #expect(holds2)
        let holds3 =
            Self.text(painter.draw([ScreenLine("one")], columns: 20, rows: 3)) == "\u{1B}[2;1H\u{1B}[K"
        #expect(holds3)
        let holds4 =
            Self.text(painter.draw([ScreenLine("one")], columns: 30, rows: 3)).contains("one")
        #expect(holds4)
    }

    @Test func linesAreCutAndPaddedByColumns() {
        var line = ScreenLine()
        line.column(Array("数据库".utf8), 5)
        line.column(Array("7".utf8), 3, .red, isRight: true)
        #expect(Self.plain(line) == "数据…   7" && line.width == 10)
        #expect(Self.text(line.bytes(columns: 20, hasColours: false)) == "数据…   7 ")
        #expect(Self.text(line.bytes(columns: 20, hasColours: true)) == "数据… \u{1B}[0;31m  7\u{1B}[0m ")
        line.isSelected = true
        #expect(Self.text(line.bytes(columns: 12, hasColours: true)) == "\u{1B}[0;7m数据…   7   \u{1B}[0m")
        #expect(Self.text(ScreenLine("a\u{1B}[2Jb\u{7}").bytes(columns: 20, hasColours: true)) == "a?[2Jb?")
    }

    @Test(arguments: [
        ("plain [x] \u{1B}[1;31mred\u{1B}[0m", "plain [x] red"), ("\u{1B}]0;title\u{7}a\u{1B}]0;t\u{1B}\\b", "ab"),
        ("\u{1B}[2J\u{1B}[10;3Hx\u{1B}", "x"), ("10 %\r20 %\r", "20 %"), ("a\tb", "a       b"),
        ("x\u{1B}[?25ly\u{1B}(Bz", "xyz"),
        ("\u{1}\u{9B}z", "??z"),
    ])
    func logsKeepTheirText(_ written: String, _ shown: String) {
        let bytes = Array(written.utf8)
        #expect(Self.text(LogText.visible(bytes, columns: 80, hasColours: false)) == shown)
    }

    @Test func logsKeepTheirColours() {
        let line = Array("\u{1B}[32mgreen\u{1B}[2J, \u{1B}[>4mlong".utf8)
        #expect(
            Self.text(LogText.visible(line, columns: 80, hasColours: true)) == "\u{1B}[32mgreen, long\u{1B}[0m")
        #expect(Self.text(LogText.visible(line, from: 2, columns: 3, hasColours: true)) == "\u{1B}[32meen\u{1B}[0m")
        #expect(LogText.width(line) == 11)
    }

    // MARK: Logs

    static func pane(_ count: Int) -> LogPane {
        var pane = LogPane()
        for number in 0..<count { pane.take(Array("line \(number)\n".utf8), isError: number % 10 == 9) }
        return pane
    }

    static func page(_ pane: LogPane, _ rows: Int = 3) -> [String] {
        pane.page(columns: 40, rows: rows, hasColours: false).map { text($0.bytes(columns: 40, hasColours: false)) }
    }

    @Test func logsFollowUntilSomebodyScrolls() {
        var pane = Self.pane(20)
        #expect(Self.page(pane) == ["  line 17", "  line 18", "! line 19"])
        pane.scroll(by: -1, page: 3)
        pane.take(Array("new\n".utf8), isError: false)
        #expect(Self.page(pane) == ["  line 16", "  line 17", "  line 18"])
        pane.toStart()
        pane.scroll(by: -5, page: 3)
        #expect(Self.page(pane).first == "  line 0")
        pane.scroll(by: 1000, page: 3)
        #expect(pane.top == nil && Self.page(pane).last == "  new")
    }

    @Test func logsAreSearchedAndFiltered() {
        var pane = Self.pane(100)
        pane.setSought(TextPattern(Array("line 4".utf8)))
        let holds5 =
            pane.find(isForward: false, page: 3) && Self.page(pane).first == "  line 49".replacing("  ", with: "! ")
        #expect(holds5)
        let holds6 =
            pane.find(isForward: false, page: 3) && Self.page(pane).first == "  line 48"
        #expect(holds6)
        let holds7 =
            pane.find(isForward: true, page: 3) && Self.page(pane).first == "! line 49"
        #expect(holds7)
        let holds8 =
            !pane.find(isForward: true, page: 3)
        #expect(holds8)
        pane.setFilter(TextPattern(Array("!1".utf8)))
        #expect(pane.count == 81 && Self.page(pane).last == "! line 99")
        pane.take(Array("line 1 again\nmore\n".utf8), isError: false)
        #expect(pane.count == 82 && Self.text(pane.text).hasSuffix("line 99\nmore\n"))
        pane.setFilter(nil)
        #expect(pane.count == 102)
    }

    @Test func logsAreBounded() {
        var pane = LogPane()
        pane.setFilter(TextPattern(Array("7\n".utf8.dropLast())))
        for number in 0..<(3 * LogPane.most) { pane.take(Array("line \(number)\n".utf8), isError: false) }
        #expect(pane.lines.count < 2 * LogPane.most && pane.lines.last?.bytes == Array("line 29999".utf8))
        #expect(Self.page(pane, 1) == ["  line 29997"])
        pane.take([UInt8](repeating: 120, count: 1 << 20), isError: true)
        #expect(pane.lines.last?.bytes.count == LogPane.longest)
    }

    @Test func longLinesAreWrapped() {
        var pane = LogPane()
        pane.take(Array((String(repeating: "x", count: 50) + "end\n").utf8), isError: false)
        #expect(Self.page(pane).count == 1)
        pane.toggleWrap()
        #expect(Self.page(pane).count == 2 && Self.page(pane)[1].hasSuffix("end"))
        pane.toggleWrap()
        pane.shift(by: 48)
        #expect(Self.page(pane) == ["  xxend"])
    }

    // MARK: The table

    @Test(arguments: [
        (30, ["STATE", "NAME"]), (40, ["STATE", "NAME", "UP"]), (60, ["STATE", "NAME", "READY", "PID", "UP"]),
        (78, ["STATE", "NAME", "READY", "PID", "UP", "RST", "CPU%", "MEM"]),
        (79, ["STATE", "NAME", "READY", "PID", "UP", "RST", "CPU%", "MEM", "LAST"]),
    ])
    func columnsGoFromTheRight(width: Int, titles: [String]) {
        let table = TopTable(longest: 9, width: width, isUTF8: false)
        #expect(table.columns.map { "\($0.title)" } == titles)
        #expect(table.line(Self.program("program"), isMarked: false, showsGraph: false).width <= width)
        for longest in [1, 20, 200] {
            for width in 1...200 {
                let table = TopTable(longest: longest, width: width, isUTF8: true)
                let line = table.line(Self.program("program"), isMarked: true, showsGraph: true)
                #expect(line.width <= max(width, 15), "\(longest) \(width)")
            }
        }
    }

    @Test(arguments: [
        (0, "0s"), (59, "59s"), (60, "1m00s"), (3599, "59m59s"), (3600, "1h00m"), (86_399, "23h59m"),
        (86_400, "1d00h"), (-5, "0s"),
    ])
    func seconds(_ number: Int, _ text: String) { #expect(Readable.seconds(number) == text) }

    @Test(arguments: [
        (0, "0K"), (1023 * 1024, "0.9M"), (999 * 1024, "999K"), (1 << 20, "1.0M"), (123 << 20, "123M"),
        (99 << 20, "99.0M"),
        (1 << 30, "1.0G"), (1500 << 20, "1.4G"), (300 << 30, "300G"),
    ])
    func bytes(_ number: Int, _ text: String) { #expect(Readable.bytes(number) == text) }

    @Test func orders() {
        let programs = [
            Self.program("b10", cpu: 5, memory: 1), Self.program("b9", cpu: 50, memory: 3), Self.program("a", .fatal),
        ]
        func names(_ order: TopOrder) -> [String] { order.sorted(programs).map { Self.text($0.name) } }
        #expect(names(.name) == ["a", "b9", "b10"])
        #expect(names(.cpu) == ["b9", "b10", "a"] && names(.memory) == ["b9", "b10", "a"])
        #expect(names(.state) == ["a", "b9", "b10"])
    }

    @Test func theSelectionStaysInSight() {
        var model = Self.model((0..<50).map { "p\($0)" })
        #expect(Self.selected(model) == "p0" && model.pageRows == 7)
        for _ in 0..<10 { _ = model.press(.down) }
        #expect(Self.selected(model) == "p10" && model.top == 4)
        _ = model.press(.end)
        #expect(Self.selected(model) == "p49" && model.top == 43)
        _ = model.press(.pageUp)
        #expect(Self.selected(model) == "p42")
        // It stays with its program, and with the place if that goes.
        model.update((40..<50).map { Self.program("p\($0)") })
        #expect(Self.selected(model) == "p42")
        model.update((43..<50).map { Self.program("p\($0)") })
        #expect(Self.selected(model) == "p45" && model.top == 0)
        model.update([])
        let holds9 =
            model.press(.down) == nil && model.lines(hasColours: true).count == 10
        #expect(holds9)
    }

    @Test func keysActOnTheSelectedOrOnAllMarked() {
        var model = Self.model(["a", "b", "c"])
        let holds10 =
            model.press(.character([UInt8(ascii: "s")])) == .run([Array("start".utf8), Array("a".utf8)])
        #expect(holds10)
        _ = model.press(.character([UInt8(ascii: " ")]))
        _ = model.press(.character([UInt8(ascii: " ")]))
        let holds11 =
            model.press(.character([UInt8(ascii: "r")])) == nil
        #expect(holds11)
        #expect(Self.plain(model.lines(hasColours: false)[9]) == "ctl restart a b ? y/N")
        let holds12 =
            model.press(.character([UInt8(ascii: "y")])) == .run(["restart", "a", "b"].map { Array($0.utf8) })
        #expect(holds12)
        let holds13 =
            model.press(.character([UInt8(ascii: "x")])) == nil && model.press(.control(UInt8(ascii: "m"))) == nil
        #expect(holds13)
        let holds14 =
            model.message == "nothing was done" && model.escape() == nil && model.marked.isEmpty
        #expect(holds14)
        let holds15 =
            model.press(.character([UInt8(ascii: "K")])) == nil
        #expect(holds15)
        let holds16 =
            model.press(.character([UInt8(ascii: "h")])) == .run(["signal", "HUP", "c"].map { Array($0.utf8) })
        #expect(holds16)
        let holds17 =
            model.press(.character([UInt8(ascii: "q")])) == .quit
        #expect(holds17)
    }

    @Test func theMouseSelects() {
        var model = Self.model(["a", "b", "c"])
        let holds18 =
            model.press(.character([UInt8(ascii: "m")])) == .mouse(true)
        #expect(holds18)
        _ = model.press(.click(row: 5))
        #expect(Self.selected(model) == "c")
        _ = model.press(.click(row: 9))
        #expect(Self.selected(model) == "c")
        var decoder = KeyDecoder()
        let keys = Array(
            "\u{1B}[<0;10;4M\u{1B}[<0;10;4m\u{1B}[<64;1;1M\u{1B}[<65;1;1M\u{1B}[5~\u{1B}[<0;1;99999999999999999999M"
                .utf8
        )
        .compactMap { decoder.take($0) }
        #expect(keys == [.click(row: 4), .other, .wheelUp, .wheelDown, .pageUp, .other])
        let holds19 =
            decoder.take(27) == nil && decoder.takeEscape() && !decoder.takeEscape() && !decoder.isInSequence
        #expect(holds19)
    }

    /// Every key in every view, and any bytes as a log: nothing traps.
    @Test func anything() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<30 {
            var model = Self.model((0..<Int.random(in: 0...30, using: &generator)).map { "p\($0)" })
            var decoder = KeyDecoder()
            for _ in 0..<300 {
                model.columns = Int.random(in: 1...120, using: &generator)
                model.rows = Int.random(in: 3...40, using: &generator)
                model.pane.take((0..<40).map { _ in UInt8.random(in: 0...255, using: &generator) }, isError: false)
                let letter = Array("\u{1B}[5~ jklixsrRK/?tcpmwqnNGgfvS\r\u{7F}yo!a1<;M".utf8).randomElement(
                    using: &generator)
                if let key = letter.flatMap({ decoder.take($0) }) { _ = model.press(key) }
                if decoder.takeEscape() { _ = model.escape() }
                #expect(model.lines(hasColours: true).count == model.rows)
            }
        }
    }
}

@Suite struct TreeBranchesTests {
    @Test func branches() {
        let depths = [0, 1, 2, 3, 2, 1, 2, 1, 0, 1]
        let shown = TreeBranches(isUTF8: true).prefixes(depths).map { String(decoding: $0, as: UTF8.self) }
        #expect(
            shown == [
                "", "├── ", "│   ├── ", "│   │   └── ", "│   └── ", "├── ", "│   └── ", "└── ", "", "└── ",
            ])
    }

    @Test func withoutUTF8() {
        let shown = TreeBranches(isUTF8: false).prefixes([0, 1, 2, 1]).map { String(decoding: $0, as: UTF8.self) }
        #expect(shown == ["", "|-- ", "|   `-- ", "`-- "])
    }

    /// Whatever the depths are, there is a prefix for each.
    @Test func strangeDepths() {
        #expect(TreeBranches(isUTF8: false).prefixes([]).isEmpty)
        #expect(TreeBranches(isUTF8: false).prefixes([3, -1, 7, 0]).count == 4)
    }
}
