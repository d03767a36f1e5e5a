import Kernel
import Supervise

/// A reader of events that is not a listener: it acknowledges nothing, and init never waits for it.
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

    /// Even without a requested event, epoll reports that the reader is gone.
    func start(in loop: EventLoop) throws(Errno) { watch = try loop.watch(writing.number, for: [], self) }

    /// False if the pipe has no room for the whole event. Part of an event is useless, so the stream ends.
    func send(_ event: [UInt8]) -> Bool {
        event.withUnsafeBytes { bytes in
            do throws(Errno) {
                return try writing.write(bytes) == bytes.count
            } catch {
                return true  // the reader is gone; the event loop reports that, too
            }
        }
    }

    func ready(_ readiness: Readiness, on watch: Watch) { events.end(self) }

    func stop(in loop: EventLoop) {
        if let watch { loop.cancel(watch) }
        watch = nil
    }
}
