/// Slows down guessing of passwords per user, without blocking, and with bounded memory.
///
/// The first wrong passwords cost nothing, for people who mistype. After them, an attempt before its time is rejected
/// unchecked: the client has to wait.
public struct PasswordThrottle: Equatable, Sendable {
    /// Wrong passwords in a row that cost nothing.
    static let free = 3
    /// Milliseconds from one wrong password to the next attempt: 250, 500, .. up to this.
    static let longestMilliseconds = 4000
    /// Users that are tracked individually; all others share one entry.
    static let most = 64
    /// Seconds without a wrong password after which a user is forgotten.
    static let memory = 600

    private struct Record: Equatable, Sendable {
        /// nil: the shared entry of all other users.
        var user: UInt32?
        var failures: Int
        var last: Instant
        var next: Instant
    }

    private var records: [Record] = []

    public init() {}

    /// Milliseconds until an attempt of this user is checked; 0: now.
    public func delay(of user: UInt32, now: Instant) -> Int {
        guard let index = index(of: user), records[index].next > now else { return 0 }
        return Int(clamping: records[index].next.since(now) / 1_000_000 + 1)
    }

    /// - Returns: true for the first one, which the log reports.
    public mutating func failed(_ user: UInt32, now: Instant) -> Bool {
        records.removeAll { $0.last + Self.memory < now }
        guard let index = index(of: user) else {
            let owner: UInt32? = records.count < Self.most ? user : nil
            records.append(Record(user: owner, failures: 1, last: now, next: now))
            return true
        }
        records[index].failures = min(records[index].failures + 1, Self.free + 8)
        records[index].last = now
        let exponent = records[index].failures - Self.free
        if exponent > 0 {
            let pause = min(250 << (exponent - 1), Self.longestMilliseconds)
            records[index].next = now.advanced(milliseconds: pause)
        }
        return false
    }

    public mutating func succeeded(_ user: UInt32) {
        records.removeAll { $0.user == user }
    }

    private func index(of user: UInt32) -> Int? {
        if let own = records.firstIndex(where: { $0.user == user }) { return own }
        guard records.count >= Self.most else { return nil }
        return records.firstIndex { $0.user == nil }
    }
}
