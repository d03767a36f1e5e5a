import Testing

@testable import Host

/// What init and the process that makes its health checks send each other.
@Suite struct ProbeMessageTests {
    @Test(arguments: [
        ProbeMessage(number: 1, value: 5, text: Array("127.0.0.1:80".utf8)),
        ProbeMessage(number: .max, value: ProbeMessage.impossible, text: [0xff, 0]),
        ProbeMessage(number: 0, value: ProbeMessage.cancelled),
    ]) func itArrivesAsItWasSent(message: ProbeMessage) {
        let packet = message.packet
        #expect(ProbeMessage(packet: packet) == message)
        for length in 0..<packet.count { #expect(ProbeMessage(packet: Array(packet[..<length])) == nil) }
    }

    @Test func aLongTextIsCut() {
        let message = ProbeMessage(number: 1, value: 0, text: [UInt8](repeating: 7, count: ProbeMessage.limit + 1))
        #expect(ProbeMessage(packet: message.packet)?.text.count == ProbeMessage.limit)
    }
}
