/// Processes in pieces, for answers that would take too long at once.
extension Supervisor {
    /// The next processes from a position on, in the order of their slots: none is left out or returned twice, whatever
    /// is added or removed between two calls.
    ///
    /// - Parameters:
    ///   - position: 0, or what the previous call has returned.
    ///   - most: positions to visit, > 0.
    /// - Returns: `next` is nil when there are no more.
    public func processes(from position: Int, most: Int) -> (ids: [ProcessID], next: Int?) {
        let first = min(max(position, 0), members.count)
        let end = first + min(max(most, 1), members.count - first)
        let ids = (first..<end).filter { members[$0].isUsed }.map { id(slot: $0) }
        return (ids, end < members.count ? end : nil)
    }

    /// When its process was started last, in seconds since 1970; 0: never.
    public func started(_ id: ProcessID) -> Int {
        isCurrent(id) ? Self.capped(members[id.slot].machine.started?.wall ?? 0) : 0
    }
}
