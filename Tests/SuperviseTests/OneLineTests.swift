import Supervise
import Testing

@Suite struct OneLineTests {
    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("tab\there", "tab\there"), ("a\nb", "a\\nb"), ("a\r\nb", "a\\r\\nb"),
        ("\u{1b}[2J", "\\x1b[2J"), ("\u{7f}\u{0}", "\\x7f\\x00"), ("\u{9b}2J", "\\x9b2J"),
        ("\u{a0}é漢🙂", "\u{a0}é漢🙂"),
    ])
    func controlCharactersAreShown(text: String, shown: String) {
        #expect(text.oneLine == shown)
    }

    @Test func bytesThatAreNoTextStay() {
        var line: [UInt8] = []
        [UInt8]([0xff, 0xc2, 0x0a, 0xc2]).withUnsafeBytes { OneLine.append($0, to: &line) }
        #expect(line == [0xff, 0xc2] + Array("\\n".utf8) + [0xc2])
    }

    @Test func aReportHasOnlyItsOwnLines() {
        let sentence = "File contains no section headers.\nfile: 'x', line: 1\n'y'"
        let forged = "no /a\n2026-01-01 00:00:00,000 CRIT forged"
        let report = ConfigurationError(problems: [
            .init(sentence: sentence, place: nil, sourceLine: "", advice: ""),
            .init(
                sentence: forged, place: SourcePlace(file: "a\nb", line: 1, column: 2), sourceLine: "x\r",
                advice: "c\nd"),
        ]).report
        #expect(
            report
                == "Error: \(sentence)\nError: no /a\\n2026-01-01 00:00:00,000 CRIT forged\n  a\\nb:1:2\n    x\\r\n     ^\n  c\\nd\n"
        )
    }
}
