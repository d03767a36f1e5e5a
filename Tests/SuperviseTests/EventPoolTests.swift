import Testing

@testable import Supervise

@Suite struct EventPoolTests {
    /// A world with one or two pools; listeners accept what is sent, unless a test says otherwise.
    final class Desk {
        var pools = EventPools()
        var ids: [ProcessID] = []
        var sent: [(listener: Int, text: String)] = []
        var log: [String] = []
        var results: [Delivery] = []
        var now = Instant(nanoseconds: 0)

        init(_ settings: [(name: String, events: [String], size: Int, listeners: Int)]) {
            pools.logLevel = .debug
            var groups: [GroupSettings] = []
            for (name, events, size, listeners) in settings {
                groups.append(
                    GroupSettings(
                        name, kind: .eventListener, [.events: .texts(events), .bufferSize: .int(size)],
                        processes: (0..<listeners).map { ProcessSettings("\(name)\($0)") }))
            }
            var supervisor = Supervisor()
            var actions: [Supervisor.Action] = []
            supervisor.boot(groups, now: Moment(instant: now, wall: 0), into: &actions)
            for group in groups {
                let members = supervisor.processes(inGroup: group.name) ?? []
                pools.add(group, listeners: members)
                ids += members
            }
        }

        func tell(_ event: EventPools.Event) {
            var actions: [EventPools.Action] = []
            pools.handle(event, now: now, into: &actions)
            var index = 0
            while index < actions.count {
                switch actions[index] {
                case .log(_, let text): log.append(text)
                case .send(let id, let bytes):
                    let result = results.isEmpty ? .taken : results.removeFirst()
                    if result == .taken {
                        sent.append((ids.firstIndex(of: id) ?? -1, String(decoding: bytes, as: UTF8.self)))
                    }
                    pools.handle(.sent(id, result), now: now, into: &actions)
                }
                index += 1
            }
        }

        func become(_ state: ProcessState, _ listener: Int) { tell(.became(ids[listener], state, payload: [])) }
        func hear(_ text: String, _ listener: Int) { tell(.heard(ids[listener], Array(text.utf8))) }
        func publish(_ text: String, _ type: EventType = .remoteCommunication) {
            tell(.published(type, payload: Array(text.utf8)))
        }

        /// Payloads in the order in which they were sent.
        var payloads: [String] { sent.map { String($0.text.split(separator: "\n").last ?? "") } }
        var serials: [String] {
            sent.map { $0.text.split(separator: " ").filter { $0.contains("serial:") }.joined(separator: " ") }
        }
    }

    private let pool = [(name: "p", events: ["REMOTE_COMMUNICATION"], size: 2, listeners: 1)]

