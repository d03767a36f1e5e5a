import Supervise

/// What a child process belongs to.
enum ChildOwner: Equatable {
    case program(ProcessID)
    case task(TaskID)
    case gateway
    /// A start that failed or was given up: its death means nothing, except that its memory is free.
    case failedStart
    /// Adopted: programs have left it behind.
    case nobody
}

/// Identifies a task; never reused.
typealias TaskID = UInt64
