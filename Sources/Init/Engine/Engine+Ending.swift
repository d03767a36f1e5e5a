import Kernel
import Supervise

/// The last steps of a shutdown, and what init says about an end that a program has caused.
extension Engine {
    /// What the shutdown waits for without an event: listeners that have no more to do, the last child, the gateway's
    /// exit.
    func advanceEnding() {
        // What follows may be due at once.
        if case .delivering = supervisor.lifecycle.state, !output.events.isDelivering { tell(.delivered) }
        switch supervisor.lifecycle.state {
        case .running, .delaying, .stopping, .delivering, .finished: break
        case .sweeping(let course, let orphans, let awaitsGateway):
            if awaitsGateway, isGatewayDone(before: course.ending) { tell(.gatewayEnded) }
            if orphans?.isOver == false, !Reaper.hasChildren { tell(.swept(.childless)) }
        }
    }

    /// The gateway exits last, so that clients see the end; it continues if a restart changes nothing for it.
    private func isGatewayDone(before ending: Ending) -> Bool {
        guard let gateway else { return true }
        if case .restart(let next) = ending, gateway.suits(next) { return true }
        return gateway.isOver
    }

    func leave(_ ending: Ending) {
        output.events.hooks?.tell(.closed)
        tasks.cancelAll()
        guard let gateway else { return }
        if case .restart(let next) = ending, gateway.suits(next) { return }
        gateway.end(by: supervisor.lifecycle.budget?.gatewayKillBy)
    }

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
