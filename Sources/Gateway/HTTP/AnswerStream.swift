import NIOCore

/// An answer whose end isn't known when it begins: followed logs, events. Belongs to the loop.
///
/// While it is open the gateway stays. A client that doesn't read is disconnected after `Limits.piecePatience`; one
/// that closes its sending side counts as gone, as in supervisord: nothing else would reveal that while there is
/// nothing to write.
final class AnswerStream {
    /// What the connection does for its stream.
    struct Writer {
        /// Writes a piece; succeeds the promise when the socket has taken it.
        let put: ([UInt8], EventLoopPromise<Void>) -> Void
        /// The client has something to read (true), or has read everything (false).
        let expect: (Bool) -> Void
        /// Everything was read, and nothing follows.
        let finish: () -> Void
    }

    private let loop: any EventLoop
    private var outlet: Writer?
    /// Bytes that the socket hasn't taken yet.
    private var pending = 0
    private var isEnding = false
    private var drained: (() -> Void)?
    private var gone: (() -> Void)?

    init(on loop: any EventLoop, _ outlet: Writer) {
        self.loop = loop
        self.outlet = outlet
    }

    /// It was ended, or the client is gone.
    var isOver: Bool { outlet == nil || isEnding }

    /// False if there is no room (or no client), and nothing of `bytes` was taken. If nothing waits for the client, a
    /// piece of any length is taken: the writer limits it.
    func write(_ bytes: [UInt8]) -> Bool {
        guard let outlet, !isEnding else { return false }
        guard !bytes.isEmpty else { return true }
        guard pending == 0 || pending + bytes.count <= Limits.streamBuffer else { return false }
        if pending == 0 { outlet.expect(true) }
        pending += bytes.count
        let promise = loop.makePromise(of: Void.self)
        // A failure comes with the end of the connection.
        promise.futureResult.assumeIsolated().whenSuccess { self.took(bytes.count) }
        outlet.put(bytes, promise)
        return true
    }

    /// Calls `action` once, in a later turn of the loop, when the socket has taken everything; never if the client is
    /// gone.
    func whenDrained(_ action: @escaping () -> Void) {
        guard !isOver else { return }
        drained = action
        if pending == 0 { announceDrained() }
    }

    /// Nothing follows. What was written is still sent.
    func end() {
        guard !isOver else { return }
        isEnding = true
        forget()
        if pending == 0 { finish() }
    }

    /// Calls `action` once, when the client leaves before `end()`; at once if it has left.
    func whenGone(_ action: @escaping () -> Void) {
        guard !isEnding else { return }
        if outlet == nil { action() } else { gone = action }
    }

    // MARK: The connection's part

    /// The connection is over.
    func lost() {
        outlet = nil
        let action = gone
        forget()
        action?()
    }

    private func took(_ count: Int) {
        pending -= count
        guard let outlet else { return }
        outlet.expect(pending > 0)
        guard pending == 0 else { return }
        if isEnding { finish() } else if drained != nil { announceDrained() }
    }

    /// Not at once: with a client that reads as fast as it is written for, that would be a recursion.
    private func announceDrained() {
        loop.assumeIsolated().execute { [self] in
            guard pending == 0, let action = drained else { return }
            drained = nil
            action()
        }
    }

    private func finish() {
        let outlet = outlet
        self.outlet = nil
        outlet?.finish()
    }

    private func forget() {
        drained = nil
        gone = nil
    }
}