    @Test func eventsWaitUntilAListenerIsRunningAndReady() {
        let desk = Desk(pool)
        desk.publish("1")
        desk.hear("READY\n", 0)
        #expect(desk.sent.isEmpty)
        desk.become(.running, 0)
        #expect(desk.payloads == ["1"])
        desk.publish("2")
        #expect(desk.payloads == ["1"])
        desk.hear("RESULT 2\nOKREADY\n", 0)
        #expect(desk.payloads == ["1", "2"])
        #expect(desk.serials == ["serial:0 poolserial:0", "serial:1 poolserial:1"])
        #expect(
            desk.log == [
                "p0: ACKNOWLEDGED -> READY", "event 0 sent to listener p0", "p0: event was processed",
                "p0: BUSY -> ACKNOWLEDGED", "p0: ACKNOWLEDGED -> READY", "event 1 sent to listener p0",
            ])
    }

    @Test func whatNobodyWantsCountsNothing() {
        let desk = Desk([("a", ["TICK"], 5, 1), ("b", ["EVENT"], 5, 1)])
        desk.publish("1", .tick5)
        desk.publish("2")
        desk.publish("3", .tick60)
        for index in 0..<2 {
            desk.become(.running, index)
            desk.hear("READY\n", index)
        }
        #expect(desk.serials == ["serial:0 poolserial:0", "serial:0 poolserial:0"])
        for index in 0..<2 { desk.hear("RESULT 2\nOKREADY\n", index) }
        #expect(desk.serials[2...] == ["serial:2 poolserial:1", "serial:1 poolserial:1"])
        let lonely = Desk(pool)
        lonely.publish("no", .tick5)
        lonely.publish("yes")
        lonely.become(.running, 0)
        lonely.hear("READY\n", 0)
        #expect(lonely.serials == ["serial:0 poolserial:0"])
    }

    @Test func theOldestIsDroppedForOneTooMany() {
        let desk = Desk(pool)
        for number in 0..<4 { desk.publish("\(number)") }
        #expect(
            desk.log == [
                "pool p event buffer overflowed, discarding event 0",
                "pool p event buffer overflowed, discarding event 1",
            ])
        #expect(desk.pools.waiting(in: "p")?.events == 2)
    }

    @Test func whatIsRejectedComesFirstAgain() {
        let desk = Desk(pool)
        desk.become(.running, 0)
        desk.hear("READY\n", 0)
        desk.publish("1")
        desk.publish("2")
        desk.hear("RESULT 4\nFAILREADY\n", 0)
        desk.hear("RESULT 2\nOKREADY\n", 0)
        #expect(desk.payloads == ["1", "1", "2"])
        #expect(desk.log.contains("p0: event was rejected"))
        #expect(desk.log.contains("rebuffering event 0 for pool p (buf size=1, max=2)"))
    }

    /// As in supervisord: the buffer's oldest event makes room for a rejected one.
    @Test func whatComesBackToAFullBufferTakesTheOldestsPlace() {
        let desk = Desk(pool)
        desk.become(.running, 0)
        desk.hear("READY\n", 0)
        for number in 1...3 { desk.publish("\(number)") }
        desk.hear("RESULT 2\nNO", 0)
        #expect(desk.log.contains("pool p event buffer overflowed, discarding event 1"))
        desk.hear("READY\n", 0)
        desk.hear("RESULT 2\nOKREADY\n", 0)
        #expect(desk.payloads == ["1", "1", "3"])
    }

    @Test func aDeathGivesTheEventToTheNextListener() {
        let desk = Desk([("p", ["PROCESS_STATE_EXITED", "REMOTE_COMMUNICATION"], 9, 2)])
        for index in 0..<2 {
            desk.become(.running, index)
            desk.hear("READY\n", index)
        }
        desk.publish("1")
        desk.publish("2")
        desk.tell(.became(desk.ids[0], .exited, payload: Array("gone".utf8)))
        desk.hear("RESULT 2\nOKREADY\n", 1)
        desk.hear("RESULT 2\nOKREADY\n", 1)
        #expect(desk.sent.map { $0.listener } == [0, 1, 1, 1])
        #expect(desk.payloads == ["1", "2", "1", "gone"])
    }

    @Test func garbageMeansNoMoreEvents() {
        let desk = Desk(pool)
        desk.become(.running, 0)
        desk.hear("READY\n", 0)
        desk.publish("1")
        desk.hear("what?\n", 0)
        desk.hear("READY\n", 0)
        #expect(desk.payloads == ["1"])
        #expect(
            desk.log.suffix(4) == [
                "p0: bad result line: 'what?'", "p0: BUSY -> UNKNOWN",
                "p0: has entered the UNKNOWN state and will no longer receive events, this usually indicates the "
                    + "process violated the eventlistener protocol",
                "rebuffering event 0 for pool p (buf size=0, max=2)",
            ])
        for state in [ProcessState.stopping, .stopped, .starting, .running] { desk.become(state, 0) }
        desk.hear("READY\n", 0)
        #expect(desk.payloads == ["1", "1"])
    }

    @Test func aClosedStdinGetsNothingMoreAndAFullOneIsTriedAgain() {
        let desk = Desk([("p", ["REMOTE_COMMUNICATION"], 9, 2)])
        for index in 0..<2 {
            desk.become(.running, index)
            desk.hear("READY\n", index)
        }
        desk.results = [.closed, .full]
        desk.publish("1")
        #expect(desk.sent.isEmpty)
        #expect(desk.pools.deadline == Instant(nanoseconds: 1_000_000_000))
        #expect(desk.log.last == "epipe occurred while sending event 0 to listener p0, listener state unchanged")
        desk.now = desk.now + 1
        desk.tell(.tick)
        #expect(desk.sent.map { $0.listener } == [1])
        #expect(desk.pools.deadline == nil)
    }

    @Test func aPoolThatIsRemovedLeavesNothing() {
        let desk = Desk(pool)
        desk.publish("1")
        desk.pools.remove("p")
        #expect(desk.pools.isEmpty && desk.pools.types.isEmpty && !desk.pools.isListener(desk.ids[0]))
        desk.hear("READY\n", 0)
        desk.publish("2")
        #expect(desk.sent.isEmpty && desk.pools.waiting(in: "p") == nil)
    }

    @Test func bytesAreBoundedToo() {
        let desk = Desk([("p", ["REMOTE_COMMUNICATION"], 1_000_000, 1)])
        let large = [UInt8](repeating: 0x78, count: 1 << 20)
        for _ in 0..<40 { desk.tell(.published(.remoteCommunication, payload: large)) }
        #expect(desk.pools.waiting(in: "p")?.bytes == EventLimits.poolBytes)
        #expect(desk.log.count == 24)
    }
}
