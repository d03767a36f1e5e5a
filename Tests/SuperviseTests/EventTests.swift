import Testing

@testable import Supervise

@Suite struct EventTypeTests {
    @Test(arguments: [
        ("EVENT", 20), ("PROCESS_STATE", 8), ("PROCESS_STATE_STOPPED", 1), ("PROCESS_COMMUNICATION", 2),
        ("PROCESS_LOG", 2), ("REMOTE_COMMUNICATION", 1), ("SUPERVISOR_STATE_CHANGE", 2), ("TICK", 3), ("TICK_5", 1),
        ("PROCESS_GROUP", 2), ("PROCESS_GROUP_ADDED", 1),
    ])
    func aSubscriptionStandsForTheTypesBelowIt(name: String, count: Int) {
        #expect(EventType.allCases.filter { $0.isBelow(name) }.count == count)
    }

    @Test func everyTypeIsBelowItself() {
        for type in EventType.allCases { #expect(type.isBelow(type.name.description)) }
    }

    @Test func typesAreUnitedOnce() {
        let types = EventTypes(below: ["PROCESS_STATE", "PROCESS_STATE_EXITED", "TICK_60"])
        #expect(EventType.allCases.filter { types.contains($0) }.count == 9)
        #expect(EventTypes().isEmpty && !types.isEmpty)
    }
}

@Suite struct EventTextTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func statesAreToldInUpstreamsWords() {
        typealias Transition = ProcessMachine.Transition
        let cases: [(Transition, String)] = [
            (Transition(from: .stopped, to: .starting, tries: 0), "from_state:STOPPED tries:0"),
            (Transition(from: .starting, to: .backoff, tries: 2, pid: 9), "from_state:STARTING tries:2"),
            (Transition(from: .starting, to: .running, pid: 7), "from_state:STARTING pid:7"),
            (Transition(from: .running, to: .stopping, pid: 7), "from_state:RUNNING pid:7"),
            (Transition(from: .stopping, to: .stopped, pid: 7), "from_state:STOPPING pid:7"),
            (Transition(from: .backoff, to: .fatal), "from_state:BACKOFF"),
            (Transition(from: .stopping, to: .unknown, pid: 7), "from_state:STOPPING"),
            (
                Transition(from: .running, to: .exited, expected: false, pid: 7, status: .exited(code: 3)),
                "from_state:RUNNING expected:0 pid:7 exitstatus:3"
            ),
            (
                Transition(from: .running, to: .exited, pid: 7, status: .exited(code: 0)),
                "from_state:RUNNING expected:1 pid:7 exitstatus:0"
            ),
            (
                Transition(
                    from: .running, to: .exited, expected: false, pid: 7, status: .signalled(.kill, core: false)),
                "from_state:RUNNING expected:0 pid:7 exitstatus:-1 signal:SIGKILL"
            ),
        ]
        for (transition, words) in cases {
            let payload = text(Payload.state(transition, process: "p", group: "g"))
            #expect(payload == "processname:p groupname:g \(words)")
        }
    }

    @Test(arguments: [
        (Array("héllo\n".utf8), "héllo\n"), ([0xFF, 0x0A], "Undecodable: b'\\xff\\n'"),
        ([0x80, 0x27], "Undecodable: b\"\\x80'\""), ([0x80, 0x27, 0x22, 0x5C], "Undecodable: b'\\x80\\'\"\\\\'"),
        ([0xC3], "Undecodable: b'\\xc3'"), ([0xED, 0xA0, 0x80], "Undecodable: b'\\xed\\xa0\\x80'"),
        ([0x80, 0x09, 0x0D, 0x7F, 0x00], "Undecodable: b'\\x80\\t\\r\\x7f\\x00'"),
    ])
    func outputThatIsNotUTF8IsShown(bytes: [UInt8], shown: String) {
        bytes.withUnsafeBytes { raw in
            let log = Payload.output(process: "p", group: "g", pid: 5, channel: "stderr", raw)
            #expect(text(log) == "processname:p groupname:g pid:5 channel:stderr\n\(shown)")
            let communication = Payload.output(process: "p", group: "g", pid: 5, channel: nil, raw)
            #expect(text(communication) == "processname:p groupname:g pid:5\n\(shown)")
        }
    }

