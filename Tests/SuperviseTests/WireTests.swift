import Testing

@testable import Supervise

@Suite struct WireTests {
    @Test func requestsSurviveTheTrip() throws {
        let request = ControlRequest(
            id: 7, method: "supervisor.startProcess",
            parameters: [.text("web"), .bool(true), .int(-5), .array([.structure([.init("a", .int(1))])])])
        #expect(ControlRequest(decoding: request.encoded()) == request)
    }

    @Test func everyTruncationIsRefused() {
        let whole = ControlRequest(id: 1, method: "m", parameters: [.text("abc"), .array([.int(1)])]).encoded()
        for length in 0..<whole.count {
            #expect(ControlRequest(decoding: Array(whole[..<length])) == nil)
        }
    }

    @Test func falseCountsReserveNothing() {
        #expect(ControlRequest(decoding: [1, 0, 0, 0, 0, 0, 0, 0, 0, 4, 255, 255, 255, 255]) == nil)
    }
}
