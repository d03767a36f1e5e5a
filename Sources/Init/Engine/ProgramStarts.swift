import Kernel
import Supervise

/// Starts of programs: a queue, and the children that are on their way to their programs.
///
/// init doesn't wait for a child. While children are quick, few are on their way at a time, so that a thousand starts
/// leave processor time to others; slow ones don't count, so that one that hangs blocks nothing. It lives as long as
/// init: a child that hangs in the kernel may outlive a restart of everything.
final class ProgramStarts {
    /// Quick children on their way: as many as there are processors. More would only get in each other's way, since
    /// they share init's memory: on one processor, a thousand starts take a fifth longer four at a time than one after
    /// the other, and on two they take a tenth longer than two at a time.
    private let mostQuick = min(SystemProcess.processorCount, 4)
    /// Milliseconds after which a child no longer counts among those.
    private static let quickness = 4
    /// Milliseconds after which a child is slow: the reports of later ones no longer wait for it.
    private static let slowness = 50
    /// The limit of slow children, including those that were given up. Each costs some memory, a descriptor and a
    /// process.
    private static let mostSlow = 512

    let loop: EventLoop
    /// The engine of these programs; nil between two engines.
    var engine: Engine?
    private var queue: [ProcessID] = []
    private var next = 0
    private var quick: [ProgramStart] = []
    private var slow: [ProgramStart] = []
    /// Starts that need something which isn't available yet: they are retried with each check of slow children.
    private var deferred: [(id: ProcessID, since: Instant)] = []
    /// Seconds for which they are retried.
    private static let patience = 5
    /// Starts that failed or were given up: only the child's death is still awaited.
    private var dying: [ProgramStart] = []
    private var lookAt: Instant?
    private var isBeginning = false
    /// How many of `quick` are younger than `quickness`, as of the last look.
    private var young = 0

    init(loop: EventLoop) {
        self.loop = loop
    }

    // MARK: The queue

    func enqueue(_ id: ProcessID) { queue.append(id) }

    /// Removes a start that has not begun.
    func cancel(_ id: ProcessID) {
        if let index = queue[next...].firstIndex(of: id) { queue.remove(at: index) }
        deferred.removeAll { $0.id == id }
    }

    /// Retries a start, for as long as a child would have; false once that time is over.
    func later(_ id: ProcessID) -> Bool {
        let now = Engine.now.instant
        if let known = deferred.first(where: { $0.id == id }) {
            guard now >= known.since + Self.patience else { return true }
            deferred.removeAll { $0.id == id }
            return false
        }
        deferred.append((id, now))
        plan(now.advanced(milliseconds: Self.quickness))
        return true
    }

    /// Another start can begin now.
    var canBegin: Bool { next < queue.count && young < mostQuick }

    /// Begins starts while there is room, until the time is used up.
    func begin(until deadline: Instant) {
        // The result of a start may request another.
        guard !isBeginning else { return }
        isBeginning = true
        defer { isBeginning = false }
        while canBegin, let engine {
            let id = queue[next]
            next += 1
            if next == queue.count {
                queue.removeAll(keepingCapacity: next <= Self.mostSlow)
                next = 0
            }
            engine.begin(id)
            if SystemClock.boottime >= deadline.nanoseconds { return }
        }
    }

    /// Why no child may be added; nil: one may.
    var refusal: StartError? {
        guard slow.count + dying.count >= Self.mostSlow else { return nil }
        return StartError(.step, "couldn't start it: the starts of \(Self.mostSlow) programs are hanging already")
    }

    func add(_ start: ProgramStart) {
        quick.append(start)
        young += 1
        deferred.removeAll { $0.id == start.id }
        plan(Engine.now.instant.advanced(milliseconds: Self.quickness))
    }

    private func plan(_ due: Instant) { lookAt = min(lookAt ?? due, due) }

    // MARK: Children

