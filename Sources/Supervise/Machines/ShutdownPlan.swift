/// Divides the time of a shutdown between programs that are stopped one after the other.
///
/// It plays the shutdown through in rounds, each as if the programs of the round before were gone at the same time. In
/// the real one, a program has the time of all rounds until somebody waits for it: if others end early, it has more.
struct ShutdownPlan: Equatable, Sendable {
    /// Rounds after which it gives up: there are that many only in constructed cases, where shares are tiny anyway.
    static let mostRounds = 256

    /// By slot: the round in which it is stopped, and the one in which it must be gone; -1: it is down.
    private(set) var first: [Int32]
    private(set) var last: [Int32]
    private(set) var rounds: Int32 = 0
    private let begin: Instant

    /// - Parameters:
    ///   - waves: by slot, the wave in which it may be stopped at the earliest, the highest first; nil: it is down.
    ///   - begin: when the first round begins.
    init(waves: [Int?], graph: DependencyGraph, begin: Instant) {
        self.begin = begin
        first = Array(repeating: -1, count: waves.count)
        last = first
        var blockers: [Int32] = Array(repeating: 0, count: waves.count)
        // What is down holds what it needs as long as somebody who is up needs it.
        for slot in waves.indices where waves[slot] != nil {
            var holders = [slot]
            while let holder = holders.popLast() {
                for need in graph.needs(of: holder) where need.slot >= 0 {
                    let target = Int(need.slot)
                    blockers[target] += 1
                    if blockers[target] == 1, waves[target] == nil { holders.append(target) }
                }
            }
        }
        var passedOn: [Int] = []
        var ready = waves.indices.filter { waves[$0] != nil && blockers[$0] == 0 }
        var waveOfRound: [Int] = []
        while let wave = ready.compactMap({ waves[$0] }).max() {
            let isLast = rounds + 1 == Self.mostRounds
            var later: [Int] = []
            for slot in ready {
                guard isLast || waves[slot] == wave else {
                    later.append(slot)
                    continue
                }
                first[slot] = rounds
                var holders = [slot]
                while let holder = holders.popLast() {
                    for need in graph.needs(of: holder) where need.slot >= 0 {
                        let target = Int(need.slot)
                        blockers[target] -= 1
                        guard blockers[target] == 0 else { continue }
                        if waves[target] != nil {
                            later.append(target)
                        } else {
                            holders.append(target)
                            passedOn.append(target)
                        }
                    }
                }
            }
            waveOfRound.append(wave)
            rounds += 1
            ready = isLast ? [] : later
        }
        // They come after the last round.
        for slot in waves.indices where waves[slot] != nil && first[slot] < 0 { first[slot] = rounds - 1 }
        // By slot: the round in which it stops, or the first of those that it needs if it is down.
        var soonest = first
        for slot in waves.indices where waves[slot] == nil { soonest[slot] = rounds }
        // What it needs has been passed on later.
        for slot in passedOn.reversed() {
            for need in graph.needs(of: slot) where need.slot >= 0 {
                soonest[slot] = min(soonest[slot], soonest[Int(need.slot)])
            }
        }
        for slot in waves.indices {
            guard let wave = waves[slot] else { continue }
            var gone = Int(first[slot]) + 1
            while gone < waveOfRound.count, waveOfRound[gone] >= wave { gone += 1 }
            for need in graph.needs(of: slot) where need.slot >= 0 {
                gone = min(gone, max(Int(soonest[Int(need.slot)]), Int(first[slot]) + 1))
            }
            last[slot] = Int32(truncatingIfNeeded: gone)
        }
    }

    /// When a program that is stopped now has to be killed, if everybody has to be by `end`.
    func limit(_ slot: Int, now: Instant, end: Instant) -> Instant {
        let left = max(end.since(now), 0)
        guard slot < first.count, first[slot] >= 0, first[slot] < rounds else { return now.advanced(nanoseconds: left) }
        let (share, rest) = (Int64(last[slot] - first[slot]), Int64(rounds - first[slot]))
        return now.advanced(nanoseconds: left / rest * share)
    }

    /// The same, if the rounds before took all of their time; nil: it has none left, or was down.
    func latest(_ slot: Int, end: Instant) -> Instant? {
        guard slot < last.count, last[slot] >= 0, rounds > 0 else { return nil }
        return begin.advanced(nanoseconds: max(end.since(begin), 0) / Int64(rounds) * Int64(last[slot]))
    }

    /// What a process still did was ended.
    mutating func forget(_ slot: Int) {
        if slot < last.count { last[slot] = -1 }
    }
}
