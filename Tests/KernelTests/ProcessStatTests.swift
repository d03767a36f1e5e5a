import Kernel
import Testing

@Suite struct ProcessStatTests {
    /// - Parameter name: may be anything.
    private func stat(_ name: String) -> ProcessStat? {
        ProcessStat(Array("12 (\(name)) S 3 4 9 0 -1 0 0 0 0 0 1 2 3 4 20 0 6 0 5 1000 7 99\n".utf8)[...])
    }

    @Test(arguments: ["sh", "a b", "", "a) R (b", "x) Z 1 ("])
    func fieldsAreThoseOfTheManual(_ name: String) throws {
        let found = try #require(stat(name))
        #expect(found.name == Array(name.utf8))
        #expect(found.pid == 12 && found.state == UInt8(ascii: "S") && !found.isDead)
        #expect(found.parent == 3 && found.group == 4 && found.ticks == 10 && found.threads == 6)
        #expect(found.start == 5 && found.residentPages == 7)
    }

    @Test func theDead() {
        for (state, isDead) in [("Z", true), ("X", true), ("x", true), ("R", false), ("D", false)] {
            #expect(ProcessStat(Array("1 (x) \(state) 0".utf8)[...])?.isDead == isDead)
        }
    }

    @Test func whatIsCutOff() throws {
        for text in ["", "12", "12 (x", "12 (x)", "12 (x) ", "x (x) S 1"] {
            #expect(ProcessStat(Array(text.utf8)[...]) == nil, "\(text)")
        }
        let short = try #require(ProcessStat(Array("12 (x) S 3".utf8)[...]))
        #expect(short.parent == 3 && short.group == 0 && short.start == 0)
    }

    @Test func ofThisProcess() throws {
        let own = try #require(ProcessStat(of: Int(SystemProcess.id)))
        #expect(own.pid == Int(SystemProcess.id) && own.residentPages > 0 && own.threads > 0 && own.start > 0)
        #expect(ProcessStat(of: 0) == nil)
    }
}
