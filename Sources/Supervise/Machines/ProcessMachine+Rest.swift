// What is left of a process group whose leader is gone, where groups are stopped as one: a start waits for its end.
//
//   leader exits --look--> nobody is left
//                     `--> somebody is: a start is STARTING until the group is empty. It gets the stop signal, unless it
//                          has had it, and SIGKILL `stopwaitsecs` later
//
// The kernel gives the group's number to nobody else while the group has members. So the number is only good for as
// long as looks at it follow each other quickly; if no start comes within `stopwaitsecs`, it is forgotten.

extension ProcessMachine {
    /// Boxed: few programs leave anything behind.
    indirect enum Rest: Equatable, Sendable {
        case group(RestOfGroup)
    }

    struct RestOfGroup: Equatable, Sendable {
        let number: Int32
        /// When the leader exited, or the others were told to.
        var since: Instant
        var lookAt: Instant
        /// Milliseconds until the next look; longer each time.
        var pause = 1
        /// It has had the stop signal.
        var isTold: Bool
        /// It has had SIGKILL, which is sent again at each look.
        var isKilled = false
    }

    /// From the first SIGKILL until nobody waits any more: who sleeps in the kernel may never end.
    static let restKillSeconds = 5
    private static let longestPause = 100
    /// When no start waits.
    private static let longestIdlePause = 1000

    /// What events mean for what is left of the run before, whatever they mean for the next one.
    mutating func handleRest(
        _ event: Event, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        switch event {
        case .exited:
            guard let left = restOfGroup(settings, now.instant) else { return }
            rest = .group(left)
            actions.append(.look(group: left.number, nil))
        case .tick: if rest != nil { lookAtRest(settings, now, &actions) }
        case .groupEnded(let number): restEnded(number, settings, now, &actions)
        case .start, .postpone, .dependencyFailed, .forked, .spawned, .spawnFailed, .stop, .hurry, .kill, .giveUp,
            .ready, .extend, .fail, .signalFailed, .hookEnded:
            break
        }
    }

    /// The leader exits now: what to look for afterwards.
    private func restOfGroup(_ settings: ProcessSettings, _ now: Instant) -> RestOfGroup? {
        guard settings.killAsGroup || settings.stopAsGroup, pid != 0, state != .unknown else { return nil }
        var isTold = false
        switch phase {
        case .stopping(let stop): isTold = stop.sent > 0
        case .ending(_, let why): isTold = why != .watchdog
        // Its child has no group yet, and this is not how its death is reported.
        case .spawning: return nil
        case .starting, .announcing, .working, .running, .preStopping, .stopped, .waiting, .preparing, .unwinding,
            .backoff, .exited, .skipped, .fatal, .unknown:
            break
        }
        return RestOfGroup(number: pid, since: now, lookAt: now.advanced(milliseconds: 1), isTold: isTold)
    }

    /// A start begins to wait for it.
    @inline(never)
    mutating func awaitRest(_ now: Instant, _ actions: inout [Action]) {
        guard case .group(var group)? = rest else { return }
        group.pause = 1
        group.lookAt = now.advanced(milliseconds: 1)
        rest = .group(group)
        actions.append(.look(group: group.number, nil))
    }

    /// Somebody has died who may have been its last member.
    mutating func hastenRest(_ now: Instant) {
        guard phase == .preparing, case .group(var group)? = rest else { return }
        group.lookAt = min(group.lookAt, now)
        rest = .group(group)
    }

    @inline(never)
    private mutating func lookAtRest(_ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]) {
        guard case .group(var group)? = rest, now.instant >= group.lookAt else { return }
        let isAwaited = phase == .preparing
        let killAt = group.since + settings.stopWaitSeconds
        var signal: Signal?
        if isAwaited, !group.isTold, settings.stopAsGroup {
            group.isTold = true
            group.since = now.instant
            signal = settings.stopSignal
        } else if now.instant >= killAt {
            guard isAwaited, now.instant < killAt + Self.restKillSeconds else {
                return giveUpRest(settings, now, &actions)
            }
            signal = .kill
        }
        if let signal, !group.isKilled {
            group.isKilled = signal == .kill
            let text = "sending \(signal.name) to the rest of the process group of \(settings.name)"
            actions.append(.log(.info, text))
        }
        group.pause = min(group.pause * 2, isAwaited ? Self.longestPause : Self.longestIdlePause)
        group.lookAt = now.instant.advanced(milliseconds: group.pause)
        rest = .group(group)
        actions.append(.look(group: group.number, signal))
    }

    private mutating func giveUpRest(_ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]) {
        rest = nil
        guard phase == .preparing else { return }
        actions.append(.log(.warn, "\(settings.name) doesn't wait any longer for its old process group"))
        prepare(settings, now, &actions)
    }

    private mutating func restEnded(
        _ number: Int32, _ settings: ProcessSettings, _ now: Moment, _ actions: inout [Action]
    ) {
        guard case .group(let group)? = rest, group.number == number else { return }
        rest = nil
        if phase == .preparing { prepare(settings, now, &actions) }
    }
}

extension Supervisor {
    /// Children that belong to no process have ended: starts that wait for an old process group look at it in the next
    /// tick.
    public mutating func orphansEnded(_ now: Instant) {
        for slot in members.indices where members[slot].machine.rest != nil {
            members[slot].machine.hastenRest(now)
            isEarliestKnown = false
        }
    }
}
