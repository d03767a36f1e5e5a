import Testing

@testable import Supervise

@Suite struct UptimeTests {
    @Test(arguments: [
        (0, "0:00:00"), (59, "0:00:59"), (60, "0:01:00"), (3599, "0:59:59"), (36_610, "10:10:10"), (86_399, "23:59:59"),
        (86_400, "1 day, 0:00:00"), (172_799, "1 day, 23:59:59"), (172_800, "2 days, 0:00:00"),
        (1_000 * 86_400 + 1, "1000 days, 0:00:01"), (-5, "0:00:00"),
    ])
    func isAsPythonPrintsIt(seconds: Int, text: String) {
        #expect(Supervisor.running(pid: 4711, seconds: seconds) == Array("pid 4711, uptime \(text)".utf8))
    }

    @Test func digits() {
        var bytes: [UInt8] = []
        bytes.append(decimal: 7, width: 3)
        bytes.append(" ")
        bytes.append(decimal: Int.max)
        #expect(String(decoding: bytes, as: UTF8.self) == "007 9223372036854775807")
    }
}
