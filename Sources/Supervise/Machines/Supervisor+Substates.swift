extension Supervisor {
    /// nil where supervisord's state says everything.
    func substate(_ slot: Int) -> ProcessSubstate? {
        let machine = members[slot].machine
        return switch machine.state {
        case .stopped: settings(slot: slot).isEnabled ? nil : .disabled
        case .exited where machine.isSkipped: .skipped
        case .exited: settings(slot: slot).isOneShot && machine.isDone(settings(slot: slot)) ? .completed : nil
        case .starting, .running, .backoff, .stopping, .fatal, .unknown: nil
        }
    }
}