    /// `len` is the number of characters that a Python program must read from a text stream.
    @Test func lengthsCountCharacters() {
        let event = PooledEvent(
            type: .remoteCommunication, payload: Payload.remote(type: "ü", data: "日本🙂"), serial: 4, poolSerial: 2)
        #expect(
            text(event.envelope(pool: "mail", server: "supervisor"))
                == "ver:3.0 server:supervisor serial:4 pool:mail poolserial:2 eventname:REMOTE_COMMUNICATION len:10\n"
                + "type:ü\n日本🙂")
    }

    @Test func ticksFollowTheSlicesOfTheWallClock() {
        var clock = TickClock()
        #expect(!clock.isWanted && clock.wait(wall: 7) == nil && clock.advance(wall: 100).isEmpty)
        clock.want(EventTypes(below: ["TICK"]), wall: 3598)
        #expect(clock.wait(wall: 3_598_500_000_000) == 1_500_000_000)
        #expect(clock.advance(wall: 3599).isEmpty)
        let three = clock.advance(wall: 3601)
        #expect(three.map { $0.type } == [.tick5, .tick60, .tick3600] && three.allSatisfy { $0.slice == 3600 })
        #expect(clock.advance(wall: 3602).isEmpty)
        // The wall clock was set: one event stands for the skipped ones, in either direction.
        #expect(clock.advance(wall: 3627).map { $0.slice } == [3625])
        #expect(clock.advance(wall: 3613).map { $0.slice } == [3610])
        clock.want(EventTypes(below: ["TICK_3600"]), wall: 3613)
        #expect(clock.wait(wall: 3_613_000_000_000) == 60_000_000_000)
        #expect(clock.advance(wall: 7200).map { $0.type } == [.tick3600])
        #expect(clock.wait(wall: -1) == 1)
    }
}

@Suite struct CaptureTests {
    /// All pieces of `text`, cut into reads of `size`, as "log|captured,captured".
    private func scan(_ text: String, size: Int) -> String {
        var scanner = CaptureScanner()
        var log: [UInt8] = []
        var captured: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let read = Array(scanner.heldBack) + Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            read.withUnsafeBytes { bytes in
                var index = 0
                while let piece = scanner.next(bytes, &index) {
                    if piece.isCaptured {
                        captured += bytes[piece.range]
                        if piece.endsWithTag { captured.append(UInt8(ascii: ",")) }
                    } else {
                        log += bytes[piece.range]
                    }
                }
            }
        }
        if scanner.isCapturing { captured += scanner.heldBack } else { log += scanner.heldBack }
        return String(decoding: log, as: UTF8.self) + "|" + String(decoding: captured, as: UTF8.self)
    }

    @Test(arguments: [
        ("plain", "plain|"),
        ("a<!--XSUPERVISOR:BEGIN-->b<!--XSUPERVISOR:END-->c", "ac|b,"),
        ("<!--XSUPERVISOR:BEGIN--><!--XSUPERVISOR:END-->", "|,"),
        (
            "<!--XSUPERVISOR:BEGIN-->1<!--XSUPERVISOR:END--><!--XSUPERVISOR:BEGIN-->2<!--XSUPERVISOR:END-->",
            "|1,2,"
        ),
        (
            "<<!--XSUPERVISOR:BEGIN-->x<!--XSUPERVISOR:BEGIN-->y<!--XSUPERVISOR:END-->z",
            "<z|x<!--XSUPERVISOR:BEGIN-->y,"
        ),
        ("<!--XSUPERVISOR:END-->", "<!--XSUPERVISOR:END-->|"),
        ("a<!--XSUPERVISOR:BEG", "a<!--XSUPERVISOR:BEG|"),
        ("a<!--XSUPERVISOR:BEGIN-->open<!--XSUP", "a|open<!--XSUP"),
        ("<!--<!--XSUPERVISOR:BEGIN-->b<!--XSUPERVISOR:END-->", "<!--|b,"),
    ])
    func tagsAreFoundWhereverReadsCutThem(text: String, expected: String) {
        for size in 1...text.utf8.count { #expect(scan(text, size: size) == expected, "reads of \(size)") }
    }
}

