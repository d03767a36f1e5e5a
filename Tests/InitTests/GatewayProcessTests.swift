import Supervise
import Testing

@testable import Init

@Suite struct GatewayProcessTests {
    @Test func itsUserIsNobodyElses() {
        #expect(GatewayUser.free { _ in false } == 65529)
        #expect(GatewayUser.free { $0 > 65525 } == 65525)
        #expect(GatewayUser.free { _ in true } == 65520)
    }

    @Test func itsLinesHaveLevels() {
        func split(_ text: String) -> (LogLevel, String) {
            let (level, rest) = GatewayLines.split(Array(text.utf8))
            return (level, String(decoding: rest, as: UTF8.self))
        }
        for (text, level, rest) in [
            ("hello", LogLevel.info, "hello"), ("<4>hello", .warn, "hello"), ("<3>x", .error, "x"),
            ("<6>x", .info, "x"),
            ("<7>x", .debug, "x"), ("<9>x", .info, "<9>x"), ("<4", .info, "<4"), ("", .info, ""), ("<4>", .warn, ""),
        ] {
            let found = split(text)
            #expect(found.0 == level && found.1 == rest, "\(text)")
        }
    }
}
