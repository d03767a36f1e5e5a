// What `update` does to an active group whose configuration has changed: only those of its processes stop that have to.

/// What an update will do to the processes of a group.
struct GroupUpdate {
    /// Everything is removed, and what the configuration says now is added.
    var isWhole = false
    /// Slots of those that stop, and are removed.
    var leaving: [Int] = []
    /// Slots of those that go on with new settings.
    var adapting: [Int] = []
    /// By position in the new settings: the slot of the process that stays; nil: a new one.
    var slots: [Int?] = []
}

extension Supervisor {
    /// - Parameter purpose: `.scale` never replaces more than it has to.
    private func update(
        ofGroup index: Int, to new: GroupSettings, _ purpose: Waiter.Purpose, _ inPlace: KeyNumbers
    ) -> GroupUpdate {
        let old = groups[index].settings
        var update = GroupUpdate()
        var stays = [Bool](repeating: false, count: old.processes.count)
        var names = HashIndex()
        for (position, process) in old.processes.enumerated() { names.insert(HashIndex.hash(process.name), position) }
        for process in new.processes {
            let found = names.find(HashIndex.hash(process.name)) { old.processes[$0].name == process.name }
            guard let found, !mustReplace(old.processes[found], groups[index].members[found], by: process, inPlace)
            else {
                update.slots.append(nil)
                continue
            }
            stays[found] = true
            let slot = groups[index].members[found]
            update.slots.append(slot)
            if old.processes[found].change(to: process, inPlace) != .nothing { update.adapting.append(slot) }
        }
        for (position, slot) in groups[index].members.enumerated() where !stays[position] {
            update.leaving.append(slot)
        }
        let staysSome = update.leaving.isEmpty || update.leaving.count < old.processes.count
        let isPartial = staysSome && old.kind == new.kind && old.values == new.values
        let isStill = update.leaving.isEmpty && !update.slots.contains(nil)
        // Listeners share the events of their pool, and FastCGI programs a socket.
        let isShared = old.kind == .eventListener || !old.sockets.isEmpty || !new.sockets.isEmpty
        update.isWhole =
            updatesWholeGroups && purpose == .update || !isPartial
            || isShared && !(isStill && old.sockets == new.sockets)
        if update.isWhole { update.leaving = groups[index].members }
        return update
    }

    private func mustReplace(
        _ old: ProcessSettings, _ slot: Int, by new: ProcessSettings, _ inPlace: KeyNumbers
    ) -> Bool {
        switch old.change(to: new, inPlace) {
        case .nothing: return false
        case .restart: return true
        case .inPlace:
            // Somebody may have mended what has kept it from running.
            let state = members[slot].machine.state
            let isTurnedOn = new.autostart && new.isEnabled && !(old.autostart && old.isEnabled)
            return state == .fatal || isTurnedOn && state.isStopped
        }
    }

    /// What an update of changed groups would stop: an array of {group, stops}, in the order of the configuration that
    /// was read last. `stops` has the group's name if all of it is replaced, else names of processes, or none.
    public func encodeChanges(into encoder: inout WireEncoder) {
        let inPlace = KeyNumbers.inPlace
        var changed: [(name: String, stops: [String])] = []
        for new in available {
            guard let index = group(named: new.name), !new.isSame(as: groups[index].settings) else { continue }
            changed.append((new.name, stops(update(ofGroup: index, to: new, .update, inPlace), new.name)))
        }
        encoder.array(count: changed.count)
        for change in changed {
            encoder.structure(count: 2)
            encoder.pair("group", change.name)
            encoder.key("stops")
            encoder.strings(change.stops)
        }
    }

    private func stops(_ update: GroupUpdate, _ name: String) -> [String] {
        update.isWhole ? [name] : update.leaving.map { namespec(slot: $0) }
    }

