import Testing

@testable import Supervise

@Suite struct SyslogTests {
    @Test(arguments: [
        (1, 5, 3, 7, 9, "<14>Jan  5 03:07:09 supervisord: "), (12, 31, 23, 59, 60, "<14>Dec 31 23:59:60 supervisord: "),
        (0, 0, 0, 0, 0, "<14>Jan  0 00:00:00 supervisord: "), (99, 999, -1, 5, 5, "<14>Dec 99 00:05:05 supervisord: "),
    ])
    func headers(month: Int, day: Int, hour: Int, minute: Int, second: Int, text: String) {
        let header = SyslogMessage.header(month: month, day: day, hour: hour, minute: minute, second: second)
        #expect(String(decoding: header, as: UTF8.self) == text)
    }

    /// Python: `text.rstrip('\n').split('\n')`.
    @Test(arguments: [
        ("one\n", ["one"]), ("one", ["one"]), ("a\nb\n", ["a", "b"]), ("a\n\nb\n\n\n", ["a", "", "b"]), ("\n", [""]),
        ("\n\nx", ["", "", "x"]), ("", [""]), ("a\r\n", ["a\r"]),
    ])
    func lines(text: String, lines: [String]) {
        var found: [String] = []
        Array(text.utf8).withUnsafeBytes { bytes in
            SyslogMessage.lines(bytes) { found.append(String(decoding: $0, as: UTF8.self)) }
        }
        #expect(found == lines)
    }
}
