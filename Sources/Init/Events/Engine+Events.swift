import Kernel
import Supervise

/// What the core publishes becomes events, if a pool of listeners wants them.
extension Engine: ListenerInputs {
    func publish(_ notice: Supervisor.Notice) {
        let events = output.events
        switch notice {
        case .process(let id, let transition):
            let isWanted = events.wants(EventType(transition.to))
            guard isWanted || events.isListener(id) else { return }
            let name = supervisor.name(of: id)
            let payload =
                isWanted ? Payload.state(transition, process: name, group: supervisor.groupName(of: id)) : []
            events.tell(.became(id, transition.to, payload: payload))
        case .detail(let id, let type): if events.wants(type) { publish(type, of: id) }
        case .groupAdded(let name):
            events.publish(.groupAdded) { Payload.group(name) }
        case .groupRemoved(let name):
            // A pool gets no event about its own removal.
            events.remove(name)
            events.publish(.groupRemoved) { Payload.group(name) }
        case .state(let state):
            events.publish(state == .running ? .supervisorRunning : .supervisorStopping) { [] }
        }
    }

    @inline(never)
    private func publish(_ type: EventType, of id: ProcessID) {
        let payload = Payload.detail(
            supervisor.remark(on: type, of: id), pid: supervisor.pid(of: id), process: supervisor.name(of: id),
            group: supervisor.groupName(of: id))
        output.events.tell(.published(type, payload: payload))
    }

    /// A group was added, possibly of listeners.
    func addPool(_ name: String, _ ids: [ProcessID]) {
        guard let group = supervisor.settings(ofGroup: name), case .eventListener = group.kind else { return }
        output.events.add(group, listeners: ids)
    }

    /// The events about the output of a process; nil if there are none.
    func outputEvents(_ settings: ProcessSettings, of id: ProcessID, _ group: String) -> OutputEvents? {
        let events = OutputEvents(
            settings, group: group, listener: output.events.isListener(id) ? id : nil)
        return events.isNeeded ? events : nil
    }

    func send(_ bytes: [UInt8], to listener: ProcessID) -> Delivery {
        switch channels(of: listener)?.send(bytes) {
        case .taken: .taken
        case .closed, nil: .closed
        case .full: .full
        }
    }
}
