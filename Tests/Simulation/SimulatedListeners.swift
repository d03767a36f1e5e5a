@testable import Supervise

/// Pools of listeners that answer, reject, die, send garbage and stop reading, checked against the rules of their
/// buffers.
struct SimulatedListeners {
    /// A listener program: what it has read, and what it is about to write.
    struct Listener {
        var isRunning = false
        var isSpoilt = false
        var isReady = false
        /// The serial in its pool of the event that it is processing.
        var holds: Int?
        /// Bytes that are still to be written, in later steps.
        var words: [UInt8] = []
        /// What these bytes mean for the event once all of them are written.
        var answer: RequestAnswer?
    }

    enum RequestAnswer { case ready, ok, fail, garbage }

    struct Pool {
        var name: String
        var limit: Int
        var members: [Int]
        /// Serials that were delivered or dropped, each exactly once.
        var settled: Set<Int> = []
        var accepted = 0
        /// The newest event that was ever sent: only an event that was rejected may be older.
        var newest = -1
        var cameBack: Set<Int> = []
    }

    let seed: UInt64
    var dice: Dice
    var step = 0
    var desk = EventPools()
    var pools: [Pool] = []
    var listeners: [Listener] = []
    var ids: [ProcessID] = []
    var now = Instant(nanoseconds: 0)
    /// The numbers of an event in each pool, by the serial that all pools share.
    var serials: [Int: [String: Int]] = [:]
    var global = 0

    init(seed: UInt64) {
        self.seed = seed
        dice = Dice(seed: seed)
        desk.logLevel = .debug
        var groups: [GroupSettings] = []
        for name in ["a", "b", "c"] {
            let size = dice.among([1, 2, 10, 50])
            var pool = Pool(name: name, limit: size, members: [])
            var processes: [ProcessSettings] = []
            for index in 0...dice.below(3) {
                processes.append(ProcessSettings("\(name)\(index)"))
                pool.members.append(listeners.count)
                listeners.append(Listener())
            }
            groups.append(
                GroupSettings(
                    name, kind: .eventListener,
                    [.events: .texts(["REMOTE_COMMUNICATION"]), .bufferSize: .int(size)], processes: processes))
            pools.append(pool)
        }
        var supervisor = Supervisor()
        var actions: [Supervisor.Action] = []
        supervisor.boot(groups, now: Moment(instant: now, wall: 0), into: &actions)
        for group in groups {
            let members = supervisor.processes(inGroup: group.name) ?? []
            desk.add(group, listeners: members)
            ids += members
        }
    }

    func violation(_ rule: String) -> Violation { Violation(seed: seed, step: step, rule: "listeners: \(rule)") }

    mutating func advance() throws {
        step += 1
        let listener = dice.below(listeners.count)
        switch dice.below(100) {
        case 0..<25: try publish()
        case 25..<70: try speak(listener)
        case 70..<80: try run(listener)
        case 80..<85: try die(listener)
        default:
            now = now.advanced(milliseconds: dice.among([1, 500, 1000]))
            try tell(.tick)
        }
        try check()
    }

    // MARK: Events

    private mutating func publish() throws {
        for index in pools.indices {
            serials[global, default: [:]][pools[index].name] = pools[index].accepted
            pools[index].accepted += 1
        }
        global += 1
        try tell(.published(.remoteCommunication, payload: Array("event \(global)".utf8)))
    }

    private mutating func run(_ index: Int) throws {
        guard !listeners[index].isRunning else { return }
        listeners[index] = Listener(isRunning: true)
        try tell(.became(ids[index], .starting, payload: []))
        try tell(.became(ids[index], .running, payload: []))
    }

    private mutating func die(_ index: Int) throws {
        guard listeners[index].isRunning else { return }
        if let serial = listeners[index].holds { comesBack(serial, index) }
        listeners[index] = Listener()
        try tell(.became(ids[index], dice.among([.exited, .stopped]), payload: []))
    }

    /// Writes a few of its bytes, or makes up new ones if it has none.
    private mutating func speak(_ index: Int) throws {
        guard listeners[index].isRunning else { return }
        if listeners[index].words.isEmpty {
            let (text, answer): (String, RequestAnswer)
            if listeners[index].holds != nil {
                (text, answer) = dice.among([
                    ("RESULT 2\nOK", .ok), ("RESULT 2\nOK", .ok), ("RESULT 2\nOK", .ok), ("RESULT 4\nFAIL", .fail),
                    ("RESULT 0\n", .fail), ("RESULT 2\nNO", .fail), ("nonsense\n", .garbage),
                ])
            } else {
                (text, answer) =
                    dice.percent(97) ? ("READY\n", .ready) : ("nonsense\n", .garbage)
            }
            listeners[index].words = Array(text.utf8)
            listeners[index].answer = answer
        }
        // Nothing was asked of it, so any output violates the protocol.
        if listeners[index].isReady { listeners[index].isSpoilt = true }
        let count = 1 + dice.below(listeners[index].words.count)
        let bytes = Array(listeners[index].words.prefix(count))
        listeners[index].words.removeFirst(count)
        if listeners[index].words.isEmpty, let answer = listeners[index].answer { finish(index, answer) }
        try tell(.heard(ids[index], bytes))
    }

