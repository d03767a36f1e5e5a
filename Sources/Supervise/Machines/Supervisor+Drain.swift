// `reeve.drain`: programs run, and readiness probes fail, so that load balancers stop sending requests.

/// A drain that a request has begun.
struct Drain: Sendable {
    /// nil: until it is ended, or everything is.
    var until: Instant?
    /// Those that wait for the end.
    var requests: [RequestID] = []
}

extension Supervisor {
    /// Seconds until the drain is over, rounded up, -1 for one without an end; nil: there is none.
    public func drainLeft(_ now: Instant) -> Int? {
        guard let drain else { return nil }
        return drain.until.map { Int(max($0.since(now) + 999_999_999, 0) / 1_000_000_000) } ?? -1
    }

    /// - Parameter seconds: answers when they are over; 0 ends a drain, and less than 0 begins one without an end.
    mutating func drain(seconds: Int, _ request: RequestID, _ now: Moment, _ actions: inout [Action]) {
        endDrain(seconds == 0 ? .true : .fault(.failed, "another request to drain has come"), &actions)
        guard seconds != 0 else { return actions.append(.reply(request, .true)) }
        if seconds < 0 {
            drain = Drain()
            actions.append(.reply(request, .true))
        } else {
            drain = Drain(until: now.instant + seconds, requests: [request])
        }
        if logLevel <= .info {
            let time = seconds < 0 ? "" : " for \(seconds) seconds"
            actions.append(.log(.info, "draining\(time): readiness probes fail, programs run on"))
        }
    }

    mutating func endDrain(_ answer: RequestAnswer, _ actions: inout [Action]) {
        guard let ended = drain else { return }
        drain = nil
        for request in ended.requests { actions.append(.reply(request, answer)) }
        if lifecycle.isRunning, logLevel <= .info { actions.append(.log(.info, "the drain is over")) }
    }

    mutating func tickDrain(_ now: Moment, _ actions: inout [Action]) {
        if let until = drain?.until, now.instant >= until { endDrain(.true, &actions) }
    }
}
