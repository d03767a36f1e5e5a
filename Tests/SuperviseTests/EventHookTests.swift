import Testing

@testable import Supervise

/// Which commands of `[hook:x]` run, and which events wait.
@Suite struct EventHookTests {
    static func hook(_ name: String, _ events: [String], command: String = "x") -> EventHookSettings {
        EventHookSettings(name: name, values: [.events: .texts(events), .command: .text(command)])
    }

    static let exit = EventHookQueue.Event.published(.exited, payload: Array("processname:a groupname:g".utf8))

    static func words(_ queue: inout EventHookQueue, _ events: EventHookQueue.Event...) -> [String] {
        var actions: [EventHookQueue.Action] = []
        for event in events { queue.handle(event, into: &actions) }
        return actions.map {
            switch $0 {
            case .start(let call): "\(call.hook.name) \(call.hook.command)"
            case .dropped(let hook): "dropped \(hook)"
            }
        }
    }

    @Test func eachHookGetsWhatItWants() {
        var queue = EventHookQueue([
            Self.hook("a", ["PROCESS_STATE"]), Self.hook("b", ["TICK_5", "PROCESS_STATE_EXITED"]),
        ])
        #expect(Self.words(&queue, Self.exit) == ["a x", "b x"])
        #expect(Self.words(&queue, .published(.tick5, payload: [])) == ["b x"])
        #expect(Self.words(&queue, .published(.tick60, payload: [])) == [])
        #expect(queue.isBusy)
        #expect(Self.words(&queue, .ended, .ended, .ended) == [])
        #expect(!queue.isBusy)
    }

