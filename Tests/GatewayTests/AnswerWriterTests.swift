import Supervise
import Testing

@testable import Gateway

@Suite struct AnswerWriterTests {
    /// The content of `<param>`.
    private func text(_ value: Value) -> String {
        let lines = String(decoding: AnswerWriter.answer(EncodedValue(value), limit: .max) ?? [], as: UTF8.self)
        let (head, tail) = ("<param>\n", "</param>\n</params>\n</methodResponse>\n")
        guard let start = lines.firstRange(of: head), lines.hasSuffix(tail) else { return lines }
        return String(lines[start.upperBound...].dropLast(tail.count))
    }

    @Test func bytesThatAreNoValueAreNoAnswer() {
        let value = EncodedValue(.array([.text("abc"), .structure([.init("k", .int(1))]), .bool(true)]))
        for length in 0..<value.bytes.count {
            #expect(AnswerWriter.answer(EncodedValue(bytes: Array(value.bytes[..<length])), limit: .max) == nil)
        }
        #expect(AnswerWriter.answer(EncodedValue(bytes: value.bytes + [0]), limit: .max) == nil)
        #expect(AnswerWriter.answer(EncodedValue(bytes: [9]), limit: .max) == nil)
        #expect(AnswerWriter.answer(value, limit: 100) == nil)
        let deep = EncodedValue(bytes: Array(repeatElement([4, 1, 0, 0, 0], count: 10_000).joined()))
        #expect(AnswerWriter.answer(deep, limit: .max) == nil)
    }

    @Test func valuesAreWrittenAsPythonWritesThem() {
        #expect(text(.int(-5)) == "<value><int>-5</int></value>\n")
        #expect(text(.int(1 << 31)) == "<value><i8>2147483648</i8></value>\n")
        #expect(text(.bool(true)) == "<value><boolean>1</boolean></value>\n")
        #expect(text(.text("a<b>&c\"'")) == "<value><string>a&lt;b&gt;&amp;c\"'</string></value>\n")
        #expect(text(.array([])) == "<value><array><data>\n</data></array></value>\n")
        #expect(
            text(.structure([.init("k", .text("v"))]))
                == "<value><struct>\n<member>\n<name>k</name>\n<value><string>v</string></value>\n</member>\n</struct></value>\n"
        )
    }

    @Test(
        arguments: [
            ([0x1b, 0x5b], "\u{241b}["), ([0x00], "\u{2400}"), ([0x0d, 0x0a], "&#13;\n"), ([0x7f], "\u{7f}"),
            ([0xff, 0x41], "\u{fffd}A"), ([0xc3], "\u{fffd}"), ([0xc3, 0xa4], "ä"),
            ([0xed, 0xa0, 0x80], "\u{fffd}\u{fffd}\u{fffd}"),
            ([0xc0, 0x80], "\u{fffd}\u{fffd}"), ([0xef, 0xbf, 0xbf], "\u{fffd}"), ([0xf0, 0x9f, 0x98, 0x80], "😀"),
            ([0xf4, 0x90, 0x80, 0x80], "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"), ([0xe2, 0x82], "\u{fffd}\u{fffd}"),
        ] as [([UInt8], String)])
    func anyByteGivesXML(_ bytes: [UInt8], _ expected: String) {
        #expect(text(.string(bytes)) == "<value><string>\(expected)</string></value>\n")
    }
}

@Suite struct MethodTableTests {
    @Test func namesAreUniqueAndOptionalParametersComeLast() {
        #expect(Set(Method.all.map(\.name)).count == Method.all.count)
        for method in Method.all {
            #expect(method.parameters.dropLast().allSatisfy { !$0.isOptional })
        }
    }
}

@Suite struct LogRangeTests {
    @Test func reading() {
        #expect(LogRange.read(offset: 2, length: 3, size: 10) == 2..<5)
        #expect(LogRange.read(offset: 2, length: 0, size: 10) == 2..<10)
        #expect(LogRange.read(offset: 20, length: 5, size: 10) == 10..<10)
        #expect(LogRange.read(offset: -3, length: 0, size: 10) == 7..<10)
        #expect(LogRange.read(offset: -30, length: 0, size: 10) == 0..<10)
        #expect(LogRange.read(offset: -3, length: 1, size: 10) == nil)
        #expect(LogRange.read(offset: 3, length: -1, size: 10) == nil)
    }

    @Test func tailing() {
        func tail(_ offset: Int, _ length: Int) -> (Range<Int>, Bool) {
            LogRange.tail(offset: offset, length: length, size: 10)
        }
        #expect(tail(0, 10) == (0..<10, false))
        #expect(tail(0, 4) == (6..<10, true))
        #expect(tail(7, 10) == (0..<10, false))
        #expect(tail(50, 10) == (10..<10, false))
        #expect(tail(0, -5) == (9..<9, true))
    }

    @Test func noPairOfNumbersIsOutOfBounds() {
        let numbers = [Int.min >> 3, -11, -10, -1, 0, 1, 9, 10, 11, Int.max >> 3]
        for offset in numbers {
            for length in numbers {
                for size in [0, 1, 10] {
                    let tail = LogRange.tail(offset: offset, length: length, size: size).range
                    #expect(tail.lowerBound >= 0 && tail.upperBound <= size)
                    if let read = LogRange.read(offset: offset, length: length, size: size) {
                        #expect(read.lowerBound >= 0 && read.upperBound <= size)
                    }
                }
            }
        }
    }
}

@Suite struct LogAnswerTests {
    /// Whatever follows: a character is never cut, and an invalid one is not waited for.
    @Test(arguments: [
        ("a", 0), ("\u{e4}", 0), ("\u{20ac}", 0), ("\u{1f600}", 0), ("", 0),
    ])
    func wholeCharactersAreFinished(_ text: String, _ expected: Int) {
        #expect(UTF8Length.unfinished(Array(text.utf8)) == expected)
    }

    @Test(
        arguments: [
            ([0xc3], 1), ([0x61, 0xe2], 1), ([0x61, 0xe2, 0x82], 2), ([0xf0], 1), ([0xf0, 0x9f], 2),
            ([0xf0, 0x9f, 0x98], 3),
            ([0x80], 0), ([0x80, 0x80, 0x80], 0), ([0xff], 0), ([0xc3, 0x61], 0), ([0xe2, 0x82, 0x61], 0),
        ] as [([UInt8], Int)])
    func whatMayGoOn(_ bytes: [UInt8], _ expected: Int) {
        #expect(UTF8Length.unfinished(bytes) == expected)
    }
}
