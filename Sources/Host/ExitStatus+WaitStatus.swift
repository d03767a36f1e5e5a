public import Kernel
public import Supervise

extension ExitStatus {
    /// What wait(2) reported about a child; nil for one that only stopped.
    public init?(_ status: WaitStatus) {
        if let code = status.exitCode {
            self = .exited(code: code)
        } else if let signal = status.signal {
            self = .signalled(Signal(number: signal), core: status.dumpedCore)
        } else {
            return nil
        }
    }
}
