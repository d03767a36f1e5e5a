// From slots and names to what they stand for.

extension Supervisor {
    /// It waits for what it depends on.
    public func isWaiting(_ id: ProcessID) -> Bool {
        isCurrent(id) && members[id.slot].machine.isWaiting
    }

    /// Priority of the process's group.
    public func priority(of id: ProcessID) -> Int? {
        isCurrent(id) ? groups[members[id.slot].group].settings.priority : nil
    }

    /// There is a child, and no request to stop it.
    public func isWritable(_ id: ProcessID) -> Bool {
        pid(of: id) != 0 && !members[id.slot].machine.isStopping
    }

    func id(slot: Int) -> ProcessID { ProcessID(slot: slot, generation: members[slot].generation) }

    func isCurrent(_ id: ProcessID) -> Bool {
        members.indices.contains(id.slot) && members[id.slot].isUsed && members[id.slot].generation == id.generation
    }

    func settings(slot: Int) -> ProcessSettings {
        groups[members[slot].group].settings.processes[members[slot].index]
    }

    func group(named name: String) -> Int? {
        groupIndex.find(HashIndex.hash(name)) { groups[$0].settings.name == name }
    }

    /// `web` for web:web, else `group:process`.
    func namespec(slot: Int) -> String {
        let group = groups[members[slot].group].settings.name
        let name = settings(slot: slot).name
        return Namespec.text(group: group, process: name)
    }
}
