import Kernel
import Testing

@testable import Gateway

@Suite struct ExpositionTests {
    private func text(_ form: Exposition.Form) -> String {
        var exposition = Exposition(form)
        exposition.family("a", .info, "What.")
        exposition.sample([("v", "1")], 1)
        exposition.family("b_seconds", .counter, "Time.")
        exposition.sample([("x", "\"\\\n"), ("y", "")], 0.25)
        exposition.family("c", .gauge, "Now.")
        exposition.sample(-3)
        exposition.sample([("least", "")], Int.min)
        exposition.sample([("most", "")], Int.max)
        exposition.end()
        return String(decoding: exposition.text, as: UTF8.self)
    }

    @Test func theFormsDiffer() {
        #expect(
            text(.prometheus) == """
                # HELP a_info What.
                # TYPE a_info gauge
                a_info{v="1"} 1
                # HELP b_seconds_total Time.
                # TYPE b_seconds_total counter
                b_seconds_total{x="\\"\\\\\\n",y=""} 0.25
                # HELP c Now.
                # TYPE c gauge
                c -3
                c{least=""} -9223372036854775808
                c{most=""} 9223372036854775807

                """)
        #expect(
            text(.openMetrics) == """
                # HELP a What.
                # TYPE a info
                a_info{v="1"} 1
                # HELP b_seconds Time.
                # TYPE b_seconds counter
                b_seconds_total{x="\\"\\\\\\n",y=""} 0.25
                # HELP c Now.
                # TYPE c gauge
                c -3
                c{least=""} -9223372036854775808
                c{most=""} 9223372036854775807
                # EOF

                """)
    }
}

@Suite struct ProcessTableTests {
    private func entry(
        _ pid: Int, below parent: Int, group: Int? = nil, ticks: Int = 1, start: Int = 5
    )
        -> ProcessStat?
    {
        let rest = "\(parent) \(group ?? pid) 9 0 -1 0 0 0 0 0 \(ticks) 2 3 4 20 0 6 0 \(start) 1000 7 99"
        return ProcessStat(Array("\(pid) (x) S \(rest)\n".utf8)[...])
    }

    @Test func aFamilyIsEverythingBelowAndWhatItHasLeft() {
        let table = ProcessSnapshot(
            [
                entry(10, below: 1), entry(11, below: 10), entry(12, below: 11, group: 12), entry(20, below: 1),
                entry(21, below: 1, group: 10), entry(22, below: 21), entry(30, below: 20, group: 10),
                // Two entries that contradict each other.
                entry(40, below: 41), entry(41, below: 40),
                entry(50, below: 1), entry(60, below: 1, group: 9), entry(61, below: 1, group: 60),
            ].compactMap { $0 })
        #expect(table.family(of: 10, below: 1).map(\.pid).sorted() == [10, 11, 12, 21, 22])
        #expect(table.family(of: 20, below: 1).map(\.pid).sorted() == [20, 30])
        #expect(table.family(of: 11, below: 1).isEmpty)
        #expect(table.family(of: 99, below: 1).isEmpty)
        #expect(table.family(of: 40, below: 41).map(\.pid).sorted() == [40, 41])
        #expect(table.family(of: 50, below: 1).map(\.pid) == [50])
        #expect(table.family(of: 60, below: 1).map(\.pid).sorted() == [60, 61])
    }

    @Test func timeOnProcessorsNeverGoesBack() {
        var meter = UsageMeter()
        func measure(_ entries: [ProcessStat?]) -> Int? {
            defer { meter.finish() }
            return meter.measure(10, below: 1, in: ProcessSnapshot(entries.compactMap { $0 }))?.ticks
        }
        #expect(measure([entry(10, below: 1, ticks: 1), entry(11, below: 10, ticks: 100)]) == 119)
        #expect(measure([entry(10, below: 1, ticks: 1)]) == 119)
        #expect(measure([entry(10, below: 1, ticks: 200)]) == 209)
        // Another process with the same pid starts from zero.
        #expect(measure([entry(10, below: 1, ticks: 1, start: 6)]) == 10)
        #expect(measure([]) == nil)
    }
}
