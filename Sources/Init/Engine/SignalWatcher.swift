import Kernel
import Supervise

/// Signals as events of the loop: deaths are taken first, then the rest in the order of their arrival.
final class SignalWatcher: Watcher {
    /// The dead that one turn takes at most; the next turn doesn't sleep if there may be more.
    private static let mostDeaths = 4096

    private let queue: SignalQueue
    private var watch: Watch?
    private var isPending = true
    /// A turn ended before all the dead were taken.
    private(set) var hasMore = false

    /// Blocks the signals, so call it first of all: a TERM in the first millisecond then waits here.
    init() throws(Errno) {
        queue = try SignalQueue(SignalSet.all.subtracting(.synchronous))
    }

    func start(in loop: EventLoop) throws(Errno) {
        watch = try loop.watch(queue.descriptor.number, for: .read, self)
        loop.first = watch
    }

    func ready(_ readiness: Readiness, on watch: Watch) { isPending = true }

    func deliver(to engine: Engine) {
        guard isPending || hasMore else { return }
        var signals: [Signal] = []
        if isPending {
            isPending = false
            let received = queue.drain()
            for signal in received {
                if signal.number == Signal.child.number {
                    engine.log.debug("received SIGCHLD indicating a child quit")
                } else {
                    signals.append(Signal(number: signal.number))
                }
            }
        }
        reap(engine)
        for signal in signals { engine.received(signal) }
    }

    private func reap(_ engine: Engine) {
        hasMore = true
        for _ in 0..<Self.mostDeaths {
            guard let child = Reaper.next() else {
                hasMore = false
                return
            }
            engine.reaped(child)
        }
    }
}
