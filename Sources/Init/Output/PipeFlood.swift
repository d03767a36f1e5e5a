import Kernel

/// Whether a program writes to its pipe in bulk. Such a pipe is made wider, as is the one that its bytes are passed on to,
/// and they may be spliced.
///
/// If the program writes small pieces, init reads the pipe by the clock (`WatchKind.flood`) for as long as that keeps
/// up: until it finds the pipe almost empty, or almost full.
struct PipeFlood {
    private enum Width { case usual, wide, limited }

    private var width = Width.usual
    private(set) var kind = WatchKind.output
    /// Small reads, up to `OutputLimits.pieces`.
    private var pieces: Int16 = 0
    /// How often in a row the pipe was almost full when it was due; negative: how often it was almost empty.
    private var extremes: Int8 = 0
    /// Since the last read.
    private var splices: Int8 = 0

    var maySplice: Bool { width != .usual && splices < OutputLimits.splicesInARow }

    mutating func spliced(in loop: EventLoop) {
        splices += 1
        begin()
        loop.noteBulk()
    }

    mutating func read(_ count: Int, from reading: Int32, to stream: StreamSink?, in loop: EventLoop) {
        splices = 0
        if count < OutputLimits.batched { pieces = min(pieces + 1, OutputLimits.pieces) }
        guard count >= OutputLimits.bulk else { return }
        if width == .usual {
            width = PipeEnds.widen(reading, to: OutputLimits.floodedPipe) ? .wide : .limited
            stream?.widen()
        }
        begin()
        if count == OutputLimits.read { loop.noteBulk() }
    }

    private mutating func begin() {
        if pieces == OutputLimits.pieces, width == .wide { kind = .flood }
    }

    /// The pipe is due, and `waiting` bytes are in it.
    mutating func look(_ waiting: Int, in loop: EventLoop) {
        if waiting < OutputLimits.bulk {
            extremes = min(extremes, 0) - 1
        } else if waiting < OutputLimits.almostFull || loop.isLate {
            extremes = 0
        } else {
            extremes = max(extremes, 0) + 1
        }
        guard extremes.magnitude == OutputLimits.extremes else { return }
        kind = .output
        pieces = extremes > 0 ? OutputLimits.piecesOfTooFast : 0
        extremes = 0
    }
}
