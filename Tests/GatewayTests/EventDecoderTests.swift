import Supervise
import Testing

@testable import Gateway

@Suite struct EventDecoderTests {
    private func envelope(_ type: EventType, _ payload: [UInt8], serial: Int = 1) -> [UInt8] {
        PooledEvent(type: type, payload: payload, serial: serial, poolSerial: serial).envelope(
            pool: "stream", server: "a b")
    }

    @Test func eventsComeOutHoweverTheBytesCome() throws {
        let texts = ["type:gr\u{F6}\u{DF}e\n\u{20AC}\u{1F427}\n", "type:\n", "type:x\neventname:y len:3\n\n"]
        let sent = texts.flatMap { envelope(.remoteCommunication, Array($0.utf8)) }
        for size in 1...sent.count {
            var decoder = EventDecoder()
            var events: [SupervisorEvent] = []
            for start in stride(from: 0, to: sent.count, by: size) {
                let more = decoder.events(with: Array(sent[start..<min(start + size, sent.count)]))
                events += try #require(more)
            }
            #expect(events.map { String(decoding: $0.payload, as: UTF8.self) } == texts)
        }
    }

    @Test func whatMakesNoSenseIsRefused() {
        for text in ["\n", "serial:1 eventname:x\n", "serial:1 eventname:x len:-1\n", "serial:x eventname:x len:1\n"] {
            var decoder = EventDecoder()
            #expect(decoder.events(with: Array(text.utf8)) == nil)
        }
        var decoder = EventDecoder()
        #expect(decoder.events(with: Array(repeating: 1, count: (1 << 20) + 1)) == nil)
    }

    @Test(arguments: [
        (
            EventType.starting, "processname:a groupname:b c from_state:STOPPED tries:0",
            #"{"processname":"a","groupname":"b c","from_state":"STOPPED","tries":0}"#
        ),
        (
            .exited, "processname:a groupname:a from_state:RUNNING expected:0 pid:7 exitstatus:-1 signal:SIGKILL",
            #"{"processname":"a","groupname":"a","from_state":"RUNNING","expected":false,"pid":7,"exitstatus":-1,"#
                + #""signal":"SIGKILL"}"#
        ),
        (
            .logStdout, "processname:a groupname:a pid:7 channel:stdout\nx:y\nz",
            #"{"processname":"a","groupname":"a","pid":7,"channel":"stdout","data":"x:y\nz"}"#
        ),
        (
            .communicationStdout, "processname:a groupname:a pid:7\n",
            #"{"processname":"a","groupname":"a","pid":7,"data":""}"#
        ),
        (.remoteCommunication, "type:a b:c pid:1\nd", #"{"type":"a b:c pid:1","data":"d"}"#),
        (.groupAdded, "groupname:a\n", #"{"groupname":"a"}"#),
        (.tick5, "when:1700000000", #"{"when":1700000000}"#),
        (.supervisorRunning, "", "{}"),
    ])
    func payloadsHaveFields(_ type: EventType, _ payload: String, _ expected: String) {
        let event = SupervisorEvent(serial: 1, name: type.name.description, payload: Array(payload.utf8))
        #expect(String(decoding: JSON.object(event.fields).text, as: UTF8.self) == expected)
    }

    @Test func onlyTypesThatThereAre() {
        #expect(EventStreams.types(["PROCESS_STATE", "TICK_5"])?.contains(.fatal) == true)
        #expect(EventStreams.types(["EVENT"])?.contains(.tick3600) == true)
        #expect(EventStreams.types(["PROCESS_STAT"]) == nil)
        #expect(EventStreams.types(["PROCESS_STATE", ""]) == nil)
    }
}
