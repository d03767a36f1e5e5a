import Host
import Kernel
import Supervise

/// `fg`: a program's output on the terminal, and the terminal's lines on the program's stdin.
@Sendable func foreground(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard try session.isUp() else { return }
    guard let name = words.first else {
        return session.mistake("ERROR: no process name supplied", in: "fg")
    }
    func fail(_ line: OutputText) {
        session.output(line)
        session.exitStatus = ExitCode.generic
    }
    guard words.count == 1 else { return fail("ERROR: too many process names supplied") }
    do throws(CtlError) {
        guard try session.isRunning(name) else { return fail("ERROR: process not running") }
    } catch .fault(Fault.badName.rawValue, _) {
        fail("ERROR: bad process name supplied")
        return session.suggestProgram(for: name)
    }
    session.output("==> Press Ctrl-C to exit <==")
    do throws(CtlError) {
        try session.attend(name)
    } catch .interrupted {
        // Ctrl-C while a line was being sent: it means the same as between two lines.
        session.forgetInterrupts()
    }
    session.output("Exiting foreground")
}

extension Session {
    fileprivate func isRunning(_ name: [UInt8]) throws(CtlError) -> Bool {
        try call("supervisor.getProcessInfo", name).int("state") == ProcessState.running.rawValue
    }

    /// The read end of a channel; nil if the program has no log there.
    private func stream(_ name: [UInt8], _ channel: StaticString) throws(CtlError) -> Descriptor? {
        do throws(CtlError) {
            let handover = try open(
                "reeve.follow", [.string(name), .string(("\(channel)" as OutputText).bytes), .int(1024)])
            return handover.take()
        } catch .fault(Fault.noFile.rawValue, _) {
            return nil
        } catch .noStream {
            return nil
        }
    }

    /// Returns when the user or the program ends it.
    fileprivate func attend(_ name: [UInt8]) throws(CtlError) {
        var stdout = try stream(name, "stdout")
        var stderr = try stream(name, "stderr")
        flush()
        let interrupt = try watchInterrupts()
        while true {
            while let line = input.next() {
                guard try type(line, into: name) else { return }
            }
            let numbers = [interrupt, 0, stdout?.number ?? -1, stderr?.number ?? -1]
            guard let ready = try? File.waitReadable(numbers), ready.count == 4 else { return }
            if ready[0] { return forgetInterrupts() }
            if ready[2], !pass(numbers[2]) { stdout = nil }
            if ready[3], !pass(numbers[3]) { stderr = nil }
            if ready[1], !input.fill() { return input.goOn() }
        }
    }

    /// False if there is no input to forward; says why.
    private func type(_ line: [UInt8], into name: [UInt8]) throws(CtlError) -> Bool {
        do throws(CtlError) {
            _ = try call("supervisor.sendProcessStdin", [.string(name), .string(line + [UInt8(ascii: "\n")])])
        } catch .fault(Fault.notRunning.rawValue, _) {
            output("Process got killed")
            return false
        } catch .fault(let code, let text) {
            output(
                isSupervisorctl
                    ? "ERROR: <Fault \(code): \(CtlError.lines(text).first.quoted)>"
                    : "ERROR: \(CtlError.explanation(code: code, text))")
            return false
        }
        if try isRunning(name) { return true }
        output("Process got killed")
        return false
    }
}
