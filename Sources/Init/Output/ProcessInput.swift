import Kernel

/// The stdin of one child, from its start to its end: a pipe, written without waiting.
///
/// What doesn't fit into the pipe is kept, and written as the child reads. The event loop watches the pipe only while
/// something is kept, so a stdin that is never used costs only a descriptor.
final class ProcessInput: Watcher {
    enum Sent: Equatable {
        /// All bytes are in the pipe or kept.
        case taken
        /// The child has closed its stdin, or is gone.
        case closed
        /// The child doesn't read: no byte was accepted.
        case full
    }

    /// The most bytes that are kept for a child that doesn't read, besides the 64 KB in its pipe.
    ///
    /// supervisord has no limit. This one is enough for anything typed or pasted, and keeps a thousand programs that
    /// never read from using up a container's memory. If nothing is kept, a message is accepted whatever its size: its
    /// source has limited it (a packet of the control socket, an event), and it could never be sent otherwise.
    static let limit = 256 * 1024

    private let loop: EventLoop
    /// -1 once it is closed.
    private var writing: Int32
    private var reading: Int32
    private var watch: Watch?
    private var kept: [UInt8] = []
    /// Whether the end is marked non-blocking, which happens with the first message: most programs never get one.
    private var isMarked = false

    /// - Throws: EMFILE or ENFILE if there is no descriptor left.
    init(loop: EventLoop) throws(Errno) {
        self.loop = loop
        let pipe = try PipeEnds.toReaderLater()
        reading = pipe.reading.take()
        writing = pipe.writing.take()
    }

    deinit {
        Descriptor.close(reading)
        Descriptor.close(writing)
    }

    /// The child's stdin.
    var readEnd: Int32 { reading }
    /// True if nothing is kept.
    var isIdle: Bool { kept.isEmpty }

    /// The child has been started: closes this process's copy of its end.
    func spawned() {
        Descriptor.close(reading)
        reading = -1
    }

    func send(_ bytes: [UInt8]) -> Sent {
        // The kept bytes may fit now, if the loop could not watch the pipe or has not served it yet.
        flush()
        guard writing >= 0 else { return .closed }
        let limit = Heap.isShort ? OutputLimits.ownLinesInShortage : Self.limit
        guard isIdle || kept.count + bytes.count <= limit else { return .full }
        kept.append(contentsOf: bytes)
        if !isMarked { PipeEnds.markWriting(writing) }
        isMarked = true
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

    /// The child is gone, or was never started. Discards what was kept.
    func close() {
        unwatch()
        kept = []
        spawned()
        Descriptor.close(writing)
        writing = -1
    }
}
