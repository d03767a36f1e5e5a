/// Values of those processes that have one, by slot: what few programs need costs the others nothing.
struct SlotTable<Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        let slot: Int
        var value: Value
    }

    /// Ascending by slot.
    private var entries: [Entry] = []

    var isEmpty: Bool { entries.isEmpty }
    var slots: [Int] { entries.map { $0.slot } }

    /// The position of the slot, or where it would be.
    private func position(_ slot: Int) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = low + (high - low) / 2
            if entries[middle].slot < slot { low = middle + 1 } else { high = middle }
        }
        return low
    }

    subscript(slot: Int) -> Value? {
        get {
            let position = position(slot)
            guard position < entries.count, entries[position].slot == slot else { return nil }
            return entries[position].value
        }
        set {
            let position = position(slot)
            let isThere = position < entries.count && entries[position].slot == slot
            switch (newValue, isThere) {
            case (let value?, true): entries[position].value = value
            case (let value?, false): entries.insert(Entry(slot: slot, value: value), at: position)
            case (nil, true): entries.remove(at: position)
            case (nil, false): break
            }
        }
    }

    /// The earliest of the deadlines that `deadline` finds.
    func earliest(_ deadline: (Value) -> Instant?) -> Instant? {
        var earliest: Instant?
        for entry in entries {
            guard let due = deadline(entry.value) else { continue }
            earliest = min(earliest ?? due, due)
        }
        return earliest
    }

    /// The slots whose deadline has come.
    func due(_ now: Instant, _ deadline: (Value) -> Instant?) -> [Int] {
        var due: [Int] = []
        for entry in entries {
            if let at = deadline(entry.value), now >= at { due.append(entry.slot) }
        }
        return due
    }
}
