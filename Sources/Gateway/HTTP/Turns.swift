import NIOCore

/// Long work in pieces, one piece per turn of the loop, in the order of the requests: however long all of it takes, the
/// loop serves its sockets between two pieces.
///
/// The loop runs everything that is due, and that has become due meanwhile, before it serves a socket again. So there
/// is only one queue: separate timers would make each other due.
final class Turns {
    private let loop: any EventLoop
    private var waiting = CircularBuffer<() -> Void>()
    private var isPlanned = false

    init(on loop: any EventLoop) { self.loop = loop }

    /// - Parameter piece: about a millisecond of work; called in a later turn.
    func later(_ piece: @escaping () -> Void) {
        waiting.append(piece)
        plan()
    }

    private func plan() {
        guard !isPlanned, !waiting.isEmpty else { return }
        isPlanned = true
        loop.assumeIsolated().scheduleTask(in: Limits.betweenPieces) { [self] in
            let piece = waiting.removeFirst()
            piece()
            // Only now, so that it isn't due yet.
            isPlanned = false
            plan()
        }
    }
}
