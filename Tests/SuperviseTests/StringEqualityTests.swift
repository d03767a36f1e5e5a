import Supervise
import Testing

/// "é" as one code point and as two: canonically equivalent, but different names.
private let one = "\u{E9}"
private let two = "e\u{301}"

/// Every form of comparison in the sources compares bytes.
@Suite struct StringEqualityTests {
    @Test func strings() {
        #expect(!(one == two))
        #expect(one != two)
        #expect(one == "\u{E9}")
        #expect(!(one != "\u{E9}"))
    }

    @Test func optionals() {
        let some: String? = one
        #expect(!(some == two))
        #expect(some != two)
        #expect(some == "\u{E9}")
        #expect(!(some == Optional(two)))
        #expect(some != nil)
        #expect(nil as String? == nil)
    }

    @Test func patterns() {
        switch one {
        case two: Issue.record("canonical equivalence")
        case "\u{E9}": break
        default: Issue.record("no case")
        }
    }

    @Test func arrays() {
        let optional: [String?] = [one, nil]
        #expect(optional == ["\u{E9}", nil] && optional != [two, nil] && optional != [one, one])
        let names = [one]
        #expect(!(names == [two]))
        #expect(names != [two])
        #expect(names == ["\u{E9}"])
        #expect(!names.contains(two))
        #expect(names.contains("\u{E9}"))
        #expect(names.firstIndex(of: two) == nil)
        #expect(names.firstIndex(of: "\u{E9}") == 0)
    }

    private struct Fields: Equatable {
        let name: String
        let other: String?
        let all: [String]
        var some: [String?] = []
    }

    private enum Cases: Equatable {
        case name(String)
        case other(String?)
    }

    @Test func derived() {
        let fields = Fields(name: one, other: one, all: [one])
        #expect(fields == Fields(name: "\u{E9}", other: "\u{E9}", all: ["\u{E9}"]))
        #expect(fields != Fields(name: two, other: one, all: [one]))
        func some(_ text: String) -> Fields { Fields(name: one, other: one, all: [], some: [text]) }
        #expect(some(one) != some(two))
        #expect(fields != Fields(name: one, other: two, all: [one]))
        #expect(fields != Fields(name: one, other: one, all: [two]))
        #expect(Cases.name(one) == .name("\u{E9}"))
        #expect(Cases.name(one) != .name(two))
        #expect(Cases.other(one) != .other(two))
    }
}
