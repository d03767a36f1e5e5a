import Kernel

/// The stdin of one child, from its start to its end: a pipe, written without waiting.
///
/// What doesn't fit into the pipe is kept, and written as the child reads. The event loop watches the pipe only while
/// something is kept, so a stdin that is never used, as of most programs, costs only a descriptor.
struct ProcessInput: ~Copyable {
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

    /// -1 once it is closed.
    private var reading: Int32
    /// -1 once it is closed, or belongs to `queue`.
    private var writing: Int32
    /// Made with the first message.
    private var queue: InputQueue?

    /// - Throws: EMFILE or ENFILE if there is no descriptor left.
    init() throws(Errno) {
        let pipe = try PipeEnds.toReaderLater()
        reading = pipe.reading.take()
        writing = pipe.writing.take()
    }

    deinit {
        queue?.close()
        Descriptor.close(reading)
        Descriptor.close(writing)
    }

    /// The child's stdin.
    var readEnd: Int32 { reading }

    /// The child has been started: closes this process's copy of its end.
    mutating func spawned() {
        Descriptor.close(reading)
        reading = -1
    }

    mutating func send(_ bytes: [UInt8], loop: EventLoop) -> Sent {
        if queue == nil, writing >= 0 {
            queue = InputQueue(writing, loop: loop)
            writing = -1
        }
        return queue?.send(bytes) ?? .closed
    }
}
