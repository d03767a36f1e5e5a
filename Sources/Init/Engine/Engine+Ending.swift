import Kernel
import Supervise

/// What init says about an end that a program has caused.
extension Engine {
    /// The shutdown begins. The message is written now, not at its end, which an impatient runtime may not wait for.
    func explain(_ cause: EndCause) {
        guard cause.code != 0, configuration.supervisord.terminationLog != nil else { return }
        let output = cause.culprit.flatMap { channels(of: $0.id)?.last(TerminationMessage.limit) }
        unwrittenTermination = TerminationMessage.text(
            cause, stdout: output?.stdout ?? [], stderr: output?.stderr ?? [])
        writeTermination(again: true)
    }

    /// The shutdown is over: another attempt, if the file system didn't answer.
    func retryTermination() { writeTermination(again: false) }

    private func writeTermination(again: Bool) {
        guard let bytes = unwrittenTermination, let path = configuration.supervisord.terminationLog else { return }
        do throws(TrustError) {
            try TrustedFile.write(bytes, to: path)
            unwrittenTermination = nil
        } catch {
            if again, Errand.isLate(error.errno) { return }
            unwrittenTermination = nil
            log.error("can't write termination_log \(path): \(error.description)")
        }
    }
}
