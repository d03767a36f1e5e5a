import Kernel

/// Called when a descriptor is ready.
protocol Watcher: AnyObject {
    func ready(_ readiness: Readiness, on watch: Watch)
}

/// Buffers bytes until the end of the turn, so that many small writes become one.
protocol Flushing: AnyObject {
    func flush()
}

/// What is behind a descriptor.
enum WatchKind: Equatable {
    /// Handled at once.
    case urgent
    /// A program's output, which may be paced.
    case output
    /// The output of a program that makes a flood of small writes. The kernel is not asked about it: it would call back
    /// twice for each write, at the writer's expense. The watcher is called once in `EventLoop.pace` instead, whether
    /// there is something or not.
    case flood
}

/// A registration of the event loop. Its generation keeps an event for a closed descriptor from reaching the next owner
/// of the number.
struct Watch: Equatable {
    fileprivate let slot: UInt32
    fileprivate let generation: UInt32
    fileprivate let kind: WatchKind

    fileprivate var token: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}

/// The one place where PID 1 sleeps: epoll, with registrations that can go stale safely.
///
/// Output of programs has its own epoll set inside the other. When small pieces, a line at a time, keep init awake, it
/// checks this set once a millisecond: what arrived meanwhile is read and written together, and everything else is
/// still handled at once. A pipe that is flooded with small pieces leaves the set until the flood is over.
final class EventLoop {
    private struct Slot {
        var generation: UInt32 = 0
        var descriptor: Int32 = -1
        var watcher: (any Watcher)?
    }

    private let poller: Poller
    private let outputs: Poller
    private static let outputsToken = UInt64.max
    /// Nanoseconds since boot when this process began to wait.
    let began = SystemClock.boottime
    /// Its events come before all others of a turn: the signals, so that nothing acts on a dead child.
    var first: Watch?
    private var slots: [Slot] = []
    private var free: [UInt32] = []
    private var unflushed: [any Flushing] = []

    /// Output is checked once in `pace`.
    private(set) var isPaced = false
    /// More output may be ready than the last check returned.
    private var hasMoreOutput = false
    /// Consecutive checks of output within `pace` of each other.
    private var hurried = 0
    private var lookedAt: Int64 = 0
    private var isBulky = false
    /// The watches of the kind `flood`.
    private var floods: [Watch] = []
    private var floodsLookedAt: Int64 = 0
    /// The watchers of floods are called clearly later than once in `pace`, because the processor was busy.
    private(set) var isLate = false
    /// Nanoseconds between checks of output that arrives in small pieces.
    private static let pace: Int64 = 1_000_000
    /// Consecutive checks, each within `pace` of the last, after which output is paced.
    private static let patience = 16

    init() throws(Errno) {
        poller = try Poller()
        outputs = try Poller()
        try poller.add(outputs.number, .read, token: Self.outputsToken)
    }

    /// - Throws: EPERM for a regular file (always ready: don't wait, just write), ENOSPC or ENOMEM at a limit.
    func watch(
        _ descriptor: Int32, for interest: Interest, as kind: WatchKind = .urgent, _ watcher: any Watcher
    ) throws(Errno) -> Watch {
        let slot: UInt32
        if let reused = free.last {
            slot = reused
        } else {
            slot = UInt32(slots.count)
            slots.append(Slot())
            free.append(slot)
        }
        let watch = Watch(slot: slot, generation: slots[Int(slot)].generation, kind: kind)
        switch kind {
        case .urgent: try poller.add(descriptor, interest, token: watch.token)
        case .output: try outputs.add(descriptor, interest, token: watch.token)
        case .flood:
            if floods.isEmpty { floodsLookedAt = SystemClock.boottime }
            floods.append(watch)
        }
        free.removeLast()
        slots[Int(slot)].descriptor = descriptor
        slots[Int(slot)].watcher = watcher
        return watch
    }

    /// Changes the events to wait for; `[]` pauses (hang-up and error are still reported: cancel to receive nothing).
    func change(_ watch: Watch, to interest: Interest) {
        guard isCurrent(watch) else { return }
        let descriptor = slots[Int(watch.slot)].descriptor
        // For a registered descriptor only a lack of memory makes it fail; then the old interest stays.
        switch watch.kind {
        case .urgent: try? poller.change(descriptor, interest, token: watch.token)
        case .output: try? outputs.change(descriptor, interest, token: watch.token)
        case .flood: break
        }
    }

