import Testing

@testable import Supervise

@Suite struct StatusTableTests {
    private static func row(_ name: String, _ state: String = "RUNNING", _ detail: String = "pid 12345, uptime 0:00:03")
        -> StatusTable.Row
    {
        .init(name: Array(name.utf8), state: Array(state.utf8), detail: Array(detail.utf8))
    }

    private static func lines(_ rows: [StatusTable.Row], _ columns: Int) -> [String] {
        let table = StatusTable(rows, columns: columns)
        return ([StatusTable.header] + rows).map { row in
            let fitted = table.fitted(row)
            return String(decoding: fitted.name + fitted.state + fitted.detail, as: UTF8.self)
        }
    }

    @Test func aWideTerminalShowsAll() {
        #expect(
            Self.lines([Self.row("web"), Self.row("worker", "STOPPED", "Not started")], 80) == [
                "PROGRAM  STATE     DESCRIPTION", "web      RUNNING   pid 12345, uptime 0:00:03",
                "worker   STOPPED   Not started",
            ])
    }

    @Test(arguments: [40, 60, 80, 200]) func itFits(columns: Int) {
        let rows = [
            Self.row("a-very-long-name-of-a-program-that-goes-on-and-on-" + String(repeating: "x", count: 60) + "-end"),
            Self.row("web"), Self.row("日本語の名前のプログラム日本語の名前のプログラム"),
            Self.row("x", "BACKOFF", String(repeating: "why ", count: 60)),
        ]
        for line in Self.lines(rows, columns) { #expect(StatusTable.width(Array(line.utf8)) < columns, "\(line)") }
    }

    @Test func anyWidthIsTaken() {
        for columns in [-1, 0, 1, 2, 5, 11, 12, 20] { #expect(Self.lines([Self.row("web")], columns).count == 2) }
    }

    @Test(arguments: [
        ("abcdefghij", 10, "abcdefghij"), ("abcdefghij", 9, "abcd…ghij"), ("abcdefghij", 4, "ab…j"),
        ("abcdefghij", 1, "…"),
        ("abcdefghij", 0, ""), ("日本語日本語", 7, "日…語"), ("a\u{1B}[2Jb\n", 20, "a?[2Jb?"),
    ]) func namesLoseTheirMiddle(name: String, width: Int, expected: String) {
        #expect(String(decoding: StatusTable.cut(Array(name.utf8), width, keepsEnd: true), as: UTF8.self) == expected)
    }

    @Test func sentencesLoseTheirEnd() {
        #expect(
            String(decoding: StatusTable.cut(Array("abcdefghij".utf8), 5, keepsEnd: false), as: UTF8.self) == "abcd…")
    }
}

@Suite struct NaturalOrderTests {
    @Test(arguments: [
        ["web2", "web10"], ["web9", "web10", "web11"], ["a", "a1", "a2", "a10", "b"], ["a1b2", "a1b10", "a2b1"],
        ["a1", "a01", "a001", "a2"], ["web", "web:1"], ["x99999999999999999999999998", "x99999999999999999999999999"],
        ["1", "a"],
    ]) func order(names: [String]) {
        for (i, a) in names.enumerated() {
            for (j, b) in names.enumerated() {
                #expect(NaturalOrder.precedes(Array(a.utf8), Array(b.utf8)) == (i < j), "\(a) \(b)")
            }
        }
    }
}

@Suite struct ExplanationTests {
    @Test(arguments: [
        (10, "BAD_NAME: web", "no such program or group: web"),
        (6, "SHUTDOWN_STATE", "the supervisor is shutting down"),
        (10, "BAD_NAME: ", "no such program or group"),
        (30, "went wrong", "the supervisor could not do it: went wrong"),
        (4711, "Something", "Something"), (30, "", "the supervisor could not do it"),
    ]) func faultsInWords(code: Int, text: String, expected: String) {
        #expect(String(decoding: Fault.explanation(code: code, text: Array(text.utf8)), as: UTF8.self) == expected)
    }
}
