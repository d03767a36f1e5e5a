import Kernel
import Supervise

/// Signals as events of the loop, in the order of their arrival, and the dead children that they announce.
final class SignalWatcher: Watcher {
    private let queue: SignalQueue
    private var watch: Watch?
    private var isPending = true
    /// A turn ended before all dead children were reaped.
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

    /// Handles signals first, so that a request to exit takes effect however many children are dying. Then reaps
    /// children, for a while.
    func deliver(to engine: Engine) {
        guard isPending || hasMore else { return }
        if isPending {
            isPending = false
            for signal in queue.drain() {
                if signal.number == Signal.child.number {
                    engine.log.debug("received SIGCHLD indicating a child quit")
                } else {
                    engine.received(Signal(number: signal.number))
                }
            }
        }
        reap(engine)
    }

    private func reap(_ engine: Engine) {
        let end = SystemClock.boottime &+ Engine.share
        hasMore = true
        repeat {
            guard let child = engine.expectedDeaths.take() ?? Reaper.next() else {
                hasMore = false
                return
            }
            engine.reaped(child)
        } while SystemClock.boottime < end
    }
}
