import Kernel

/// The messages for the stdin of one child.
final class InputQueue: Watcher {
    private let loop: EventLoop
    /// -1 once it is closed.
    private var writing: Int32
    private var watch: Watch?
    private var kept: [UInt8] = []

    /// - Parameter writing: the end of a pipe, which this object closes.
    init(_ writing: Int32, loop: EventLoop) {
        self.writing = writing
        self.loop = loop
        PipeEnds.markWriting(writing)
    }

    deinit {
        Descriptor.close(writing)
    }

    func send(_ bytes: [UInt8]) -> ProcessInput.Sent {
        // The kept bytes may fit now, if the loop could not watch the pipe or has not served it yet.
        flush()
        guard writing >= 0 else { return .closed }
        let limit = Heap.isShort ? OutputLimits.ownLinesInShortage : ProcessInput.limit
        guard kept.isEmpty || kept.count + bytes.count <= limit else { return .full }
        kept.append(contentsOf: bytes)
        flush()
        return writing >= 0 ? .taken : .closed
    }

    func ready(_ readiness: Readiness, on watch: Watch) {
        flush()
    }

    private func flush() {
        guard writing >= 0, !kept.isEmpty else { return }
        var written = 0
        do throws(Errno) {
            while written < kept.count, let count = try write(from: written) { written += count }
        } catch {
            // EPIPE: nothing will ever read it. A pipe has no other errors.
            return close()
        }
        if written == kept.count {
            kept = []
            unwatch()
        } else {
            kept.removeFirst(written)
            // This may fail for lack of memory; the next `send` tries again.
            if watch == nil { watch = try? loop.watch(writing, for: .write, self) }
        }
    }

    private func write(from start: Int) throws(Errno) -> Int? {
        var result: Result<Int?, Errno> = .success(nil)
        kept.withUnsafeBytes { bytes in
            do throws(Errno) {
                result = .success(try File.write(writing, UnsafeRawBufferPointer(rebasing: bytes[start...])))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    private func unwatch() {
        if let watch { loop.cancel(watch) }
        watch = nil
    }

    /// The child is gone, or doesn't read any more. Discards what was kept.
    func close() {
        unwatch()
        kept = []
        Descriptor.close(writing)
        writing = -1
    }
}
