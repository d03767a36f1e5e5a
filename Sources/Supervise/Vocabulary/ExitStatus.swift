/// How a child ended, as the kernel reports it.
public enum ExitStatus: Equatable, Sendable {
    /// `exit(code)`, 0...255.
    case exited(code: Int32)
    /// Died from a signal, and may have dumped core.
    case signalled(Signal, core: Bool)
    /// The kernel killed it, with SIGKILL, because memory ran out.
    case outOfMemory

    /// The signal that it died from; nil after an exit.
    public var signal: Signal? {
        switch self {
        case .exited: nil
        case .signalled(let signal, _): signal
        case .outOfMemory: .kill
        }
    }

    /// supervisord's number: the exit code, or -1 for a death by signal, which is never expected.
    public var supervisordCode: Int {
        switch self {
        case .exited(let code): Int(code)
        case .signalled, .outOfMemory: -1
        }
    }

    /// The shell's number: the exit code, or 128 + the signal.
    public var shellCode: Int32 {
        switch self {
        case .exited(let code): code
        case .signalled(let signal, _): 128 + signal.number
        case .outOfMemory: 128 + Signal.kill.number
        }
    }

    /// As log lines show it: `exit status 3`, `terminated by SIGSEGV (core dumped)`, `terminated by SIGKILL (out of
    /// memory)`.
    public var description: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signalled(let signal, let core): "terminated by \(signal.name)\(core ? " (core dumped)" : "")"
        case .outOfMemory: "terminated by SIGKILL (out of memory)"
        }
    }
}