@Suite struct ListenerMachineTests {
    /// The states and outcomes that a listener's output leads to. `!` stands for an event that is sent to it.
    private func run(_ words: String, size: Int) -> String {
        var machine = ListenerMachine()
        var story: [String] = []
        for (index, part) in words.split(separator: "!", omittingEmptySubsequences: false).enumerated() {
            if index > 0 { machine.sent() }
            var bytes = Array(part.utf8)[...]
            while !bytes.isEmpty {
                var read = bytes.prefix(size)
                bytes = bytes.dropFirst(size)
                while let outcome = machine.hear(&read) {
                    switch outcome {
                    case .changed(_, let to): story.append(to.name.description)
                    case .processed: story.append("processed")
                    case .rejected: story.append("rejected")
                    case .badResult(let line): story.append("bad(\(String(decoding: line, as: UTF8.self)))")
                    }
                }
            }
        }
        return (story + [machine.state.name.description]).joined(separator: " ")
    }

    @Test(arguments: [
        ("", "ACKNOWLEDGED"),
        ("READY", "ACKNOWLEDGED"),
        ("READY\n", "READY READY"),
        ("READY!", "ACKNOWLEDGED"),
        ("ready\n", "UNKNOWN UNKNOWN"),
        ("garbage that goes on", "UNKNOWN UNKNOWN"),
        ("READY\nREADY\n", "READY UNKNOWN UNKNOWN"),
        ("READY\n!RESULT 2\nOK", "READY processed ACKNOWLEDGED"),
        ("READY\n!RESULT 2\nOKREADY\n!RESULT 2\nOK", "READY processed READY processed ACKNOWLEDGED"),
        ("READY\n!RESULT 4\nFAIL", "READY rejected ACKNOWLEDGED"),
        ("READY\n!RESULT 2\nNO", "READY rejected ACKNOWLEDGED"),
        ("READY\n!RESULT 3\nOK\nREADY\n", "READY rejected READY READY"),
        ("READY\n!RESULT 0\nREADY\n", "READY rejected READY READY"),
        ("READY\n!RESULT 02\nOK", "READY processed ACKNOWLEDGED"),
        ("READY\n!RESULT  2 \nOK", "READY processed ACKNOWLEDGED"),
        ("READY\n!RESULT 2\nO", "READY BUSY"),
        ("READY\n!RESULT 99999999999999999999\nOKOKOK", "READY BUSY"),
        ("READY\n!RESULT -1\nOK", "READY bad(RESULT -1) UNKNOWN"),
        ("READY\n!RESULT two\nOK", "READY bad(RESULT two) UNKNOWN"),
        ("READY\n!\n", "READY bad() UNKNOWN"),
        ("READY\n!READY\n", "READY bad(READY) UNKNOWN"),
    ])
    func wordsAreReadHoweverTheyAreCut(words: String, story: String) {
        for size in 1...max(words.utf8.count, 1) { #expect(run(words, size: size) == story, "reads of \(size)") }
    }

    @Test func aLineWithoutAnEndIsNotKept() {
        let flood = "READY\n!" + String(repeating: "x", count: 100_000)
        #expect(run(flood, size: 4096) == "READY bad(\(String(repeating: "x", count: 256))) UNKNOWN")
    }
}