    /// Checks whether the child has reported. Children that began earlier are handled first, unless they are slow:
    /// logs, events and answers name programs in the order of their starts.
    func look(at start: ProgramStart, isDead: Bool = false) {
        // A report can be read only once.
        if start.outcome == nil {
            switch start.spawning.look() {
            case .underway where !isDead: return
            case .underway, .executed: start.outcome = .executed
            case .failed(let failure): start.outcome = .failed(failure)
            }
        }
        start.unwatch()
        if isDead { tell(start) } else { tellQuick() }
        if slow.contains(where: { $0 === start }) { tell(start) }
    }

    private func tellQuick() {
        while let first = quick.first, first.outcome != nil { tell(first) }
    }

    private func tell(_ start: ProgramStart) {
        remove(start)
        switch start.outcome {
        case .executed:
            start.end()
            engine?.executed(start)
        case .failed(let failure):
            dying.append(start)
            engine?.failed(start, failure)
        case .underway, nil: break
        }
    }

    /// Whether this is a child whose start failed or was given up, and which isn't dead yet.
    func isDying(_ pid: Int32) -> Bool { dying.contains { $0.pid == pid } }

    /// A child is dead. Returns true if its start failed, so that its death has no further meaning.
    @discardableResult
    func reaped(_ pid: Int32) -> Bool {
        if let start = quick.first(where: { $0.pid == pid }) ?? slow.first(where: { $0.pid == pid }) {
            // Its report comes before its death. If it has reported nothing until now, it never will: there is no end
            // of file yet while another child, a copy of this process, has not closed the pipe.
            look(at: start, isDead: true)
        }
        guard let index = dying.firstIndex(where: { $0.pid == pid }) else { return false }
        dying.remove(at: index).end()
        return true
    }

    /// The caller has sent it SIGKILL.
    func noteKill(of pid: Int32) {
        for start in quick where start.pid == pid { start.spawning.noteKill() }
        for start in slow where start.pid == pid { start.spawning.noteKill() }
    }

    private func remove(_ start: ProgramStart) {
        quick.removeAll { $0 === start }
        slow.removeAll { $0 === start }
        countYoung(Engine.now.instant)
    }

    private func countYoung(_ now: Instant) {
        young = 0
        for start in quick where start.age(now) < Self.quickness { young += 1 }
    }

    // MARK: Time

    /// When `tick` matters next.
    var deadline: Instant? {
        if !quick.isEmpty || !slow.isEmpty || !deferred.isEmpty { return lookAt }
        guard Errand.settle() else { return nil }
        // Late calls on files: they leave something to free.
        let due = Engine.now.instant.advanced(milliseconds: Int(Spawning.look))
        lookAt = min(lookAt ?? due, due)
        return lookAt
    }

    func tick(_ now: Instant) {
        guard let lookAt, now >= lookAt else { return }
        let wasSlow = slow
        var late: [ProgramStart] = []
        for start in quick where start.outcome == nil && start.age(now) >= Self.slowness { late.append(start) }
        quick.removeAll { $0.outcome == nil && $0.age(now) >= Self.slowness }
        countYoung(now)
        slow += late
        tellQuick()
        for start in wasSlow { urge(start) }
        // They stay in the list until they have a result.
        for waiting in deferred where !queue[next...].contains(waiting.id) { queue.append(waiting.id) }
        // What is only late, on a busy machine, arrives soon.
        let isFresh = deferred.contains { now < $0.since.advanced(milliseconds: Int(Spawning.look)) }
        let pause = quick.isEmpty && !isFresh ? Int(Spawning.look) : Self.quickness
        self.lookAt = now.advanced(milliseconds: pause)
    }

    private func urge(_ start: ProgramStart) {
        look(at: start)
        guard slow.contains(where: { $0 === start }) else { return }
        switch start.spawning.urge() {
        case .wait: break
        case .abandon:
            remove(start)
            start.unwatch()
            dying.append(start)
            engine?.failed(start, start.spawning.late)
        }
    }

    /// An engine ends: nothing of its programs is left except children that were given up.
    func detach() {
        engine = nil
        queue = []
        next = 0
        deferred = []
    }
}
