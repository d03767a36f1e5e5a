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
        writeTermination(isLast: false)
    }

    /// How long a file system that didn't answer before may hold up the exit.
    private static let patience: Int64 = 1_000_000_000

    /// The shutdown is over, and nothing else is left to do: waits a moment for a write that is late.
    func finishTermination() {
        let end = SystemClock.boottime &+ Self.patience
        while unwrittenTermination != nil {
            let isLast = SystemClock.boottime >= end
            writeTermination(isLast: isLast)
            if unwrittenTermination != nil { _ = try? File.waitReadable([], milliseconds: 10) }
        }
    }

    private func writeTermination(isLast: Bool) {
        guard let bytes = unwrittenTermination, let path = configuration.supervisord.terminationLog else { return }
        do throws(TrustError) {
            // An earlier write of the same bytes that is not done yet is continued.
            try TrustedFile.write(bytes, to: path)
            unwrittenTermination = nil
        } catch {
            if !isLast, Errand.isLate(error.errno) { return }
            unwrittenTermination = nil
            log.error("can't write termination_log \(path): \(error.description)")
        }
    }
}
