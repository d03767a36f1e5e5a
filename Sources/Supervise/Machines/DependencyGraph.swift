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
    /// How many dependents of each slot aren't stopped, or have dependents of which that is true.
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

    private static func withoutCycles(_ needs: [[Need]]) -> [[Need]] {
        var kept = needs.map { $0.map { Optional($0) } }
        DepthFirst.cycles(
            needs.count, target: { $1 < needs[$0].count ? Int(needs[$0][$1].slot) : nil },
            found: { cycle, position in
                if let last = cycle.last { kept[last][position] = nil }
                return true
            })
        return kept.map { $0.compactMap { $0 } }
    }

    func needs(of slot: Int) -> [Need] { isEmpty ? [] : needs[slot] }

    func dependents(of slot: Int) -> [Dependent] { isEmpty ? [] : dependents[slot] }

    /// Every dependent is stopped, direct or not.
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
