import Supervise

/// Has something to do at a time.
protocol DeadlineOwner: AnyObject {
    /// When `tick` matters next; nil if only an event can change anything.
    func deadline(_ now: Instant) -> Instant?
    /// A deadline has passed, not necessarily this object's.
    func tick(_ now: Moment)
}

/// All owners of deadlines: the loop sleeps until the earliest.
struct Deadlines {
    private var owners: [any DeadlineOwner] = []

    mutating func add(_ owner: any DeadlineOwner) { owners.append(owner) }

    mutating func removeAll() { owners = [] }

    func earliest(_ now: Instant) -> Instant? {
        var earliest: Instant?
        for owner in owners {
            guard let deadline = owner.deadline(now) else { continue }
            earliest = min(earliest ?? deadline, deadline)
        }
        return earliest
    }

    func tick(_ now: Moment) {
        for owner in owners { owner.tick(now) }
    }
}

extension Output: DeadlineOwner {
    func deadline(_ now: Instant) -> Instant? { deadline }
    func tick(_ now: Moment) { tick(now: now.instant) }
}

extension Events: DeadlineOwner {
    func deadline(_ now: Instant) -> Instant? { deadline }
    func tick(_ now: Moment) { tick(now: now.instant) }
}

extension ProgramStarts: DeadlineOwner {
    func deadline(_ now: Instant) -> Instant? { deadline }
    func tick(_ now: Moment) { tick(now.instant) }
}

extension TaskRunner: DeadlineOwner {
    func deadline(_ now: Instant) -> Instant? { deadline }
    func tick(_ now: Moment) { tick(now.instant) }
}

extension ControlServer: DeadlineOwner {
    func deadline(_ now: Instant) -> Instant? { deadline }
    func tick(_ now: Moment) { tick(now.instant) }
}

extension GatewayHost: DeadlineOwner {
    func deadline(_ now: Instant) -> Instant? { deadline }

    func tick(_ now: Moment) {
        if let deadline, deadline <= now.instant { tick() }
    }
}

/// The programs, and the shutdown.
extension Engine: DeadlineOwner {
    func deadline(_ now: Instant) -> Instant? { supervisor.deadline(now: now) }
    func tick(_ now: Moment) { tell(.tick, now) }
}
