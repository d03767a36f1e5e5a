import Kernel
import Supervise

/// A reader of events that is no listener: it acknowledges nothing and is never waited for.
final class EventStream: Watcher {
    let types: EventTypes
    private let writing: Descriptor
    private let events: Events
    private var watch: Watch?

    init(_ writing: consuming Descriptor, _ types: EventTypes, events: Events) {
        self.writing = writing
        self.types = types
        self.events = events
    }

    /// Asked for nothing, epoll still tells when the reader is gone.
    func start(in loop: EventLoop) throws(Errno) { watch = try loop.watch(writing.number, for: [], self) }

    /// False when the pipe has no room for all of it. What it got of this event is worthless: the stream is over.
    func send(_ event: [UInt8]) -> Bool {
        event.withUnsafeBytes { bytes in
            do throws(Errno) {
                return try writing.write(bytes) == bytes.count
            } catch {
                return true  // the reader has gone, which the event loop says as well
            }
        }
    }

    func ready(_ readiness: Readiness, on watch: Watch) { events.end(self) }

    func stop(in loop: EventLoop) {
        if let watch { loop.cancel(watch) }
        watch = nil
    }
}
