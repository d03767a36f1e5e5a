import Kernel
import Supervise

/// The one alarm of the loop.
final class AlarmWatcher: Watcher {
    private var alarm: Alarm
    private var watch: Watch?

    init(loop: EventLoop) throws(Errno) {
        alarm = try Alarm()
        watch = try loop.watch(alarm.descriptor, for: .read, self)
    }

    func set(_ deadline: Instant?) { alarm.set(deadline?.nanoseconds) }

    func cancel(in loop: EventLoop) {
        if let watch { loop.cancel(watch) }
        watch = nil
    }

    /// The loop checks all deadlines after every turn: nothing more to do.
    func ready(_ readiness: Readiness, on watch: Watch) { alarm.acknowledge() }
}
