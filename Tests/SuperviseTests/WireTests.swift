import Testing

@testable import Supervise

@Suite struct WireTests {
    @Test func requestsSurviveTheTrip() throws {
        let request = Request(
            id: 7, method: "supervisor.startProcess",
            parameters: [.text("web"), .bool(true), .int(-5), .array([.structure([.init("a", .int(1))])])])
        #expect(Request(decoding: request.encoded()) == request)
    }

    @Test func everyTruncationIsRefused() {
        let whole = Request(id: 1, method: "m", parameters: [.text("abc"), .array([.int(1)])]).encoded()
        for length in 0..<whole.count {
            #expect(Request(decoding: Array(whole[..<length])) == nil)
        }
    }

    @Test func falseCountsReserveNothing() {
        #expect(Request(decoding: [1, 0, 0, 0, 0, 0, 0, 0, 0, 4, 255, 255, 255, 255]) == nil)
    }
}