    /// Call it before the descriptor is closed.
    ///
    /// - Parameter isClosing: the descriptor is closed at once, and is the only one for its pipe: the kernel stops
    ///   watching it by itself, unless a child on its way has a copy.
    func cancel(_ watch: Watch, isClosing: Bool = false) {
        guard isCurrent(watch) else { return }
        let isWatched = !isClosing || Spawn.isUnderway
        switch watch.kind {
        case .urgent: if isWatched { poller.remove(slots[Int(watch.slot)].descriptor) }
        case .output: if isWatched { outputs.remove(slots[Int(watch.slot)].descriptor) }
        case .flood: floods.removeAll { $0 == watch }
        }
        slots[Int(watch.slot)].watcher = nil
        slots[Int(watch.slot)].generation &+= 1
        free.append(watch.slot)
    }

    /// Sleeps until something is ready (or not at all), then calls the watchers. Returns the number of events.
    ///
    /// - Parameter afterFirst: called after the first watcher and before all others, even if nothing is ready.
    @discardableResult
    func turn(wait: Bool, afterFirst: () -> Void = {}) -> Int {
        flush()
        let sleep: Int32 = !wait || hasMoreOutput ? 0 : isPaced || !floods.isEmpty ? 1 : -1
        var hasOutput = hasMoreOutput
        var count = poller.wait(milliseconds: sleep, first: first?.token, afterFirst) { token, readiness in
            if token == Self.outputsToken { hasOutput = true } else { tell(token, readiness) }
        }
        // It may have been woken early, for something else.
        if isPaced, !hasOutput { hasOutput = SystemClock.boottime &- lookedAt >= Self.pace / 2 }
        if hasOutput { count += lookAtOutput() }
        if !floods.isEmpty { count += lookAtFloods() }
        return count
    }

    private func tell(_ token: UInt64, _ readiness: Readiness) {
        let slot = Int(token & 0xffff_ffff)
        let generation = UInt32(token >> 32)
        guard slot < slots.count, slots[slot].generation == generation, let watcher = slots[slot].watcher else {
            return
        }
        watcher.ready(readiness, on: Watch(slot: UInt32(slot), generation: generation, kind: .urgent))
    }

    private func isCurrent(_ watch: Watch) -> Bool {
        Int(watch.slot) < slots.count && slots[Int(watch.slot)].generation == watch.generation
            && slots[Int(watch.slot)].watcher != nil
    }

    // MARK: Output

    /// The last read was large, or a client waits for the output: waiting for more has no point.
    func noteBulk() { isBulky = true }

    private func lookAtOutput() -> Int {
        isBulky = false
        let count = outputs.wait(milliseconds: 0) { tell($0, $1) }
        hasMoreOutput = isPaced && count == Poller.most
        let now = SystemClock.boottime
        defer { lookedAt = now }
        if isPaced {
            if count == 0 || isBulky { pace(false) }
        } else {
            hurried = !isBulky && now &- lookedAt < Self.pace ? hurried + 1 : 0
            if hurried >= Self.patience { pace(true) }
        }
        return count
    }

    private func lookAtFloods() -> Int {
        let now = SystemClock.boottime
        let elapsed = now &- floodsLookedAt
        guard elapsed >= Self.pace / 2 else { return 0 }
        isLate = elapsed > Self.pace * 3 / 2
        floodsLookedAt = now
        let looked = floods.prefix(Poller.most)
        // The others come first the next time.
        if looked.count < floods.count { floods = Array(floods[looked.count...] + looked) }
        for watch in looked { tell(watch.token, .readable) }
        return looked.count
    }

    private func pace(_ isPaced: Bool) {
        self.isPaced = isPaced
        hurried = 0
        hasMoreOutput = false
        // It cannot fail for a registered descriptor.
        try? poller.change(outputs.number, isPaced ? [] : .read, token: Self.outputsToken)
    }

    // MARK: The end of a turn

    /// `one` will be flushed before the loop sleeps.
    func flushLater(_ one: any Flushing) { unflushed.append(one) }

    /// Call it before sending an answer whose client must find everything written that came before it.
    func flush() {
        guard !unflushed.isEmpty else { return }
        // Flushing one may add another.
        var index = 0
        while index < unflushed.count {
            unflushed[index].flush()
            index += 1
        }
        unflushed.removeAll(keepingCapacity: true)
    }
}