    @Test func fourRunAndTheOthersWait() {
        var queue = EventHookQueue([Self.hook("a", ["PROCESS_STATE"])])
        for _ in 0..<4 { #expect(Self.words(&queue, Self.exit) == ["a x"]) }
        for _ in 0..<64 { #expect(Self.words(&queue, Self.exit) == []) }
        #expect(Self.words(&queue, Self.exit, Self.exit) == ["dropped a"])
        // One that ends makes room for one; that others are dropped is reported once until nothing waits.
        #expect(Self.words(&queue, .ended, Self.exit, Self.exit) == ["a x"])
        var started = 0
        while queue.isBusy { started += Self.words(&queue, .ended).count }
        #expect(started == 64)
        for _ in 0..<68 { _ = Self.words(&queue, Self.exit) }
        #expect(Self.words(&queue, Self.exit) == ["dropped a"])
    }

    @Test func anUpdateChangesWhatWaits() {
        let old = [Self.hook("a", ["PROCESS_STATE"]), Self.hook("b", ["PROCESS_STATE"]), Self.hook("c", ["TICK_5"])]
        var queue = EventHookQueue(old)
        for _ in 0..<4 { _ = Self.words(&queue, Self.exit) }
        let new = [
            Self.hook("b", ["PROCESS_STATE"], command: "y"), Self.hook("c", ["TICK_5"]), Self.hook("d", ["TICK_5"]),
        ]
        let difference = queue.difference(to: new)
        #expect(difference == Difference(added: ["hook:d"], changed: ["hook:b"], removed: ["hook:a"]))
        // Four of eight run; two of `a` and two of `b` wait.
        #expect(Self.words(&queue, .updated(new)) == [])
        #expect(Self.words(&queue, .ended, .ended, .ended, .ended) == ["b y", "b y"])
        #expect(queue.difference(to: new) == Difference())
        #expect(Self.words(&queue, .published(.tick5, payload: [])) == ["c x", "d x"])
    }

    /// Random lives: at most four run, each event is started once or reported as dropped, in its order, and none is
    /// forgotten but for those whose hook is gone.
    @Test(arguments: 0..<20) func everyEventIsStartedOrDropped(seed: UInt64) {
        var random = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func below(_ limit: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % limit
        }
        var queue = EventHookQueue([Self.hook("a", ["PROCESS_STATE"])])
        var (running, published, started, last) = (0, 0, 0, -1)
        var hasDropped = false
        for _ in 0..<500 {
            var actions: [EventHookQueue.Action] = []
            switch below(5) {
            case 0, 1, 2:
                queue.handle(.published(.exited, payload: Array("n:\(published)".utf8)), into: &actions)
                published += 1
            case 3 where below(20) == 0:
                queue.handle(.updated([Self.hook("a", ["PROCESS_STATE"], command: "\(published)")]), into: &actions)
            default:
                guard running > 0 else { continue }
                running -= 1
                queue.handle(.ended, into: &actions)
            }
            for action in actions {
                switch action {
                case .start(let call):
                    running += 1
                    started += 1
                    let number = Int(String(decoding: call.word("n:"), as: UTF8.self)) ?? -1
                    #expect(number > last)
                    last = number
                case .dropped: hasDropped = true
                }
            }
            #expect(running <= 4)
        }
        while running > 0 {
            var actions: [EventHookQueue.Action] = []
            queue.handle(.ended, into: &actions)
            running += actions.count - 1
            started += actions.count
        }
        #expect(!queue.isBusy && (started == published || hasDropped) && started <= published)
    }

    @Test func nothingStartsAfterTheEnd() {
        var queue = EventHookQueue([Self.hook("a", ["PROCESS_STATE"])])
        for _ in 0..<6 { _ = Self.words(&queue, Self.exit) }
        #expect(Self.words(&queue, .closed, .ended, .ended, .ended, .ended, Self.exit) == [])
        #expect(!queue.isBusy)
    }

    @Test func theData() throws {
        let hook = Self.hook("a", ["PROCESS_LOG"])
        func call(_ text: String) throws -> EventHookCall {
            var queue = EventHookQueue([hook])
            var actions: [EventHookQueue.Action] = []
            queue.handle(.published(.logStdout, payload: Array(text.utf8)), into: &actions)
            guard case .start(let call)? = actions.first else { throw Missing() }
            return call
        }
        let call1 = try call("processname:web groupname:all pid:1\nprocessname:no")
        #expect(call1.word("processname:") == Array("web".utf8))
        #expect(call1.word("groupname:") == Array("all".utf8))
        #expect(call1.word("state:") == [])
        #expect(try call("a\0b").data == Array("a".utf8))
        #expect(try call(String(repeating: "x", count: 5000)).data.count == 4096)
        #expect(try call("").word("processname:") == [])
    }

    private struct Missing: Error {}

    /// Commands that still run when the last program has ended get a second; nothing else does.
    @Test(arguments: [true, false]) func theEndWaitsAMoment(hangs: Bool) {
        let world = World([World.program("web")])
        world.supervisor.shutdownRules.awaitsHooks = true
        world.deliversAtOnce = false
        world.pass(seconds: 2)
        world.tell(.end(.shutdown(nil)))
        #expect(world.state("web") == .stopped && world.finished == nil)
        if hangs {
            world.pass(milliseconds: 999)
            #expect(world.finished == nil)
            world.pass(milliseconds: 1)
        } else {
            world.tell(.delivered)
        }
        #expect(world.finished == .shutdown)
    }

    /// After listeners, which have their own second; a second signal takes it away.
    @Test func listenersComeFirst() {
        let world = World([World.program("ear", [.priority: .int(-1)], kind: .eventListener), World.program("web")])
        world.supervisor.shutdownRules.awaitsHooks = true
        world.supervisor.shutdownRules.mode = .parallel
        world.deliversAtOnce = false
        world.pass(seconds: 2)
        world.tell(.terminate)
        #expect(world.state("ear") == .running)
        world.tell(.delivered)
        #expect(world.state("ear") == .stopped && world.finished == nil)
        world.tell(.terminate)
        #expect(world.finished == .shutdown)
    }
}
