/// Who waits for whom, by the slots of the supervisor. Computed from the settings whenever groups come or go; empty
/// where nobody depends on anybody, so that it costs nothing.
struct DependencyGraph: Sendable {
    /// One process that another one depends on.
    struct Need: Equatable, Sendable {
        /// -1: its group was removed.
        let slot: Int32
        let condition: Dependency.Condition
        let flags: Dependency.Flags
    }

    /// A process that depends on another one.
    struct Dependent: Equatable, Sendable {
        let slot: Int32
        let condition: Dependency.Condition
        let flags: Dependency.Flags
    }

    private var needs: [[Need]] = []
    private var dependents: [[Dependent]] = []
    /// How many dependents of each slot aren't stopped.
    private var blockers: [Int32] = []

    var isEmpty: Bool { needs.isEmpty }

    init() {}

    /// - Parameter needs: by slot. What closes a cycle is left out: a file has none, but the active groups may come from
    ///   several versions of it.
    init(_ needs: [[Need]]) {
        self.needs = Self.withoutCycles(needs)
        dependents = Array(repeating: [], count: needs.count)
        blockers = Array(repeating: 0, count: needs.count)
        for (slot, list) in self.needs.enumerated() {
            for need in list where need.slot >= 0 {
                dependents[Int(need.slot)].append(
                    Dependent(slot: Int32(truncatingIfNeeded: slot), condition: need.condition, flags: need.flags))
            }
        }
    }

    private enum Visit {
        case not, underway, done
    }

    /// Walks depth first, without recursion: a chain may be long.
    private static func withoutCycles(_ needs: [[Need]]) -> [[Need]] {
        var kept: [[Need]] = Array(repeating: [], count: needs.count)
        var visits = Array(repeating: Visit.not, count: needs.count)
        var path: [(slot: Int, next: Int)] = []
        for start in needs.indices where visits[start] == .not && !needs[start].isEmpty {
            path.append((start, 0))
            visits[start] = .underway
            while let (slot, next) = path.last {
                guard next < needs[slot].count else {
                    visits[slot] = .done
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let need = needs[slot][next]
                guard need.slot >= 0, visits[Int(need.slot)] != .done else {
                    kept[slot].append(need)
                    continue
                }
                guard visits[Int(need.slot)] == .not else { continue }
                kept[slot].append(need)
                visits[Int(need.slot)] = .underway
                path.append((Int(need.slot), 0))
            }
        }
        return kept
    }

    func needs(of slot: Int) -> [Need] { isEmpty ? [] : needs[slot] }

    func dependents(of slot: Int) -> [Dependent] { isEmpty ? [] : dependents[slot] }

    /// Every dependent is stopped.
    func isFree(_ slot: Int) -> Bool { isEmpty || blockers[slot] == 0 }

    /// A dependent of this slot has been started, or has stopped.
    ///
    /// - Returns: the slot was free before and isn't now, or the other way round.
    mutating func block(_ slot: Int, _ difference: Int32) -> Bool {
        let before = blockers[slot]
        blockers[slot] += difference
        return (before == 0) != (blockers[slot] == 0)
    }
}
