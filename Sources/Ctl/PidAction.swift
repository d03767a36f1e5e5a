import Kernel
import Supervise

@Sendable func pid(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard let words = session.names(words, of: "pid"), try session.isUp() else { return }
    if words.isEmpty {
        guard let pid = try session.call("supervisor.getPID").int else { throw CtlError.unreadable }
        session.output("\(pid)")
        return
    }
    if words.sayAll {
        for info in try session.list("supervisor.getAllProcessInfo") { session.output("\(try info.int("pid"))") }
        return
    }
    for word in words {
        do throws(CtlError) {
            let pid = try session.call("supervisor.getProcessInfo", word).int("pid")
            session.output("\(pid)")
            if pid == 0 { session.exitStatus = ExitCode.notRunning }
        } catch .fault(Fault.badName.rawValue, _) {
            session.output("No such process \(word)")
            session.exitStatus = ExitCode.generic
            session.suggestProgram(for: word)
        }
    }
}
