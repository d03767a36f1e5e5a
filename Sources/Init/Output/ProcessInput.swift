import Kernel

/// The stdin of one child, from its start to its end: a pipe that is written without ever waiting.
///
/// What the pipe has no room for is kept and goes as the child reads. The event loop hears of the pipe only while
/// something is kept, so a stdin that nobody uses costs a descriptor and nothing else.
final class ProcessInput: Watcher {
    enum Sent: Equatable {
        /// All of it is in the pipe or kept.
        case taken
        /// The child has closed its stdin, or is gone.
        case closed
        /// The child does not read: nothing of it was taken.
        case full
    }

    /// Bytes that wait for a child which does not read, beside the 64 KB that its pipe holds.
    ///
    /// supervisord keeps any number. This is enough for whatever is typed or pasted, and a thousand programs that never
    /// read can't take more than a container has. A message for a pipe that keeps nothing is taken whatever its size:
    /// whoever made it has bounded it (a packet of the control socket, an event), and could never send it otherwise.
    static let limit = 256 * 1024

    private let loop: EventLoop
    /// -1 when closed.
    private var writing: Int32
    private var reading: Int32
    private var watch: Watch?
    private var kept: [UInt8] = []
    /// Most programs are never sent anything.
    private var isMarked = false

    /// - Throws: EMFILE or ENFILE: there is no descriptor left.
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

    /// What the child gets as its stdin.
    var readEnd: Int32 { reading }
    /// Nothing is kept.
    var isIdle: Bool { kept.isEmpty }

    /// The child has been started: its end is not ours any more.
    func spawned() {
        Descriptor.close(reading)
        reading = -1
    }

    func send(_ bytes: [UInt8]) -> Sent {
        // What is kept may fit now, if the loop could not watch the pipe or has not come to it yet.
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
            // EPIPE: nobody will ever read it. No other error is known of a pipe.
            return close()
        }
        if written == kept.count {
            kept = []
            unwatch()
        } else {
            kept.removeFirst(written)
            // For want of memory it may fail; the next `send` tries again.
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

    /// The child is gone, or was never started. What was kept is lost.
    func close() {
        unwatch()
        kept = []
        spawned()
        Descriptor.close(writing)
        writing = -1
    }
}
