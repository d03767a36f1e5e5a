public import Kernel
public import Supervise

extension ExitStatus {
    /// What wait(2) reported about a dead child.
    public init(_ status: WaitStatus) {
        if let signal = status.signal {
            self = .signalled(Signal(number: signal), core: status.dumpedCore)
        } else {
            self = .exited(code: status.exitCode ?? 0)
        }
    }
}
