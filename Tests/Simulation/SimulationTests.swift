import Foundation
import Supervise
import Testing

/// Random runs of the core, checked against the rules of its design.
///
/// `SIMULATION_SEED=N make simulate` runs one seed; SIMULATION_STEPS sets the total number of steps (default
/// 1,000,000).
@Suite struct SimulationTests {
    static let stepsPerSeed = 500
    static let environment = ProcessInfo.processInfo.environment
    static let steps = environment["SIMULATION_STEPS"].flatMap { Int($0) } ?? 1_000_000
    static let seeds = UInt64(max(1, steps / stepsPerSeed))
    /// Each shard runs every sixteenth seed, so that all processors are busy until the end.
    static let shards = environment["SIMULATION_SEED"] == nil ? 16 : 1

    @Test(arguments: 0..<shards)
    func everyRunKeepsTheRules(shard: Int) throws {
        defer { RunningSeeds.end(shard: shard) }
        if let seed = Self.environment["SIMULATION_SEED"].flatMap({ UInt64($0) }) {
            return try run(seed: seed, shard: shard)
        }
        for seed in stride(from: UInt64(shard), to: Self.seeds, by: Self.shards) { try run(seed: seed, shard: shard) }
    }

    private func run(seed: UInt64, shard: Int) throws {
        RunningSeeds.begin(seed, shard: shard)
        var world = try SimulatedWorld(seed: seed)
        for _ in 0..<Self.stepsPerSeed { try world.advance() }
        try world.end()
        // One run in ten has listeners, too, which are many times slower than the rest.
        guard seed % 10 == 0 else { return }
        var listeners = SimulatedListeners(seed: seed)
        for _ in 0..<Self.stepsPerSeed { try listeners.advance() }
        try listeners.end()
    }

    /// Tasks are cheap: each seed runs one from start to end.
    @Test func everyTaskEnds() throws {
        if let text = ProcessInfo.processInfo.environment["SIMULATION_SEED"], let seed = UInt64(text) {
            var task = SimulatedTask(seed: seed)
            return try task.run()
        }
        var causes: Set<String> = []
        for seed in 0..<20_000 {
            var task = SimulatedTask(seed: UInt64(seed))
            try task.run()
            switch task.result?.cause {
            case .ended: causes.insert("ended")
            case .timedOut: causes.insert(task.result?.isLeftBehind == true ? "left behind" : "timed out")
            case .cancelled: causes.insert("cancelled")
            case .notStarted: causes.insert("not started")
            case nil: break
            }
        }
        #expect(causes == ["ended", "timed out", "left behind", "cancelled", "not started"])
    }

    /// A single long run: memory must not grow with its length.
    @Test func aLongLifeNeedsNoMoreRoom() throws {
        var world = try SimulatedWorld(seed: 7)
        for _ in 0..<20_000 { try world.advance() }
        try world.end()
    }

    /// The same seed gives the same run; otherwise a failing seed could not be replayed.
    @Test func aSeedIsARun() throws {
        func trace() throws -> [Int32] {
            var world = try SimulatedWorld(seed: 42)
            var pids: [Int32] = []
            for _ in 0..<300 {
                try world.advance()
                pids.append(world.nextPID)
            }
            return pids
        }
        #expect(try trace() == trace())
    }
}
