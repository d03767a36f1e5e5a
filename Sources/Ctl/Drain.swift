import Supervise

/// `drain`: readiness probes fail while programs run on.
@Sendable func drain(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    func refuse(_ sentence: OutputText) {
        session.mistake(sentence, in: "drain", status: ExitCode.invalidArguments)
    }
    let arguments: Arguments
    do throws(Arguments.UsageError) {
        arguments = try Arguments(words, [.init("", "--for", takesValue: true), .init("", "--off")])
    } catch {
        return refuse(error.sentence)
    }
    guard arguments.names.isEmpty else { return refuse("Error: drain is about all programs, and takes no name") }
    var seconds = arguments.has("--off") ? 0 : -1
    if let written = arguments.value(of: "--for") {
        guard seconds != 0 else { return refuse("Error: write either --for or --off") }
        guard let number = Int(written.text), (1...86_400).contains(number) else {
            return refuse("Error: \(written) is no number of seconds from 1 to 86400")
        }
        seconds = number
    }
    _ = try session.call("reeve.drain", [.int(seconds)])
    session.output(seconds < 0 ? "draining" : "drained")
}
