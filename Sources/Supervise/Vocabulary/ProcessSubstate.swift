/// What Reeve says of a process where supervisord's clients see a coarser state.
public enum ProcessSubstate: UInt8, CaseIterable, Equatable, Sendable {
    /// STOPPED, and not meant to start by itself: `enabled=false`, or none of its `profiles` is active.
    case disabled
    /// EXITED: a one-shot that has succeeded.
    case completed
    /// EXITED: `start_condition` has said no.
    case skipped

    /// In the place of the state's name.
    public var name: StaticString {
        switch self {
        case .disabled: "DISABLED"
        case .completed: "COMPLETED"
        case .skipped: "SKIPPED"
        }
    }
}
