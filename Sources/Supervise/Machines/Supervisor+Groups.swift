// Adds and removes groups: at boot, and for `add`, `remove` and `update`.

/// What a new configuration changes.
public struct Difference: Equatable, Sendable {
    public var added: [String] = []
    public var changed: [String] = []
    public var removed: [String] = []
}

extension Supervisor {
    /// The settings that a group was made from; nil if there is no such group.
    public func settings(ofGroup name: String) -> GroupSettings? {
        group(named: name).map { groups[$0].settings }
    }

    /// Processes of a group in the order of the configuration; nil when there is no such group.
    public func processes(inGroup name: String) -> [ProcessID]? {
        guard let group = group(named: name) else { return nil }
        return groups[group].members.map { id(slot: $0) }
    }

    /// The sockets that processes of a group share.
    public func sockets(ofGroup name: String) -> [SharedSocket] {
        group(named: name).map { groups[$0].settings.sockets } ?? []
    }

    /// Adds all groups of a configuration; the following ticks start their processes.
    public mutating func boot(_ groups: [GroupSettings], now: Moment, into actions: inout [Action]) {
        available = groups
        for settings in groups { _ = add(settings, &actions) }
        linkDependencies()
        // There may be nothing to start.
        if endRules.exitsWhenDone { leaveAt = now.instant }
        actions.append(.publish(.state(.running)))
        isEarliestKnown = false
    }

    /// Makes a new configuration available to `add`, and returns what it would change. Changes nothing else.
    public mutating func reread(_ groups: [GroupSettings]) -> Difference {
        available = groups
        var difference = Difference()
        for settings in groups {
            guard let active = group(named: settings.name) else {
                difference.added.append(settings.name)
                continue
            }
            if !settings.isSame(as: self.groups[active].settings) { difference.changed.append(settings.name) }
        }
        for active in self.groups where !groups.contains(where: { $0.name == active.settings.name }) {
            difference.removed.append(active.settings.name)
        }
        return difference
    }

    mutating func addGroup(_ name: String, _ now: Moment, _ actions: inout [Action]) -> RequestAnswer {
        guard let settings = available.first(where: { $0.name == name }) else { return .fault(.badName, name) }
        guard add(settings, &actions) else { return .fault(.alreadyAdded, name) }
        linkDependencies()
        return .true
    }

    private mutating func add(_ settings: GroupSettings, _ actions: inout [Action]) -> Bool {
        guard group(named: settings.name) == nil else { return false }
        let group = groups.count
        var slots: [Int] = []
        slots.reserveCapacity(settings.processes.count)
        for index in settings.processes.indices { slots.append(occupy(group: group, index: index)) }
        groupIndex.insert(HashIndex.hash(settings.name), group)
        groups.append(Group(settings: settings, members: slots))
        for slot in slots { queueFirstStart(slot) }
        actions.append(.added(group: settings.name))
        actions.append(.publish(.groupAdded(settings.name)))
        return true
    }

    /// A slot for a process of a group.
    mutating func occupy(group: Int, index: Int) -> Int {
        let slot = freeSlots.popLast() ?? members.count
        if slot == members.count {
            members.append(Member(group: group, index: index, generation: 0))
        } else {
            let generation = members[slot].generation &+ 1
            members[slot] = Member(group: group, index: index, generation: generation)
        }
        return slot
    }

    /// A new process starts by itself, or waits until somebody asks for it.
    mutating func queueFirstStart(_ slot: Int) {
        guard settings(slot: slot).autostart else { return }
        members[slot].marks.insert(.wanted)
        enqueue(slot)
    }

    /// These processes are removed.
    mutating func retire(_ slots: [Int], _ actions: inout [Action]) {
        disappoint(waitersFor: slots, &actions)
        actions.append(.removed(slots.map { id(slot: $0) }))
        for slot in slots {
            // A hook of its last run ends without it.
            if isUp(slot) { countUp(slot, -1) }
            // An UNKNOWN process may still live; its exit then belongs to no slot, and never to the slot's next owner.
            forgetChild(members[slot].machine.pid, of: slot)
            dismiss(slot, &actions)
            members[slot].isUsed = false
            members[slot].generation &+= 1
            freeSlots.append(slot)
        }
    }

    mutating func removeGroup(_ name: String, _ actions: inout [Action]) -> RequestAnswer {
        guard let index = group(named: name) else { return .fault(.badName, name) }
        let slots = groups[index].members
        guard slots.allSatisfy({ members[$0].machine.state.isStopped }) else { return .fault(.stillRunning, name) }
        retire(slots, &actions)
        groups.remove(at: index)
        groupIndex.remove(HashIndex.hash(name), index)
        groupIndex.close(index)
        for slot in members.indices where members[slot].isUsed && members[slot].group > index {
            members[slot].group -= 1
        }
        linkDependencies()
        actions.append(.publish(.groupRemoved(name)))
        return .true
    }
}

extension GroupSettings {
    /// Equal for `reread`: AUTO is no change of a log, wherever that goes now. A file instead of AUTO is one.
    func isSame(as active: GroupSettings) -> Bool {
        self == active || self == active.withAutomaticLogs(of: self)
    }

    /// With AUTO for each log that is AUTO in the same process of another.
    private func withAutomaticLogs(of other: GroupSettings) -> GroupSettings {
        guard processes.count == other.processes.count else { return self }
        return with(
            processes.indices.map { index in
                var values = processes[index].values
                for key in [Key.stdoutLogfile, .stderrLogfile] where other.processes[index].values[key] == nil {
                    values[key] = nil
                }
                return processes[index].with(values)
            })
    }
}
