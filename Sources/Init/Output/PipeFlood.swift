import Kernel

/// Whether a program writes to its pipe in bulk. Such a pipe is made wider, and its bytes may be spliced.
struct PipeFlood {
    private var isWide = false
    /// Since the last read.
    private var splices: Int32 = 0

    var maySplice: Bool { isWide && splices < OutputLimits.splicesInARow }

    mutating func spliced() { splices += 1 }

    mutating func read(_ count: Int, from reading: Int32, in loop: EventLoop) {
        splices = 0
        guard count >= OutputLimits.bulk else { return }
        if !isWide {
            isWide = true
            PipeEnds.widen(reading, to: OutputLimits.floodedPipe)
        }
        if count == OutputLimits.read { loop.noteBulk() }
    }
}
