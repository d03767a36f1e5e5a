// The whole supervisor, from its first program to its exit.
//
//   running --end--> delaying --> stopping <--> delivering --> sweeping --> finished
//
// The shutdown goes in waves of groups by descending priority. Groups of one priority are one wave, so that ten
// programs that ignore SIGTERM cost one `stopwaitsecs` and not ten. Listeners hear of the last exits before they are
// stopped. When no program is left, a sweep ends what programs left behind, and the gateway leaves. A shutdown
// overrides a restart at any time; nothing overrides a shutdown, so its first cause decides about the exit code.

/// Why everything stops.
public enum Ending: Sendable {
    /// nil: a person or a signal asked for it.
    case shutdown(EndCause?)
    /// Everything starts again with this configuration, which was read and checked before anything is stopped.
    case restart(Configuration)

    public var state: SupervisorState {
        switch self {
        case .shutdown: .shutdown
        case .restart: .restarting
        }
    }

    /// The program that has caused it, if one has.
    public var cause: EndCause? {
        switch self {
        case .shutdown(let cause): cause
        case .restart: nil
        }
    }
}

public struct Lifecycle: Sendable {
    public enum Event: Sendable {
        case end(Ending)
        /// What still runs: groups of this priority are the next to stop, unless they are stopping already. nil:
        /// nothing does.
        case remaining(Wave?)
        /// The result of `.deliver`: listeners have no more events to process.
        case delivered
        /// The result of `.sweep`.
        case swept(OrphanSweep.Event)
        /// The result of `.leave`: the gateway is gone, or may stay.
        case gatewayEnded
        /// Time has passed; see `deadline`.
        case tick
    }

    /// The groups of the highest priority that still have running processes.
    public struct Wave: Equatable, Sendable {
        public var priority: Int
        /// All of those groups are event listeners.
        public var isListeners: Bool
    }

    public enum Action: Sendable {
        /// The supervisor was running until now.
        case announce(Ending)
        /// Stop the groups of this priority.
        case stop(priority: Int)
        /// Report what still runs.
        case report
        /// Event listeners are stopped next: give them a moment for the events that they have.
        case deliver
        /// No program runs any more: stop the gateway, unless it can continue after a restart.
        case leave(Ending)
        case sweep(OrphanSweep.Action)
        case finished(Ending)
    }

    /// The data that stays the same until the end.
    public struct Course: Sendable {
        public fileprivate(set) var ending: Ending
        /// When the end was requested; again, if a restart was requested before.
        public fileprivate(set) var since: Instant
        /// When to report again what still runs.
        fileprivate var reportAt: Instant
    }

    public enum State: Sendable {
        case running
        /// Programs continue for a moment, so that others can learn of the end in advance.
        case delaying(Course, until: Instant)
        /// Groups of the priority `wave` were told to stop; nil: none yet.
        case stopping(Course, wave: Int?)
        /// Only listeners are left, and may process the events that they have.
        case delivering(Course, until: Instant)
        /// nil: there is no sweep, since programs come back, or orphans belong to another process.
        case sweeping(Course, OrphanSweep?, awaitsGateway: Bool)
        case finished(Ending)
    }

    /// Seconds in which listeners may process the last events: a container often has ten for its whole shutdown.
    static let deliverSeconds = 1
    /// Seconds between two reports.
    static let reportSeconds = 3

    public private(set) var state = State.running
    /// Seconds between the request to shut down and the first stop; a second request ends them.
    public var delaySeconds = 0
    /// This process is responsible for orphans: a shutdown ends what programs have left behind.
    public var sweepsOrphans = false

    public init() {}

    public var isRunning: Bool {
        switch state {
        case .running: true
        case .delaying, .stopping, .delivering, .sweeping, .finished: false
        }
    }

    /// nil until an end is requested.
    public var ending: Ending? {
        switch state {
        case .running: nil
        case .delaying(let course, _), .stopping(let course, _), .delivering(let course, _),
            .sweeping(let course, _, _):
            course.ending
        case .finished(let ending): ending
        }
    }

    /// nil until an end is requested, and after it.
    public var endingSince: Instant? {
        switch state {
        case .delaying(let course, _), .stopping(let course, _), .delivering(let course, _),
            .sweeping(let course, _, _):
            course.since
        case .running, .finished: nil
        }
    }

    /// The driver reports again and again what remains.
    var asksWhatRemains: Bool {
        switch state {
        case .stopping, .delivering: true
        case .running, .delaying, .sweeping, .finished: false
        }
    }

    /// When `.tick` next matters; nil when only an event can move it.
    public var deadline: Instant? {
        switch state {
        case .running, .finished: nil
        case .delaying(_, let until): until
        case .stopping(let course, _): course.reportAt
        case .delivering(let course, let until): min(course.reportAt, until)
        case .sweeping(_, let sweep, _): sweep?.deadline
        }
    }

