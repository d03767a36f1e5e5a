import NIOCore

/// Slows down who guesses passwords: after some wrong ones, those of one peer are looked at one by one, a second apart. Belongs to
/// the loop.
///
/// Others notice nothing. Nor does a connection over which the right one has come before, even one of the same peer: behind a proxy all
/// have one address.
final class GuessBrake {
    enum Verdict: Equatable {
        /// Look at the password.
        case look
        /// It will be looked at when `resume` is called.
        case wait
        /// Too many wait already.
        case refuse
    }

    /// What waits; whoever gives up waiting says so.
    final class Ticket {
        fileprivate var resume: (() -> Void)?
        private let drop: (Ticket) -> Void

        fileprivate init(_ resume: @escaping () -> Void, drop: @escaping (Ticket) -> Void) {
            self.resume = resume
            self.drop = drop
        }

        func cancel() {
            guard resume != nil else { return }
            resume = nil
            drop(self)
        }
    }

    private struct Record {
        /// When all of its wrong passwords are forgiven: each costs `Limits.guessPause`.
        var forgiven: NIODeadline
        var waiting = CircularBuffer<Ticket>()
        var isScheduled = false
        var isTold = false
    }

    private let loop: any EventLoop
    private let say: (String) -> Void
    private var records: [HTTPPeer: Record] = [:]
    private var waitingInAll = 0
    private var lastLine: NIODeadline?

    /// - Parameter say: writes a line into the supervisor's log.
    init(on loop: any EventLoop, say: @escaping (String) -> Void) {
        self.loop = loop
        self.say = say
    }

    /// For tests.
    var count: Int { records.count }

    private static let freeDebt = Limits.guessPause * (Limits.freeGuesses - 1)

    /// A password has come.
    ///
    /// - Parameter resume: called when it may be looked at, where the verdict is `.wait`; never within this call.
    func judge(_ peer: HTTPPeer, _ resume: @escaping () -> Void) -> (Verdict, Ticket?) {
        guard var record = records[peer] else { return (.look, nil) }
        if record.waiting.isEmpty, record.forgiven - Self.freeDebt <= loop.now { return (.look, nil) }
        guard record.waiting.count < Limits.waitingGuesses, waitingInAll < Limits.allWaitingGuesses else {
            return (.refuse, nil)
        }
        let ticket = Ticket(resume) { [weak self] in self?.drop($0, of: peer) }
        record.waiting.append(ticket)
        waitingInAll += 1
        records[peer] = record
        schedule(peer)
        return (.wait, ticket)
    }

    /// It was wrong.
    func failed(_ peer: HTTPPeer, at server: String) {
        let now = loop.now
        if records[peer] == nil { makeRoom(now) }
        var record = records[peer] ?? Record(forgiven: now)
        // A new attempt after a while is told anew.
        if record.forgiven <= now { record.isTold = false }
        record.forgiven = max(record.forgiven, now) + Limits.guessPause
        if !record.isTold, record.forgiven - Self.freeDebt > now {
            record.isTold = true
            tell("\(Limits.freeGuesses) wrong passwords from \(peer.text) for [\(server)]", now)
        }
        records[peer] = record
    }

    /// Peers by the thousand must not fill the log.
    private func tell(_ what: String, _ now: NIODeadline) {
        if let lastLine, now - lastLine < Limits.guessLines { return }
        lastLine = now
        say("<4>\(what): from now on one is checked per second, until there have been none for a while")
    }

    private func drop(_ ticket: Ticket, of peer: HTTPPeer) {
        records[peer]?.waiting.removeAll { $0 === ticket }
        waitingInAll -= 1
    }

    private func schedule(_ peer: HTTPPeer) {
        guard let record = records[peer], !record.isScheduled else { return }
        records[peer]?.isScheduled = true
        let delay = max(record.forgiven - Self.freeDebt - loop.now, .nanoseconds(0))
        loop.assumeIsolated().scheduleTask(in: delay) { self.release(peer) }
    }

    private func release(_ peer: HTTPPeer) {
        guard var record = records[peer] else { return }
        record.isScheduled = false
        let ticket = record.waiting.popFirst()
        if ticket != nil { waitingInAll -= 1 }
        records[peer] = record
        let next = ticket?.resume
        ticket?.resume = nil
        next?()
        // What came of it has been said by now.
        if let record = records[peer], !record.waiting.isEmpty { schedule(peer) }
    }

    private func makeRoom(_ now: NIODeadline) {
        guard records.count >= Limits.guessingPeers else { return }
        records = records.filter { $0.value.forgiven > now || !$0.value.waiting.isEmpty }
        guard records.count >= Limits.guessingPeers else { return }
        let nearest = records.filter { $0.value.waiting.isEmpty }.min { $0.value.forgiven < $1.value.forgiven }
        if let nearest { records[nearest.key] = nil }
    }
}
