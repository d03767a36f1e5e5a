import Kernel
import Supervise

/// `probe` in the shell, which a time limit must not end.
@Sendable func probe(_ session: Session, _ words: [[UInt8]]) throws(CtlError) {
    session.mistake(
        "Error: probe is for the command line: ctl probe \(words.first ?? "TARGET".bytes)", in: "probe",
        status: ExitCode.invalidArguments)
}

enum ProbeAction {
    /// Asks, prints one line, and returns the exit code. It needs no supervisor.
    static func run(_ words: [[UInt8]]) -> Int32 {
        if words.count == 1, words[0].equals(ProbeService.option) { return ProbeService.run() }
        do throws(ProbeCommand.UsageError) {
            return Probe.run(try ProbeCommand(words))
        } catch {
            let message: OutputText = "Error: \(error.sentence.bytes)\n"
            File.print(bytes: message.bytes, to: 2)
            return ExitCode.invalidArguments
        }
    }
}
