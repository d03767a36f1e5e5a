import Supervise

/// What a child process belongs to.
enum ChildOwner: Equatable {
    case program(ProcessID)
    case task(TaskID)
    case gateway
    /// A start that failed or was given up. Its death only frees its memory.
    case failedStart
    /// An orphan that a program left behind.
    case nobody
}

/// Identifies a task; never reused.
typealias TaskID = UInt64
