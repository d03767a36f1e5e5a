import Kernel

/// Whoever wants to hear that a descriptor is ready.
protocol Watcher: AnyObject {
    func ready(_ readiness: Readiness, on watch: Watch)
}

/// A registration of the event loop. Its generation keeps an event for a closed descriptor from reaching
/// whoever got the number next.
struct Watch: Equatable {
    fileprivate let slot: UInt32
    fileprivate let generation: UInt32
    let descriptor: Int32

    fileprivate var token: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}

/// The one place where PID 1 sleeps: epoll behind registrations that can go stale safely.
final class EventLoop {
    private struct Slot {
        var generation: UInt32 = 0
        var watcher: (any Watcher)?
    }

    private let poller: Poller
    /// Nanoseconds since boot when this process began to wait.
    let began = Clock.boottime
    /// Its events come before all others of a turn: the signals, so that nobody acts on a dead child.
    var first: Watch?
    private var slots: [Slot] = []
    private var free: [UInt32] = []

    init() throws(Errno) {
        poller = try Poller()
    }

    /// - Throws: EPERM for a regular file (always ready: don't wait, just write), ENOSPC or ENOMEM at a limit.
    func watch(_ descriptor: Int32, for interest: Interest, _ watcher: any Watcher) throws(Errno) -> Watch {
        let slot: UInt32
        if let reused = free.last {
            slot = reused
        } else {
            slot = UInt32(slots.count)
            slots.append(Slot())
            free.append(slot)
        }
        let watch = Watch(slot: slot, generation: slots[Int(slot)].generation, descriptor: descriptor)
        try poller.add(descriptor, interest, token: watch.token)
        free.removeLast()
        slots[Int(slot)].watcher = watcher
        return watch
    }

    /// Changes what is waited for; `[]` pauses (hang-up and error are still reported: cancel to be left alone).
    func change(_ watch: Watch, to interest: Interest) {
        guard isCurrent(watch) else { return }
        // It cannot fail for a registered descriptor, but for memory; the old interest then stands.
        try? poller.change(watch.descriptor, interest, token: watch.token)
    }

    /// Call it before the descriptor is closed.
    func cancel(_ watch: Watch) {
        guard isCurrent(watch) else { return }
        poller.remove(watch.descriptor)
        slots[Int(watch.slot)].watcher = nil
        slots[Int(watch.slot)].generation &+= 1
        free.append(watch.slot)
    }

    /// Sleeps until something is ready (or not at all), then tells the watchers. The number of events.
    ///
    /// - Parameter afterFirst: comes after the first watcher and before all others, also when there is nothing to tell.
    @discardableResult
    func turn(wait: Bool, afterFirst: () -> Void = {}) -> Int {
        poller.wait(milliseconds: wait ? -1 : 0, first: first?.token, afterFirst) { token, readiness in
            let slot = Int(token & 0xffff_ffff)
            let generation = UInt32(token >> 32)
            guard slot < slots.count, slots[slot].generation == generation, let watcher = slots[slot].watcher else {
                return
            }
            // The number of the descriptor is the watcher's own knowledge: it holds the watch.
            watcher.ready(readiness, on: Watch(slot: UInt32(slot), generation: generation, descriptor: -1))
        }
    }

    private func isCurrent(_ watch: Watch) -> Bool {
        Int(watch.slot) < slots.count && slots[Int(watch.slot)].generation == watch.generation
            && slots[Int(watch.slot)].watcher != nil
    }
}
