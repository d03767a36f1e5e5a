import Supervise

/// `scale web=4`: another `numprocs`, until init starts again.
@Sendable func scale(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    guard let words = session.names(words, of: "scale") else { return }
    func refuse(_ sentence: OutputText) {
        session.mistake(sentence, in: "scale", status: ExitCode.invalidArguments)
    }
    guard !words.isEmpty else { return refuse("Error: scale requires a program and a count, such as web=4") }
    var counts: [(program: [UInt8], count: Int)] = []
    for word in words {
        guard let equals = word.firstIndex(of: UInt8(ascii: "=")), equals > 0,
            let count = Arguments.number(word[(equals + 1)...])
        else { return refuse("Error: \(word) is not PROGRAM=COUNT, such as web=4") }
        counts.append((Array(word[..<equals]), count))
    }
    guard try session.isUp() else { return }
    for (program, count) in counts {
        do throws(CtlError) {
            let stopped = try session.list("reeve.scale", [.string(program), .int(count)])
            for name in stopped { session.output("\(name.bytes ?? []): stopped") }
            session.output("\(program): scaled to \(count)")
        } catch .fault(Fault.badName.rawValue, _) {
            session.output("\(program): ERROR (no such program)")
            session.exitStatus = ExitCode.generic
            session.suggestGroup(for: program)
        } catch .fault(Fault.cantReread.rawValue, let text) {
            session.tellUnreadable(text)
            session.note(rest: text)
            session.exitStatus = ExitCode.generic
        }
    }
}
