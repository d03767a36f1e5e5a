// The whole supervisor, from its first program to its exit.
//
//   running --end--> delaying --> stopping <--> delivering --> sweeping --> finished
//
// The shutdown goes in waves of groups by descending priority. Groups of one priority are one wave, so that ten
// programs that ignore SIGTERM cost one `stopwaitsecs` and not ten. Listeners hear of the last exits before they are
// stopped. When no program is left, a sweep ends what programs left behind, and the gateway leaves. A shutdown
// overrides a restart at any time; nothing overrides a shutdown, so its first cause decides about the exit code.
//
// With a budget, programs are killed so early that everybody has had a stop signal and SIGKILL in time. Should one of
// them survive SIGKILL, those that wait for it are stopped all the same, then killed, and in the end init leaves.

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
        /// A signal to init asks for the end.
        case terminate
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
        /// Stop everybody else at once, out of order: they have until that time.
        case stopEverybody(killBy: Instant)
        case killEverybody
        /// Leave although some programs can't be ended.
        case abandon
        /// Report what still runs.
        case report
        /// Event listeners are stopped next: give them a moment for the events that they have.
        case deliver
        /// No program runs any more: stop the gateway, unless it can continue after a restart.
        case leave(Ending)
        case sweep(OrphanSweep.Action)
        case finished(Ending)
    }

    /// How much force is used, beyond the order.
    enum Force: UInt8, Comparable, Sendable {
        case none, stopped, killed

        static func < (a: Force, b: Force) -> Bool { a.rawValue < b.rawValue }
    }

    /// The data that stays the same until the end.
    public struct Course: Sendable {
        public fileprivate(set) var ending: Ending
        /// When the end was requested; again, if a restart was requested before.
        public fileprivate(set) var since: Instant
        /// nil: it takes as long as it takes.
        public fileprivate(set) var budget: ShutdownBudget?
        /// A signal has asked for the end.
        fileprivate var isTold = false
        fileprivate(set) var force = Force.none
        /// When to report again what still runs.
        fileprivate var reportAt: Instant

        fileprivate init(_ ending: Ending, since now: Instant, _ rules: ShutdownRules) {
            self.ending = ending
            since = now
            reportAt = now
            if case .shutdown = ending, rules.timeout > 0 {
                budget = ShutdownBudget(since: now, timeout: rules.timeout)
            }
        }

        /// When the budget asks for the next step.
        fileprivate var forceAt: Instant? {
            guard let budget else { return nil }
            return switch force {
            case .none: budget.killBy
            case .stopped: budget.lastKill
            case .killed: budget.abandonBy
            }
        }
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
    public var rules = ShutdownRules()
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

    /// nil until a shutdown is requested, and without `shutdown_timeout`.
    public var budget: ShutdownBudget? {
        switch state {
        case .delaying(let course, _), .stopping(let course, _), .delivering(let course, _),
            .sweeping(let course, _, _):
            course.budget
        case .running, .finished: nil
        }
    }

    /// The driver reports again and again what remains.
    var asksWhatRemains: Bool {
        switch state {
        case .delaying, .stopping, .delivering: true
        case .running, .sweeping, .finished: false
        }
    }

    /// When `.tick` next matters; nil when only an event can move it.
    public var deadline: Instant? {
        switch state {
        case .running, .finished: nil
        case .delaying(_, let until): until
        case .stopping(let course, _): min(course.reportAt, course.forceAt ?? course.reportAt)
        case .delivering(let course, let until): min(course.reportAt, until, course.forceAt ?? until)
        case .sweeping(_, let sweep, _): sweep?.deadline
        }
    }

    public mutating func handle(_ event: Event, now: Instant, into actions: inout [Action]) {
        switch state {
        case .running:
            switch event {
            case .end(let ending): begin(Course(ending, since: now, rules), now, &actions)
            case .terminate:
                var course = Course(.shutdown(nil), since: now, rules)
                course.isTold = true
                begin(course, now, &actions)
            case .remaining, .delivered, .swept, .gatewayEnded, .tick: break
            }
        case .delaying(let course, let until):
            switch event {
            case .end(let ending): state = .stopping(course.overridden(by: ending, now, rules) ?? course, wave: nil)
            case .terminate: state = .stopping(told(course, now), wave: nil)
            case .remaining(nil): sweep(course, now, &actions)
            case .tick: if now >= until { state = .stopping(course, wave: nil) }
            case .remaining(.some), .delivered, .swept, .gatewayEnded: break
            }
        case .stopping(let course, let wave):
            switch event {
            case .end(let ending): state = .stopping(course.overridden(by: ending, now, rules) ?? course, wave: wave)
            case .terminate: state = .stopping(urged(course, now, &actions), wave: wave)
            case .remaining(nil): sweep(course, now, &actions)
            case .remaining(let next?):
                if next.priority == wave || course.force > .none {
                    state = .stopping(reported(course, now, &actions), wave: wave)
                } else if next.isListeners {
                    actions.append(.deliver)
                    state = .delivering(reported(course, now, &actions), until: deliverUntil(course, now))
                } else {
                    stop(next, course, &actions)
                }
            case .tick: press(course, wave: wave, now, &actions)
            case .delivered, .swept, .gatewayEnded: break
            }
        case .delivering(let course, let until):
            switch event {
            case .end(let ending):
                state = .delivering(course.overridden(by: ending, now, rules) ?? course, until: until)
            case .terminate:
                let course = urged(course, now, &actions)
                state = course.force > .none ? .stopping(course, wave: nil) : .delivering(course, until: until)
            case .remaining(nil): sweep(course, now, &actions)
            case .remaining(let next?):
                if now >= until || !next.isListeners {
                    stop(next, course, &actions)
                } else {
                    state = .delivering(reported(course, now, &actions), until: until)
                }
            case .delivered: state = .delivering(course, until: now)
            case .tick: if let at = course.forceAt, now >= at { press(course, wave: nil, now, &actions) }
            case .swept, .gatewayEnded: break
            }
        case .sweeping(let course, let orphans, let awaitsGateway):
            switch event {
            case .end(let ending):
                if let course = course.overridden(by: ending, now, rules) { sweep(course, now, &actions) }
            case .terminate:
                if case .restart = course.ending { return sweep(told(course, now), now, &actions) }
                state = .sweeping(told(course, now), orphans, awaitsGateway: awaitsGateway)
                if course.isTold, rules.killsWhenAskedAgain {
                    advance(orphans, .hurry, course, awaitsGateway, now, &actions)
                }
            case .swept(let event): advance(orphans, event, course, awaitsGateway, now, &actions)
            case .tick: advance(orphans, .tick, course, awaitsGateway, now, &actions)
            case .gatewayEnded: settle(course, orphans, awaitsGateway: false, &actions)
            case .remaining, .delivered: break
            }
        case .finished(let ending):
            switch event {
            // The driver has not left yet.
            case .end(let other): reopen(ending, by: other, now, &actions)
            case .terminate: reopen(ending, by: .shutdown(nil), now, &actions)
            case .remaining, .delivered, .swept, .gatewayEnded, .tick: break
            }
        }
    }

    private mutating func begin(_ course: Course, _ now: Instant, _ actions: inout [Action]) {
        actions.append(.announce(course.ending))
        // A program that has ended everything, or a restart, has no clients to warn.
        if rules.delay > 0, case .shutdown(nil) = course.ending {
            state = .delaying(course, until: now + rules.delay)
        } else {
            state = .stopping(course, wave: nil)
        }
    }

    private mutating func reopen(_ ending: Ending, by other: Ending, _ now: Instant, _ actions: inout [Action]) {
        let course = Course(ending, since: now, rules)
        if let course = course.overridden(by: other, now, rules) { sweep(course, now, &actions) }
    }

    /// A signal has asked for a shutdown.
    private func told(_ course: Course, _ now: Instant) -> Course {
        var course = course.overridden(by: .shutdown(nil), now, rules) ?? course
        course.isTold = true
        return course
    }

    /// The same, while programs are being stopped: the second signal means that there is no more time.
    private func urged(_ course: Course, _ now: Instant, _ actions: inout [Action]) -> Course {
        guard course.isTold, rules.killsWhenAskedAgain, course.force < .killed else { return told(course, now) }
        var course = course
        course.force = .killed
        actions.append(.killEverybody)
        return course
    }

    /// Does what the budget asks for.
    private mutating func press(_ course: Course, wave: Int?, _ now: Instant, _ actions: inout [Action]) {
        guard let budget = course.budget else { return }
        var course = course
        if now >= budget.abandonBy {
            actions.append(.abandon)
            return sweep(course, now, &actions)
        }
        if now >= budget.lastKill, course.force < .killed {
            course.force = .killed
            actions.append(.killEverybody)
        } else if now >= budget.killBy, course.force == .none {
            course.force = .stopped
            actions.append(.stopEverybody(killBy: budget.abandonBy))
        }
        state = .stopping(course, wave: wave)
    }

    private func deliverUntil(_ course: Course, _ now: Instant) -> Instant {
        let until = now + Self.deliverSeconds
        guard let left = course.budget?.killBy.since(now) else { return until }
        return min(until, now.advanced(nanoseconds: max(left, 0) / 2))
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
            advance(OrphanSweep(course.budget), .began(since: course.since), course, true, now, &actions)
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
    fileprivate func overridden(by other: Ending, _ now: Instant, _ rules: ShutdownRules) -> Lifecycle.Course? {
        switch (ending, other) {
        case (.restart, .shutdown):
            var course = Lifecycle.Course(other, since: now, rules)
            course.reportAt = reportAt
            return course
        case (.restart, .restart), (.shutdown, .shutdown), (.shutdown, .restart): return nil
        }
    }
}
