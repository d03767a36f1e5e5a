import Supervise

/// Whose child a process is.
enum ChildOwner: Equatable {
    case program(ProcessID)
    case task(TaskID)
    case gateway
    /// Of a start that failed or was given up: it means nothing any more, but that its memory is free when it is dead.
    case failedStart
    /// Adopted: programs have left it behind.
    case nobody
}

/// Names a task; never reused.
typealias TaskID = UInt64
