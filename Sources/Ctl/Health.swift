import Kernel
import Supervise

/// `health`: one line and an exit code for probes: 0, or 1 with the problem.
@Sendable func health(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    func refuse(_ sentence: OutputText) {
        session.mistake(sentence, in: "health", status: ExitCode.invalidArguments)
    }
    let arguments: Arguments
    do throws(Arguments.UsageError) {
        arguments = try Arguments(words, [.init("", "--level", takesValue: true)])
    } catch {
        return refuse(error.sentence)
    }
    let level = arguments.value(of: "--level") ?? [UInt8]("ready".utf8)
    if level.equals("ready") {
        return try session.tellReady(arguments.names.sayAll ? [] : arguments.names)
    }
    guard level.equals("live") else {
        let hint = session.hint(for: level, among: [[UInt8]("live".utf8), [UInt8]("ready".utf8)])
        return refuse("Error: \(level) is no level\(hint.bytes.isEmpty ? "; there are live and ready" : hint)")
    }
    guard arguments.names.isEmpty else { return refuse("Error: live is said of init; ready, of programs") }
    try session.tellLive()
}

extension Session {
    /// Shutting down counts as alive.
    fileprivate func tellLive() throws(CtlError) {
        do throws(CtlError) {
            _ = try call("supervisor.getState")
        } catch .fault {
            // An answer like any other.
        } catch .unreachable(let errno) {
            return fail("not live: init does not answer: \(errno.text)")
        }
        output("live")
    }

    fileprivate func tellReady(_ names: [[UInt8]]) throws(CtlError) {
        let missing: [Value]
        do throws(CtlError) {
            guard let list = try call("reeve.ready", [.array(names.map { .string($0) })]).array else {
                throw CtlError.unreadable
            }
            missing = list
        } catch .fault(Fault.badName.rawValue, let text) {
            let code = Fault.badName.rawValue
            fail("not ready: \(text)")
            return suggestProgram(for: CtlError.detail(code: code, text).bytes)
        } catch .fault(Fault.shutdownState.rawValue, _) {
            return fail("not ready: init is shutting down")
        } catch .unreachable(let errno) {
            return fail("not ready: init does not answer: \(errno.text)")
        }
        guard !missing.isEmpty else { return output("ready") }
        var line: OutputText = "not ready:"
        for (index, program) in missing.enumerated() {
            line = "\(line)\(index == 0 ? "" : ",") \(try program.bytes("name")) \(try program.bytes("statename"))"
            let reason = try program.bytes("reason")
            if !reason.isEmpty { line = "\(line) (\(reason))" }
        }
        fail(line)
    }

    private func fail(_ line: OutputText) {
        output(line)
        exitStatus = ExitCode.generic
    }
}