    public mutating func handle(_ event: Event, now: Instant, into actions: inout [Action]) {
        switch state {
        case .running:
            switch event {
            case .end(let ending):
                let course = Course(ending: ending, since: now, reportAt: now)
                actions.append(.announce(ending))
                state =
                    delaySeconds > 0 ? .delaying(course, until: now + delaySeconds) : .stopping(course, wave: nil)
            case .remaining, .delivered, .swept, .gatewayEnded, .tick: break
            }
        case .delaying(let course, let until):
            switch event {
            case .end(let ending): state = .stopping(course.overridden(by: ending, now) ?? course, wave: nil)
            case .tick: if now >= until { state = .stopping(course, wave: nil) }
            case .remaining, .delivered, .swept, .gatewayEnded: break
            }
        case .stopping(let course, let wave):
            switch event {
            case .end(let ending): state = .stopping(course.overridden(by: ending, now) ?? course, wave: wave)
            case .remaining(nil): sweep(course, now, &actions)
            case .remaining(let next?):
                if next.priority == wave {
                    state = .stopping(reported(course, now, &actions), wave: wave)
                } else if next.isListeners {
                    actions.append(.deliver)
                    state = .delivering(reported(course, now, &actions), until: now + Self.deliverSeconds)
                } else {
                    stop(next, course, &actions)
                }
            case .delivered, .swept, .gatewayEnded, .tick: break
            }
        case .delivering(let course, let until):
            switch event {
            case .end(let ending): state = .delivering(course.overridden(by: ending, now) ?? course, until: until)
            case .remaining(nil): sweep(course, now, &actions)
            case .remaining(let next?):
                if now >= until || !next.isListeners {
                    stop(next, course, &actions)
                } else {
                    state = .delivering(reported(course, now, &actions), until: until)
                }
            case .delivered: state = .delivering(course, until: now)
            case .swept, .gatewayEnded, .tick: break
            }
        case .sweeping(let course, let orphans, let awaitsGateway):
            switch event {
            case .end(let ending): if let course = course.overridden(by: ending, now) { sweep(course, now, &actions) }
            case .swept(let event): advance(orphans, event, course, awaitsGateway, now, &actions)
            case .tick: advance(orphans, .tick, course, awaitsGateway, now, &actions)
            case .gatewayEnded: settle(course, orphans, awaitsGateway: false, &actions)
            case .remaining, .delivered: break
            }
        case .finished(let ending):
            switch event {
            case .end(let other):
                // The driver has not left yet.
                let course = Course(ending: ending, since: now, reportAt: now)
                if let course = course.overridden(by: other, now) { sweep(course, now, &actions) }
            case .remaining, .delivered, .swept, .gatewayEnded, .tick: break
            }
        }
    }

    private mutating func stop(_ next: Wave, _ course: Course, _ actions: inout [Action]) {
        state = .stopping(course, wave: next.priority)
        actions.append(.stop(priority: next.priority))
    }

    /// At once, and every three seconds.
    private func reported(_ course: Course, _ now: Instant, _ actions: inout [Action]) -> Course {
        guard now >= course.reportAt else { return course }
        actions.append(.report)
        var course = course
        course.reportAt = now + Self.reportSeconds
        return course
    }

    private mutating func sweep(_ course: Course, _ now: Instant, _ actions: inout [Action]) {
        actions.append(.leave(course.ending))
        switch course.ending {
        case .shutdown where sweepsOrphans:
            advance(OrphanSweep(), .began(since: course.since), course, true, now, &actions)
        case .shutdown, .restart: state = .sweeping(course, nil, awaitsGateway: true)
        }
    }

    private mutating func advance(
        _ orphans: OrphanSweep?, _ event: OrphanSweep.Event, _ course: Course, _ awaitsGateway: Bool, _ now: Instant,
        _ actions: inout [Action]
    ) {
        guard var orphans else { return }
        var decided: [OrphanSweep.Action] = []
        orphans.handle(event, now: now, into: &decided)
        for action in decided { actions.append(.sweep(action)) }
        settle(course, orphans, awaitsGateway: awaitsGateway, &actions)
    }

    private mutating func settle(
        _ course: Course, _ orphans: OrphanSweep?, awaitsGateway: Bool, _ actions: inout [Action]
    ) {
        if !awaitsGateway, orphans?.isOver ?? true {
            state = .finished(course.ending)
            actions.append(.finished(course.ending))
        } else {
            state = .sweeping(course, orphans, awaitsGateway: awaitsGateway)
        }
    }
}

extension Lifecycle.Course {
    /// nil: the new request changes nothing.
    fileprivate func overridden(by other: Ending, _ now: Instant) -> Lifecycle.Course? {
        switch (ending, other) {
        case (.restart, .shutdown): Lifecycle.Course(ending: other, since: now, reportAt: reportAt)
        case (.restart, .restart), (.shutdown, .shutdown), (.shutdown, .restart): nil
        }
    }
}
