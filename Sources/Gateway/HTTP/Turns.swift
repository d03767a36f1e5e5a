import NIOCore

/// Long work that is done a piece at a time, one piece in a turn of the loop, in the order in which it was asked for: whatever all
/// of it takes, the loop looks at its sockets between two pieces.
///
/// The loop runs what is due, and what has become due meanwhile, before it looks at a socket again. So there is one queue: work
/// with clocks of its own would make each other due.
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
