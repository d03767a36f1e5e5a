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

    /// - Parameter count: slots.
    init(count: Int) {
        needs = Array(repeating: [], count: count)
        dependents = Array(repeating: [], count: count)
        blockers = Array(repeating: 0, count: count)
    }

    mutating func add(_ need: Need, of slot: Int) {
        needs[slot].append(need)
        guard need.slot >= 0 else { return }
        dependents[Int(need.slot)].append(
            Dependent(slot: Int32(truncatingIfNeeded: slot), condition: need.condition, flags: need.flags))
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