    private mutating func finish(_ index: Int, _ answer: RequestAnswer) {
        listeners[index].answer = nil
        guard !listeners[index].isSpoilt else { return }
        let held = listeners[index].holds
        switch answer {
        case .ready: listeners[index].isReady = true
        case .ok:
            if let held { pools[pool(of: index)].settled.insert(held) }
            listeners[index].holds = nil
        case .fail, .garbage:
            if let held { comesBack(held, index) }
            listeners[index].holds = nil
            if answer == .garbage { listeners[index].isSpoilt = true }
        }
    }

    private mutating func comesBack(_ serial: Int, _ index: Int) {
        pools[pool(of: index)].cameBack.insert(serial)
    }

    private func pool(of listener: Int) -> Int { pools.firstIndex { $0.members.contains(listener) } ?? 0 }

    // MARK: Consequences

    private mutating func tell(_ event: EventPools.Event) throws {
        var actions: [EventPools.Action] = []
        desk.handle(event, now: now, into: &actions)
        var index = 0
        while index < actions.count {
            if index > 10_000 { throw violation("actions lead to actions for ever") }
            switch actions[index] {
            case .log(_, let text): try read(text)
            case .send(let id, let bytes):
                let result: Delivery = dice.percent(95) ? .taken : dice.among([.closed, .full])
                if result == .taken { try deliver(bytes, to: id) }
                desk.handle(.sent(id, result), now: now, into: &actions)
            }
            index += 1
        }
    }

    private mutating func read(_ line: String) throws {
        let words = line.split(separator: " ")
        guard words.count == 8, words[4] == "overflowed,", let serial = Int(words[7]) else { return }
        guard let index = pools.firstIndex(where: { $0.name == words[1] }) else { throw violation("whose is: \(line)") }
        guard let mine = serials[serial]?[pools[index].name] else { throw violation("dropped, never seen: \(line)") }
        if !pools[index].settled.insert(mine).inserted { throw violation("dropped twice or after OK: \(line)") }
        pools[index].cameBack.remove(mine)
    }

    private mutating func deliver(_ bytes: [UInt8], to id: ProcessID) throws {
        guard let index = ids.firstIndex(of: id), listeners[index].isRunning else {
            throw violation("an event goes to a process that doesn't run")
        }
        if listeners[index].holds != nil { throw violation("a listener gets an event while it has one") }
        if listeners[index].isSpoilt { throw violation("a listener that babbled gets an event") }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard let word = words.first(where: { $0.hasPrefix("poolserial:") }), let serial = Int(word.dropFirst(11))
        else {
            throw violation("no poolserial")
        }
        let pool = pool(of: index)
        if pools[pool].settled.contains(serial) { throw violation("event \(serial) comes again after OK or its end") }
        if pools[pool].cameBack.remove(serial) == nil {
            if serial <= pools[pool].newest { throw violation("events change their order") }
        }
        pools[pool].newest = max(pools[pool].newest, serial)
        listeners[index].holds = serial
        listeners[index].isReady = false
    }

    // MARK: Rules

    private func check() throws {
        for pool in pools {
            guard let waiting = desk.waiting(in: pool.name) else { throw violation("a pool is gone") }
            if waiting.events > pool.limit { throw violation("a buffer holds more than it may") }
            var held = 0
            for member in pool.members where listeners[member].holds != nil { held += 1 }
            // No event is lost without a log line: each accepted event is waiting, being processed, or settled.
            if pool.settled.count + waiting.events + held != pool.accepted { throw violation("an event is lost") }
            if waiting.events == 0, waiting.bytes != 0 { throw violation("bytes of events that are gone are counted") }
        }
    }

    /// All listeners behave from now on: every waiting event must be delivered.
    mutating func end() throws {
        for _ in 0..<2000 {
            for index in listeners.indices where listeners[index].isSpoilt { try die(index) }
            for index in listeners.indices {
                try run(index)
                try speak(index)
            }
            now = now + 2
            try tell(.tick)
        }
        for pool in pools where desk.waiting(in: pool.name)?.events != 0 {
            throw violation("events are not delivered though listeners are there")
        }
    }
}
