import Testing

@testable import Supervise

@Suite struct OrphanSweepTests {
    typealias Event = OrphanSweep.Event
    typealias Action = OrphanSweep.Action

    /// A machine and a clock in milliseconds since the shutdown began.
    struct World {
        var machine = OrphanSweep()
        let began = Instant(nanoseconds: 1_000_000_000_000)
        var time = 0

        mutating func send(_ event: Event) -> [Action] {
            var actions: [Action] = []
            machine.handle(event, now: began.advanced(milliseconds: time), into: &actions)
            return actions
        }

        mutating func begin(at time: Int) {
            self.time = time
            #expect(machine.deadline == nil)
            #expect(send(.began(since: began)) == [.look])
        }

        /// Lets the time pass until the next deadline.
        mutating func tick() -> [Action] {
            guard let deadline = machine.deadline else { return [] }
            time = Int(deadline.since(began) / 1_000_000)
            return send(.tick)
        }

        /// Looks until another action than a look is decided; each look finds the same processes.
        mutating func run(_ pids: [Int32]) -> [Action] {
            while machine.deadline != nil {
                let actions = tick()
                guard actions == [.look] else { return actions }
                let found = send(.found(pids, unreachable: []))
                if !found.isEmpty { return found }
            }
            return []
        }
    }

    /// When the programs were stopped, and when killing begins, in milliseconds since the shutdown began.
    @Test(arguments: [(0, 8000), (6000, 8000), (7000, 8000), (7500, 8500), (60_000, 61_000)])
    func theGrace(_ stopped: Int, _ kill: Int) {
        var world = World()
        world.begin(at: stopped)
        #expect(world.send(.found([5, 7], unreachable: [])) == [.end([5, 7], .terminate)])
        #expect(world.run([5, 7]) == [.end([5, 7], .kill)])
        #expect(world.time == kill)
        // No signal ends these: they are killed at each look, and left in the end.
        var kills = 1
        var last: [Action] = []
        while !world.machine.isOver {
            last = world.run([5, 7])
            kills += 1
        }
        #expect(last == [.leave([5, 7])] && world.time == kill + 1000 && kills > 5)
        #expect(world.machine.deadline == nil && world.send(.tick) == [] && world.send(.childless) == [])
    }

    @Test func nobodyIsLeft() {
        var world = World()
        #expect(world.send(.childless) == [])
        #expect(world.machine.isOver && world.machine.deadline == nil)
        var later = World()
        later.begin(at: 0)
        _ = later.send(.found([5], unreachable: []))
        #expect(later.send(.childless) == [] && later.machine.isOver)
    }

    @Test func whoAppearsIsToldOnce() {
        var world = World()
        world.begin(at: 0)
        #expect(world.send(.found([10, 30], unreachable: [])) == [.end([10, 30], .terminate)])
        for (found, told) in [([10, 20, 30, 40], [20, 40]), ([20, 40], []), ([5, 20, 41], [5, 41]), ([], [])] {
            #expect(world.tick() == [.look])
            let actions = world.send(.found(found.map { Int32($0) }, unreachable: []))
            #expect(actions == (told.isEmpty ? [] : [.end(told.map { Int32($0) }, .terminate)]))
        }
        #expect(world.time == 400, "ten looks a second")
        // A pid that was free in between belongs to another process.
        #expect(world.tick() == [.look] && world.send(.found([10], unreachable: [])) == [.end([10], .terminate)])
    }

    @Test func theUnreachableAreNotWaitedFor() {
        var world = World()
        world.begin(at: 0)
        #expect(world.send(.found([5], unreachable: [6])) == [.end([5], .terminate)])
        #expect(world.tick() == [.look])
        #expect(world.send(.found([], unreachable: [6])) == [.leave([6])])
        #expect(world.machine.isOver)
    }

    @Test func hiddenFromPID1() {
        var world = World()
        world.begin(at: 0)
        #expect(world.send(.hidden(isInit: true)) == [.endEverybody(.terminate)])
        #expect(world.tick() == [.endEverybody(.kill)] && world.time == 8000)
        #expect(world.tick() == [.leave([])] && world.time == 9000)
    }

    @Test func hiddenFromOthers() {
        var world = World()
        world.begin(at: 0)
        #expect(world.send(.hidden(isInit: false)) == [.leave([])] && world.machine.isOver)
    }

    @Test func descent() {
        // 1 is init; 40 came from outside, and so did its child; 60 and 61 are a cycle; 70's parent is gone.
        let table: [(Int32, Int32)] = [
            (1, 0), (10, 1), (11, 10), (12, 11), (20, 30), (30, 1), (40, 0), (41, 40), (60, 61), (61, 60), (70, 69),
        ]
        let found = Descent.below(1, pids: table.map { $0.0 }, parents: table.map { $0.1 })
        #expect(found == [10, 11, 12, 20, 30])
        #expect(Descent.below(1, pids: [], parents: []) == [])
    }

    @Test func theKey() throws {
        for (text, wanted) in [("", nil), ("kill_orphans=true", true), ("kill_orphans=off", false)] as [(String, Bool?)]
        {
            let configuration = try FakeMachine("[supervisord]\n\(text)\n").load()
            #expect(configuration.supervisord.killOrphans == wanted)
            #expect(String(decoding: configuration.json(), as: UTF8.self).contains("kill_orphans"))
            #expect(!String(decoding: configuration.json(isExact: true), as: UTF8.self).contains("kill_orphans"))
        }
        #expect(FakeMachine("[supervisord]\nkill_orphans=2\n").refusal() == "not a valid boolean value: '2'")
    }
}