    /// Stops what has to stop; `finishUpdates` does the rest.
    mutating func updateGroup(
        _ name: String, _ purpose: Waiter.Purpose, _ request: RequestID, _ now: Moment, _ actions: inout [Action]
    ) {
        guard let index = group(named: name), let new = available.first(where: { $0.name == name }) else {
            actions.append(.reply(request, .fault(.badName, name)))
            return
        }
        let update = update(ofGroup: index, to: new, purpose, .inPlace)
        var waiter = Waiter(
            request: request, purpose: purpose, waits: true, isSingle: false, name: name, pending: [])
        for slot in update.leaving {
            let machine = members[slot].machine
            guard machine.state.isRunning || machine.awaitsRestart || machine.recoversWithDependencies else { continue }
            waiter.pending.append(id(slot: slot))
            members[slot].waiters &+= 1
        }
        let stopping = waiter.pending.map { $0.slot }
        waiters.append(waiter)
        stopInOrder(stopping, now, &actions)
        for slot in stopping where !members[slot].machine.state.isStopped { report(slot, now, &actions) }
    }

    /// An update has stopped what had to stop.
    var finishesUpdate: Bool { waiters.contains { $0.purpose.isUpdate && $0.pending.isEmpty } }

    /// Replaces the processes that updates have stopped: in a tick, so that what was decided before has been done while
    /// they were there.
    mutating func finishUpdates(_ now: Moment, _ actions: inout [Action]) {
        while let index = waiters.firstIndex(where: { $0.purpose.isUpdate && $0.pending.isEmpty }) {
            let waiter = waiters.remove(at: index)
            actions.append(.reply(waiter.request, finishUpdate(waiter.name, waiter.purpose, now, &actions)))
        }
    }

    /// - Returns: what was stopped, as `encodeChanges` tells it.
    private mutating func finishUpdate(
        _ name: String, _ purpose: Waiter.Purpose, _ now: Moment, _ actions: inout [Action]
    ) -> RequestAnswer {
        guard lifecycle.isRunning else { return .fault(.shutdownState, "") }
        guard let index = group(named: name), let new = available.first(where: { $0.name == name }) else {
            return .fault(.badName, name)
        }
        let update = update(ofGroup: index, to: new, purpose, .inPlace)
        let stopped = stops(update, name)
        // Somebody may have started it again, and the configuration may have been read again.
        if let slot = update.leaving.first(where: { !members[$0].machine.state.isStopped }) {
            return .fault(.stillRunning, namespec(slot: slot))
        }
        if update.isWhole {
            let answer = removeGroup(name, &actions)
            guard case .value = answer else { return answer }
            _ = addGroup(name, now, &actions)
        } else {
            replace(update, ofGroup: index, new, now, &actions)
        }
        var encoder = WireEncoder()
        encoder.strings(stopped)
        return .value(encoder.bytes)
    }

    private mutating func replace(
        _ update: GroupUpdate, ofGroup index: Int, _ new: GroupSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        var rechecked: [Int] = []
        for slot in update.adapting {
            let position = update.slots.firstIndex(of: slot) ?? 0
            guard new.processes[position].healthCheck != settings(slot: slot).healthCheck else { continue }
            examine(slot, .ended, now, &actions)
            rechecked.append(slot)
        }
        retire(update.leaving, &actions)
        var group = Group(settings: new, members: [])
        var processes: [ProcessSettings] = []
        var joined: [ProcessID] = []
        for (position, process) in new.processes.enumerated() {
            let slot: Int
            if let staying = update.slots[position] {
                slot = staying
                processes.append(process.keepingLogs(of: settings(slot: slot)))
                members[slot].index = position
            } else {
                slot = occupy(group: index, index: position)
                processes.append(process)
                joined.append(id(slot: slot))
            }
            group.members.append(slot)
        }
        group.settings = new.with(processes)
        groups[index] = group
        for id in joined { queueFirstStart(id.slot) }
        actions.append(.joined(joined))
        actions.append(.adapted(update.adapting.map { id(slot: $0) }))
        linkDependencies()
        countUpAnew()
        for slot in rechecked {
            if settings(slot: slot).healthCheck == nil { checkups[slot] = nil }
            beginCheckups(slot, now, &actions)
        }
        // Whether it is ready, or done, depends on its settings, too.
        for slot in update.adapting {
            noteChange(slot, from: members[slot].machine.state)
            noteReadiness(slot, &actions)
            if members[slot].waiters > 0 { settleWaiters(of: id(slot: slot), &actions) }
        }
    }
}
