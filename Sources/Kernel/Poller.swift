import CLinux

/// What to wait for on a descriptor. Hang-up and error are always reported.
public struct Interest: OptionSet, Equatable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let read = Interest(rawValue: 1)
    public static let write = Interest(rawValue: 2)
}

/// What happened on a descriptor.
public struct Readiness: OptionSet, Equatable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let readable = Readiness(rawValue: 1)
    public static let writable = Readiness(rawValue: 2)
    public static let hangUp = Readiness(rawValue: 4)
    public static let error = Readiness(rawValue: 8)
}

/// epoll, level-triggered. Each event carries a token that the caller chose.
public struct Poller: ~Copyable {
    private let epoll: Descriptor
    private let ready: UnsafeMutableBufferPointer<linux_ready>

    /// The most events that one wait returns.
    public static let most = 64
    /// Another poller can watch this: it is readable while an event is ready here.
    public var number: Int32 { epoll.number }

    public init() throws(Errno) {
        epoll = Descriptor(owning: try valueOrErrno { linux_epoll_create() })
        ready = .allocate(capacity: Self.most)
    }

    deinit {
        ready.deallocate()
    }

    /// - Throws: EPERM for a regular file, which is always ready; ENOSPC at the user's limit of watches.
    public borrowing func add(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(Errno) {
        _ = try valueOrErrno { linux_epoll_add(epoll.number, descriptor, Self.mask(interest), token) }
    }

    public borrowing func change(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(Errno) {
        _ = try valueOrErrno { linux_epoll_change(epoll.number, descriptor, Self.mask(interest), token) }
    }

    public borrowing func remove(_ descriptor: Int32) {
        _ = linux_epoll_remove(epoll.number, descriptor)
    }

    /// Waits at most `milliseconds` (-1: without a limit); calls `body` for at most `most` events, the one with the
    /// token `first` before all others, with `afterFirst` in between. Returns the number of events.
    ///
    /// If a signal interrupts the wait, the result is 0.
    @discardableResult
    public borrowing func wait(
        milliseconds: Int32, first: UInt64? = nil, _ afterFirst: () -> Void = {}, _ body: (UInt64, Readiness) -> Void
    ) -> Int {
        let count = max(linux_epoll_wait(epoll.number, ready.baseAddress, Int32(ready.count), milliseconds), 0)
        for index in 0..<Int(count) where ready[index].token == first { deliver(ready[index], body) }
        afterFirst()
        for index in 0..<Int(count) where ready[index].token != first { deliver(ready[index], body) }
        return Int(count)
    }

    private borrowing func deliver(_ event: linux_ready, _ body: (UInt64, Readiness) -> Void) {
        var readiness: Readiness = []
        if event.events & linux_epollin() != 0 { readiness.insert(.readable) }
        if event.events & linux_epollout() != 0 { readiness.insert(.writable) }
        if event.events & linux_epollhup() != 0 { readiness.insert(.hangUp) }
        if event.events & linux_epollerr() != 0 { readiness.insert(.error) }
        body(event.token, readiness)
    }

    private static func mask(_ interest: Interest) -> UInt32 {
        (interest.contains(.read) ? linux_epollin() : 0) | (interest.contains(.write) ? linux_epollout() : 0)
    }
}
