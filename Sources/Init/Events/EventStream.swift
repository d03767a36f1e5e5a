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

    /// Without a requested event, epoll still reports when the reader is gone.
    func start(in loop: EventLoop) throws(Errno) { watch = try loop.watch(writing.number, for: [], self) }

    /// False if the pipe has no room for the whole event. A partial event is worthless: the stream is over.
    func send(_ event: [UInt8]) -> Bool {
        event.withUnsafeBytes { bytes in
            do throws(Errno) {
                return try writing.write(bytes) == bytes.count
            } catch {
                return true  // the reader is gone, which the event loop reports as well
            }
        }
    }

    func ready(_ readiness: Readiness, on watch: Watch) { events.end(self) }

    func stop(in loop: EventLoop) {
        if let watch { loop.cancel(watch) }
        watch = nil
    }
}
