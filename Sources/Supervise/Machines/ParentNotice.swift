// `notify_parent`: what the process that has started init is told, in the words of sd_notify(3).

public struct ParentNotice: Sendable {
    /// Once everything was ready, readiness isn't taken back.
    private var wasReady = false
    /// The most names that a status lists.
    private static let mostNames = 3

    public init() {}

    /// The datagram that says how things stand now: it is sent when it differs from the last one.
    @inline(never)
    public mutating func text(_ supervisor: Supervisor) -> String {
        let (slots, count) = supervisor.unreadyAmongAutomatic
        let missing = slots.count
        var names = "; waiting for "
        for (index, slot) in slots.enumerated() where index < Self.mostNames {
            if index > 0 { names += ", " }
            names += supervisor.namespec(slot: slot)
            let state = supervisor.members[slot].machine.state
            if state == .fatal || state == .exited { names += " (\(state.name))" }
        }
        if missing == 0 { wasReady = true }
        var text = wasReady ? "READY=1\nSTATUS=" : "STATUS="
        if missing == 0 { return text + "all programs are ready" }
        if missing > Self.mostNames { names += " and \(missing - Self.mostNames) more" }
        text += "\(count - missing) of \(count) programs are ready"
        return text + names
    }
}
